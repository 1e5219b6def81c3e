"""How many class workbooks are read per CPU second, beside the usual ways of opening them.

Run: python benchmarks/load.py [--files 1000] [--density 0.45] [--peers 20] [--rounds 3]

A workbook is a class journal: 15 subjects, one sheet each, 25 pupils × 30 lesson dates, months
merged over days, text in shared strings, bordered blank cells, deflated. Every file has its own
pupils, marks and order of subjects. One row is printed per way of reading: the median over the
rounds of files per CPU second (user and system, children included), and its ratio to the peers.
The peers are slow, so they read a sample of the same files; the sample is named in the row.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from posanalytics.gradebook import Reading

from posanalytics.gradebook.cells import cell_name


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SUBJECTS = (
    "Русский язык", "Литература", "Алгебра", "Геометрия", "Вероятность и статистика",
    "Английский язык", "История", "Обществознание", "География", "Биология", "Физика",
    "Информатика", "Музыка", "Технология", "Физическая культура",
)  # fmt: skip
PUPILS = 25
SURNAMES = _words("""
    Примеров Образцов Вымыслов Ёлкин Грушин Тестов Пробников Шаблонов Макетов Моделев Сказкин
    Небылицын Придумкин Черновиков Тетрадкин Карандашов Линейкин Пеналов Указкин Страницын
    Точкин Кавычкин Скобкин Вопросов Ответов Задачкин Дробев Квадратов Кубиков Циркулев
""")
GIVEN = _words("""
    Иван Пётр Семён Артём Фёдор Алексей Андрей Антон Борис Вадим Виктор Глеб Денис Егор Захар
    Илья Кирилл Максим Никита Павел Роман Степан Тимофей Юрий Ян
