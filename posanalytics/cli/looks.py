"""What exports are and what would be read from them: `load --explain`, `load --preview`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from posanalytics.cli.console import fail, tell, tell_rows
from posanalytics.cli.errors import CANNOT_WRITE, DONE, SOME_QUARANTINED
from posanalytics.cli.loaded import tell_problems
from posanalytics.cli.schools import exports_in
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posanalytics.gradebook.preview import Look, Preview


def look_at(paths: list[Path] | None, folder: Path | None, *, write: bool, force: bool) -> int:
    """Print what exports are and what would be read; with `write`, propose mapping files."""
    from posanalytics.store.sources import looks_of

    if not paths:
        raise typer.BadParameter(say("cli.look_what"))
    found = [path for given in paths for path in exports_in(given)]
    raw = _raw_of(folder)
    worst = DONE
    looks = looks_of(found, raw)
    for look, seen in zip(looks, _seen(looks), strict=True):
        _tell_preview(seen)
        if write:
            worst = max(worst, _propose(look.path, seen, force=force))
        tell_problems(seen.problems)
        worst = max(worst, DONE if seen.sheets else SOME_QUARANTINED)
        tell()
    return worst


def _raw_of(folder: Path | None) -> Path | None:
    """Return data/raw of the workspace around, None outside one: looking needs no plan."""
    start = Path(folder) if folder else Path.cwd()
    roots = [start] if folder else [start, *start.parents]
    root = next((place for place in roots if (place / "plan.yml").exists()), None)
    return root and (root / "data" / "raw")


def _seen(looks: Sequence[Look]) -> list[Preview]:
    """Return the previews of exports, made in workers: a file may be hostile."""
    from posanalytics.gradebook import guard, preview
    from posanalytics.workers import Pool

    workers = guard.workers_for(looks, jobs=2)
    with Pool(preview.look_at, looks, workers=workers, limits=guard.LIMITS) as pool:
        answers = {number: (state, seen) for number, state, seen in pool.answers()}
    told = [(look, *answers[number]) for number, look in enumerate(looks)]
    return [
        seen or preview.refused(look, guard.rejected(look.name, state))
        for look, state, seen in told
    ]


def _tell_preview(seen: Preview) -> None:
    from posanalytics.gradebook import preview_text

    for line in preview_text.told(seen):
        tell(line)
    for table in seen.tables:
        for line in preview_text.table_lines(table):
            tell(line)
        tell_rows([table.header, *table.sample])
    tell_rows(seen.sample)


def _propose(path: Path, seen: Preview, *, force: bool) -> int:
    """Write the mapping file of an export; return the exit code."""
    from posanalytics.gradebook.mapping_files import mapping_path
    from posanalytics.gradebook.mapping_text import mapping_text

    if not seen.sheets:
        return DONE
    beside = mapping_path(path)
    if beside.exists() and not force:
        return fail(say("cli.mapping_stands", name=beside.name), CANNOT_WRITE)
    beside.write_text(mapping_text(seen), "utf-8")
    tell(say("cli.mapping_written" if seen.is_clear else "cli.mapping_asks", name=beside.name))
    return DONE
