"""Several CSV files that are one export: a zip of them, or a folder."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import PurePosixPath

from posanalytics.gradebook.cells import EMPTY, Cell, Sheet
from posanalytics.gradebook.containers.container import Refused
from posanalytics.gradebook.containers.delimited import read_delimited
from posanalytics.gradebook.containers.encoding import TextDamaged, decoded
from posanalytics.gradebook.containers.file_sets import is_junk, is_roster
from posanalytics.labels import squeezed

MOST_PARTS = 500
LARGEST_INFLATED = 256 * 2**20  # bytes, all files together
MOST_CELLS = 5_000_000  # filled ones, all files together
LONGEST_FIELD = 1_000_000  # characters


def read_bundle(data: bytes) -> tuple[list[Sheet], str]:
    """Return a sheet per CSV file, named without «.csv», and the encodings that they are in."""
    try:
        texts = [(name, *decoded(part)) for name, part in sorted(_parts(data).items())]
    except TextDamaged as error:
        raise Refused("damaged_text") from error
    stems = [PurePosixPath(name).name[: -len(".csv")] for name, _, _ in texts]
    if len({stem.lower() for stem in stems}) < len(stems):
        raise Refused("too_many_parts")
    # Roster files have a header in words and so tell their delimiter; other tables may not.
    roster = is_roster(PurePosixPath(name).name for name, _, _ in texts)
    sheets: list[Sheet] = []
    left = MOST_CELLS
    for stem, (_, text, _) in zip(stems, texts, strict=True):
        rows = _roster_rows(text, left) if roster else read_delimited(text)[0].rows
        left -= sum(cell.kind != "empty" for row in rows for cell in row)
        sheets.append(Sheet(stem, rows))
        if left < 0:
            raise Refused("too_many_cells")
    return sheets, ", ".join(sorted({encoding for _, _, encoding in texts}))


def _parts(data: bytes) -> dict[str, bytes]:
    """Return the CSV files of the zip, nothing unpacked to disk."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if not is_junk(info.filename)]
            if len(infos) > MOST_PARTS or len({info.filename for info in infos}) < len(infos):
                raise Refused("too_many_parts")
            if sum(info.file_size for info in infos) > LARGEST_INFLATED:
                raise Refused("too_large_inside", limit=LARGEST_INFLATED // 2**20)
            return {info.filename: archive.read(info) for info in infos}
    except RuntimeError as error:
        raise Refused("encrypted") from error
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError) as error:
        raise Refused("broken_bundle") from error


def _roster_rows(text: str, most: int) -> list[list[Cell]]:
    """Return the rows of a roster file: commas, or semicolons where Excel has saved it again."""
    body = text.removeprefix("\ufeff")
    header = body.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    csv.field_size_limit(LONGEST_FIELD)
    lines = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    known: dict[str, Cell] = {"": EMPTY}
    rows: list[list[Cell]] = []
    try:
        for line in lines:
            rows.append([known.get(field) or _cell(field, known) for field in line])
            most -= len(line) - line.count("")
            if most < 0:
                raise Refused("too_many_cells")
    except csv.Error as error:
        raise Refused("broken_text", line=lines.line_num) from error
    return rows


def _cell(field: str, known: dict[str, Cell]) -> Cell:
    text = squeezed(field)
    known[field] = Cell(text) if text else EMPTY
    return known[field]