""")
# The school days of the first quarter of 2025-26; every subject has its lessons on 30 of them.
SCHOOL_DAYS = [
    (month, day)
    for month, last in ((9, 30), (10, 24))
    for day in range(1, last + 1)
    if date(2025, month, day).weekday() < 5
]
LESSONS = 30
MONTHS = {9: "Сентябрь", 10: "Октябрь"}
MARKS = ("5", "4", "3", "2", "5·4", "4·4", "5·5", "3·Н", "2·3", "Н", "Б")
WEIGHTS = (30, 34, 16, 3, 2, 2, 1, 1, 1, 8, 2)
TEMPLATES = 40
LETTERS = "АБВГДЕЖЗИК"

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"


class Way(NamedTuple):
    """One way of reading: its name, the files it reads, and what it does with them."""

    name: str
    files: Sequence[Path]
    run: Callable[[Sequence[Path]], None]


class Figures(NamedTuple):
    """CPU and wall seconds of one round."""

    cpu: float
    wall: float


# --- the workbooks


def class_of(number: int) -> tuple[str, str]:
    """Return school year and class of a file; no two files have the same."""
    year, rest = divmod(number, 7 * len(LETTERS))
    grade, letter = divmod(rest, len(LETTERS))
    return f"{2025 - year}-{26 - year:02d}", f"{grade + 5}{LETTERS[letter]}"


def write_workbooks(folder: Path, files: int, density: float) -> dict[Path, int]:
    """Return how many marks stand in each of that many workbooks, in folders of year and term."""
    dice = random.Random(20251013)  # noqa: S311
    templates = [_grids(dice, density) for _ in range(min(files, TEMPLATES))]
    written = {}
    for number in range(files):
        year, label = class_of(number)
        path = folder / year / "1 четверть" / f"{label}.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        grids = templates[number % len(templates)]
        path.write_bytes(_workbook(grids, dice))
        cells = [cell for grid in grids for row in grid for cell in row if cell]
        written[path] = sum(len(cell.split("·")) for cell in cells)
    return written


def _grids(dice: random.Random, density: float) -> list[list[list[str]]]:
    def cell() -> str:
        return dice.choices(MARKS, WEIGHTS)[0] if dice.random() < density else ""

    return [[[cell() for _ in range(LESSONS)] for _ in range(PUPILS)] for _ in SUBJECTS]


def _workbook(grids: list[list[list[str]]], dice: random.Random) -> bytes:
    pupils = sorted(f"{s} {dice.choice(GIVEN)}" for s in dice.sample(SURNAMES, PUPILS))
    subjects = dice.sample(SUBJECTS, len(SUBJECTS))
    strings: dict[str, int] = {}
    parts = {}
    for number, grid in enumerate(grids, 1):
        days = sorted(dice.sample(SCHOOL_DAYS, LESSONS))
        parts[f"xl/worksheets/sheet{number}.xml"] = _sheet(pupils, days, grid, strings)
    parts |= _frame(subjects, strings)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, (_HEAD + text).encode())
    return stream.getvalue()


def _sheet(
    pupils: Sequence[str],
    days: Sequence[tuple[int, int]],
    grid: Sequence[Sequence[str]],
    strings: dict[str, int],
) -> str:
    turn = sum(month == 9 for month, _ in days)
    months = [MONTHS[9]] + [""] * (turn - 1) + [MONTHS[10]] + [""] * (len(days) - turn - 1)
    rows = [["ФИО", *months], ["", *(f"{day:02d}" for _, day in days)]]
    rows += [[name, *marks] for name, marks in zip(pupils, grid, strict=True)]
    body = "".join(
        f'<row r="{n}" spans="1:{len(row)}">'
        + "".join(
            _cell(cell_name(n - 1, c), text, strings, head=n < 3) for c, text in enumerate(row)
        )
        + "</row>"
        for n, row in enumerate(rows, 1)
    )
    merged = (f"B1:{cell_name(0, turn)}", f"{cell_name(0, turn + 1)}:{cell_name(0, len(days))}")
    return (
        f'<worksheet xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><dimension ref="A1:AE27"/>'
        '<sheetViews><sheetView workbookViewId="0"/></sheetViews><sheetFormatPr '
        'defaultRowHeight="15"/><cols><col min="1" max="1" width="30" customWidth="1"/></cols>'
        f'<sheetData>{body}</sheetData><mergeCells count="2">'
        + "".join(f'<mergeCell ref="{ref}"/>' for ref in merged)
        + '</mergeCells><pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" '
        'footer="0.3"/></worksheet>'
    )


def _cell(place: str, text: str, strings: dict[str, int], *, head: bool) -> str:
    if not text:
        return f'<c r="{place}" s="1"/>'
    if text.isdigit() and not head:
        return f'<c r="{place}" s="1"><v>{text}</v></c>'
    return f'<c r="{place}" s="1" t="s"><v>{strings.setdefault(text, len(strings))}</v></c>'


def _frame(subjects: Sequence[str], strings: dict[str, int]) -> dict[str, str]:
    numbers = range(1, len(subjects) + 1)
    kinds = [("worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
    kinds += [("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")]
    overrides = [("workbook.xml", "sheet.main"), ("styles.xml", "styles")]
    overrides += [("sharedStrings.xml", "sharedStrings")]
    overrides += [(f"worksheets/sheet{n}.xml", "worksheet") for n in numbers]
    types = "".join(
        f'<Override PartName="/xl/{name}" ContentType="{_KIND}.{kind}+xml"/>'
        for name, kind in overrides
    )
    sheets = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in enumerate(subjects, 1)
    )
    texts = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default '
        f'Extension="xml" ContentType="application/xml"/>{types}</Types>',
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}">'
        f"<sheets>{sheets}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relations(kinds),
        "xl/styles.xml": _styles(),
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}" count="{len(strings)}" '
        f'uniqueCount="{len(strings)}">{texts}</sst>',
    }


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    items = "".join(
        f'<Relationship Id="rId{number}" Type="{_DOCUMENT}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{items}</Relationships>'


def _styles() -> str:
    side = "".join(f'<{name} style="thin"/>' for name in ("left", "right", "top", "bottom"))
    return (
        f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/>'
        '</font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill>'
        '<patternFill patternType="gray125"/></fill></fills><borders count="2"><border><left/>'
        f"<right/><top/><bottom/><diagonal/></border><border>{side}<diagonal/></border></borders>"
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        '</cellStyleXfs><cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" '
        'xfId="0"/><xf numFmtId="0" fontId="0" fillId="0" borderId="1" xfId="0" '
        'applyBorder="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" '
        'builtinId="0"/></cellStyles></styleSheet>'
    )


# --- the ways of reading


def inflate(paths: Sequence[Path]) -> None:
    """Take every part out of the container and throw it away: nothing can be faster than this."""
    for path in paths:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                archive.read(name)


def with_pandas(paths: Sequence[Path]) -> None:
    """Read every sheet into a data frame, as a notebook would."""
    import pandas as pd

    for path in paths:
        pd.read_excel(path, sheet_name=None, header=None, engine="calamine")


def with_openpyxl(paths: Sequence[Path]) -> None:
    """Read every cell value with openpyxl in its fast, read-only mode."""
    import openpyxl

    for path in paths:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        for sheet in book.worksheets:
            for row in sheet.iter_rows(values_only=True):
                tuple(row)
        book.close()


def open_books(paths: Sequence[Path]) -> None:
    """Bring the bytes to sheets of cells, nothing understood yet."""
    from posanalytics.gradebook.containers.workbook import read_xlsx

    for path in paths:
        read_xlsx(path.read_bytes())


def understand(paths: Sequence[Path]) -> None:
    """Bring the bytes to marks with names, dates and problems."""
    for _ in _readings(paths):
        pass


def store(paths: Sequence[Path]) -> None:
    """Bring the bytes to a stored piece: pseudonyms instead of names, Parquet on disk."""
    from posanalytics import privacy
    from posanalytics.store import pieces

    key = privacy.read_key(create=True)
    redact = privacy.Redactor({f"{s} {g}": "«ученик»" for s in SURNAMES for g in GIVEN})
    with tempfile.TemporaryDirectory() as folder:
        for number, reading in enumerate(_readings(paths)):
            piece = pieces.without_names(reading, key, redact)
            pieces.write_piece(Path(folder) / str(number), piece)


def _readings(paths: Sequence[Path]) -> Iterator[Reading]:
    from posanalytics.gradebook.read import read_gradebook
    from posanalytics.gradebook.reading import Hints

    for path in paths:
        hints = Hints(path.parts[-3], path.stem, f"{path.parts[-3]}-Q1")
        yield read_gradebook(path, hints=hints)


def check(written: dict[Path, int]) -> None:
    """Stop where ours reads other than what was written: speed would mean nothing."""
    sample = list(written)[:TEMPLATES]
    for path, reading in zip(sample, _readings(sample), strict=True):
        found = len(reading.records)
        if found != written[path]:
            raise SystemExit(f"{path.name}: {found} marks read, {written[path]} written")


def load_with(workers: int) -> Callable[[Sequence[Path]], None]:
    """Return the loading of a whole workspace in a process of its own, tables published."""
    code = f"import posanalytics as pos; pos.open_workspace('.').load(jobs={workers})"

    def run(paths: Sequence[Path]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            (home / "plan.yml").write_text(_plan(paths), "utf-8")
            for path in paths:
                copy = home.joinpath("data", "raw", *path.parts[-3:])
                copy.parent.mkdir(parents=True, exist_ok=True)
                os.link(path, copy)
            subprocess.run([sys.executable, "-c", code], cwd=home, check=True)

    return run


def _plan(paths: Sequence[Path]) -> str:
    """Return the least plan that knows the years of the workbooks."""
    years = sorted({path.parts[-3] for path in paths})
    terms = "".join(f"  {year}: {{Q1: [{year[:4]}-09-01, {year[:4]}-10-26]}}\n" for year in years)
    first = f"{years[-1]}-Q1"
    return (
        f"school: Школа для замера\nprogramme: Замер\nterms: quarters\nyears:\n{terms}"
        f"comparison:\n  start: {first}\n  innovative: [5А]\n"
        "  control: [{class: 5Б, ladder: K1, why: замер}]\n"
        f"  chosen_on: {years[-1][:4]}-08-29\noutcomes:\n"
        "  - {id: all, subject: Алгебра, measure: term_mark, primary: true, negligible: 0.10}\n"
    )


# --- measuring


def _spent() -> float:
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(one) for one in who]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measured(way: Way) -> Figures:
    """Return what one pass over the files costs."""
    cpu, wall = _spent(), time.perf_counter()
    way.run(way.files)
    return Figures(_spent() - cpu, time.perf_counter() - wall)


def table(ways: Sequence[Way], rounds: int) -> Iterator[str]:
    """Return the lines of the table; the ways take turns, so a slow minute hits them all."""
    runs: dict[str, list[Figures]] = {way.name: [] for way in ways}
    for way in ways:
        way.run(way.files[:1])  # imports and the page cache are nobody's fault
    for _ in range(rounds):
        for way in ways:
            runs[way.name].append(measured(way))
    speed = {
        way.name: statistics.median(len(way.files) / run.cpu for run in runs[way.name])
        for way in ways
    }
    pandas, openpyxl = (speed[name] for name in PEERS)
    yield f"{'way':50}{'files':>6}{'/CPU s':>9}{'/s':>9}{'× pandas':>10}{'× openpyxl':>12}"
    for way in ways:
        rate = speed[way.name]
        wall = statistics.median(len(way.files) / run.wall for run in runs[way.name])
        yield (
            f"{way.name:50}{len(way.files):6d}{rate:9.1f}{wall:9.1f}"
            f"{rate / pandas:10.1f}{rate / openpyxl:12.1f}"
        )


PEERS = ("pd.read_excel(engine=calamine)", "openpyxl, read-only")


def ways_of(paths: Sequence[Path], sample: int) -> list[Way]:
    """Return every way of reading with the files that it reads."""
    few = paths[:: max(1, len(paths) // sample)][:sample]
    return [
        Way("inflate only (the limit)", paths, inflate),
        Way(PEERS[0], few, with_pandas),
        Way(PEERS[1], few, with_openpyxl),
        Way("ours: bytes → sheets of cells", paths, open_books),
        Way("ours: bytes → marks", paths, understand),
        Way("ours: bytes → Parquet piece", paths, store),
        Way("ours: whole load, 1 worker, tables published", paths, load_with(1)),
        Way("ours: whole load, 2 workers, tables published", paths, load_with(2)),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--density", type=float, default=0.45)
    parser.add_argument("--peers", type=int, default=20, help="files that each peer reads")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="part of the name of the ways to run")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["POSANALYTICS_KEY_FILE"] = str(Path(folder) / "key")
        written = write_workbooks(Path(folder) / "raw", given.files, given.density)
        check(written)
        paths = list(written)
        size = sum(path.stat().st_size for path in paths) / len(paths) / 1000
        print(
            f"{len(paths)} workbooks of {size:.0f} kB, {given.density:.0%} of cells filled, "
            f"{sum(written.values())} marks; median of {given.rounds} rounds"
        )
        ways = ways_of(paths, given.peers)
        chosen = [way for way in ways if given.only in way.name or way.name in PEERS]
        for line in table(chosen, given.rounds):
            print(line, flush=True)


if __name__ == "__main__":
    main()
