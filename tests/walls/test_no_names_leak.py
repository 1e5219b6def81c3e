"""No name of a child leaves data/raw and the vault: canaries followed through every format."""

from __future__ import annotations

import base64
import gzip
import json
import re
import zipfile

import pytest
from typer.testing import CliRunner

CANARY = ("Канареечкин", "Птицелов")
HTML = """<html><meta charset="utf-8"><body><table><tr><td>Учебный год:</td><td>{year}</td></tr>
<tr><td>Класс:</td><td>{label}</td></tr></table><table class="table-print-num">
<tr><th>№</th><th>ФИО<br>ученика</th><th>&nbsp;</th><th>Алгебра</th><th>Физика</th></tr>{rows}
</table></body></html>"""


def summary(year, label, pupils):
    blocks = []
    for number, (name, terms) in enumerate(pupils, 1):
        for term, marks in enumerate(terms, 1):
            first = term == 1
            head = f"<td rowspan={len(terms)}>{number}</td><td rowspan={len(terms)}>{name}</td>"
            cells = "".join(f"<td>&nbsp;{mark}</td>" for mark in marks)
            blocks.append(f"<tr>{head if first else ''}<td>{term} четверть</td>{cells}</tr>")
    return HTML.format(year=year.replace("-", "/20"), label=label, rows="".join(blocks))


def spellings(text):
    """Return the ways in which a name could stand in a file."""
    escaped = json.dumps(text)[1:-1]
    return [
        text.encode(),
        text.lower().encode(),
        text.encode("cp1251"),
        text.encode("utf-16-le"),
        escaped.encode(),
        escaped.upper().replace("\\U", "\\u").encode(),
        "".join(f"&#{ord(letter)};" for letter in text).encode(),
        base64.b64encode(text.encode())[:-4],
    ]


def contents(path):
    """Yield what a file holds, as it is and decoded: Parquet, zip, gzip, base64 inside."""
    import pyarrow.parquet as pq

    raw = path.read_bytes()
    yield raw
    if path.suffix == ".parquet":
        yield pq.read_table(path).to_pandas().to_csv().encode()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    for found in re.findall(rb"[A-Za-z0-9+/=]{400,}", raw):
        packed = base64.b64decode(found + b"=" * (-len(found) % 4))
        yield gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed


def leaks(folder):
    wanted = [spelling for name in CANARY for spelling in spellings(name)]
    return [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and (
            any(name.lower() in str(path).lower() for name in CANARY)
            or any(w in content for content in contents(path) for w in wanted)
        )
    ]


@pytest.fixture
def canary_school(tmp_path, plan_text):
    folder = tmp_path / "school"
    raw = folder / "data" / "raw"
    raw.mkdir(parents=True)
    (folder / "plan.yml").write_text(plan_text, "utf-8")
    for label, shift in (("7А", 0), ("7Б", 1)):
        pupils = [(f"{CANARY[0]} {CANARY[1]}{'' if n else ' (выбыл 12.11)'}" if n < 2 and not shift
                   else f"Примеров Ученик{chr(1072 + n)}",
                   [(3 + (n + shift) % 3, 4), (3 + n % 3, "4?" if n == 5 else 5)])
                  for n in range(12)]  # fmt: skip
        (raw / f"{label}.xls").write_text(summary("2025-26", label, pupils), "utf-8")
    alone = summary("2025-26", "7А", [(f"{CANARY[0]} {CANARY[1]}", [(4, 4), (5, 5)])])
    (raw / f"{CANARY[0]} {CANARY[1]}.xls").write_text(alone, "utf-8")
    return folder


@pytest.mark.slow
def test_a_name_is_found_nowhere_after_a_whole_run(canary_school):
    from posanalytics.cli import app
    from posanalytics.reports.scaffold import shipped_notebooks

    notebooks = canary_school / "notebooks"
    notebooks.mkdir()
    for source in shipped_notebooks().glob("*.ipynb"):
        (notebooks / source.name).write_bytes(source.read_bytes())
    ran = CliRunner().invoke(app, ["run", "-C", str(canary_school)])
    assert ran.exit_code in {0, 3}, ran.output
    assert list((canary_school / "reports").glob("dynamics*.html"))
    assert leaks(canary_school / "data" / "processed") == []
    assert leaks(canary_school / "reports") == []
    assert not any(name.lower() in ran.output.lower() for name in CANARY)


def test_the_scanner_finds_a_name_in_every_format(tmp_path):
    import pandas as pd

    name = CANARY[0]
    pd.DataFrame({"pupil": [name] * 1000}).to_parquet(tmp_path / "a.parquet", compression="zstd")
    (tmp_path / "b.html").write_text(
        base64.b64encode(gzip.compress(name.encode() * 9 + bytes(range(256)) * 4)).decode()
    )
    (tmp_path / "c.json").write_text(json.dumps({"x": name}))
    (tmp_path / "d.csv").write_bytes(name.encode("cp1251"))
    with zipfile.ZipFile(tmp_path / "e.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.xml", name)
    assert leaks(tmp_path) == ["a.parquet", "b.html", "c.json", "d.csv", "e.xlsx"]
