"""The demo school in the repository is the one that the program writes."""

from pathlib import Path

import pytest

from posanalytics.demo.folder import write_demo

ROOT = Path(__file__).parents[2]


def contents(folder):
    files = [folder / "plan.yml", *(folder / "data" / "raw").rglob("*")]
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in files if path.is_file()
    }


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_committed_school_is_byte_for_byte_what_write_demo_writes(
    tmp_path, monkeypatch, language
):
    monkeypatch.setenv("POSANALYTICS_LANG", language)
    write_demo(tmp_path)
    committed, written = contents(ROOT), contents(tmp_path)
    assert committed.keys() == written.keys()
    assert [name for name in written if written[name] != committed[name]] == []
