"""Damage and rewriting of exports, by a fixed seed, and what may come of reading the result.

Three families, from the strictest claim to the widest:

`rewritten`  the same table written otherwise (line ends, quotes, tags left open, parts of the zip
             in another order …): every mark must be read again, exactly.
`bent`       what holds the cells is damaged, no text of a cell is touched (a part of the zip lost
             or swapped, sectors and record heads of a binary book, a zip cut or flipped, whose
             checksums tell): the marks are those of the original, or a problem is new.
`hit`        bytes anywhere flipped, cut, inserted, doubled: a digit may honestly have become
             another one, so nothing is claimed of values; the worker must live, and a reading
             without marks must say why.
"""

from __future__ import annotations

import functools
import io
import random
import re
import struct
import zipfile
from typing import TYPE_CHECKING, Literal, NamedTuple

from layouts.layout import marks_of, scores_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Mutation = Callable[[bytes, random.Random], bytes]

    from posanalytics.gradebook import Hints, Reading

Family = Literal["rewritten", "bent", "hit"]
Verdict = Literal["same", "explained", "changed", "wrong", "unexplained", "lost"]


class Case(NamedTuple):
    """One mutant to make and to read: of which export, in which family, by which seed."""

    data: bytes
    file: str
    hints: Hints
    family: Family
    seed: int


class Judged(NamedTuple):
    """What reading a mutant came to; `how` names the mutation."""

    verdict: Verdict
    how: str
    detail: str = ""


def judged(case: Case) -> Judged | None:
    """Return what becomes of a mutant (in a worker), None where no mutation fits the export."""
    choices = MUTATIONS[case.family](case.data)
    if not choices:
        return None
    rng = random.Random(case.seed)
    mutate = rng.choice(choices)
    mutant = mutate(case.data, rng)
    how = f"{case.family} {mutate.__name__.strip('_')} of {case.file}, seed {case.seed}"
    return _verdict(case, mutant, how)


def _verdict(case: Case, mutant: bytes, how: str) -> Judged:
    from posanalytics.gradebook.read import read_bytes

    whole = _read(case.data, case.file, case.hints)
    reading = read_bytes(mutant, name=case.file, hints=case.hints)
    found, expected = _values(reading), _values(whole)
    new = _told(reading) - _told(whole)
    if case.family == "hit":
        return _hit(reading, how, same=found == expected)
    if found == expected:
        return Judged("same", how)
    if case.family == "bent" and new:
        return Judged("explained", how)
    return Judged("wrong", how, _difference(expected, found))


def _hit(reading: Reading, how: str, *, same: bool) -> Judged:
    if same:
        return Judged("same", how)
    if any(problem.severity != "note" for problem in reading.problems):
        return Judged("explained", how)
    return Judged("changed" if _values(reading) else "unexplained", how)


@functools.lru_cache(maxsize=256)
def _read(data: bytes, file: str, hints: Hints) -> Reading:
    from posanalytics.gradebook.read import read_bytes

    return read_bytes(data, name=file, hints=hints)


def _values(reading: Reading) -> dict[object, object]:
    """Return everything that a reading says of pupils, by its place."""
    listed = {
        ("list", row.pupil, row.class_label): (row.note, row.begin, row.end)
        for row in reading.listed
    }
    return {**marks_of(reading), **scores_of(reading), **listed}


def _told(reading: Reading) -> set[tuple[str, str, str, str]]:
    return {(p.severity, p.sheet, p.cell, p.found) for p in reading.problems}


def _difference(expected: dict[object, object], found: dict[object, object]) -> str:
    lost = {k: v for k, v in expected.items() if found.get(k) != v}
    came = {k: v for k, v in found.items() if expected.get(k) != v}
    return f"lost {dict(list(lost.items())[:3])}, came {dict(list(came.items())[:3])}"


# Bytes anywhere


def _flipped(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(1, len(data))]


def _hole(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.randint(1, 200) :]


def _inserted(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + rng.randbytes(rng.randint(1, 40)) + data[start:]


def _doubled(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    length = rng.randint(1, 400)
    return data[: start + length] + data[start:]


def _zeroed(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    length = min(rng.randint(1, 600), len(data) - start)
    return data[:start] + b"\x00" * length + data[start + length :]


_ANYWHERE = (_flipped, _cut, _hole, _inserted, _doubled, _zeroed)


# A zip and its parts


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zipped(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, part in parts.items():
            stored = name == "mimetype"
            archive.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_STORED if stored else method)
    return stream.getvalue()


def _part_lost(data: bytes, rng: random.Random) -> bytes:
    parts = _parts(data)
    parts.pop(rng.choice(list(parts)))
    return _zipped(parts)


def _part_emptied(data: bytes, rng: random.Random) -> bytes:
    parts = _parts(data)
    parts[rng.choice(list(parts))] = b""
    return _zipped(parts)


def _part_torn(data: bytes, rng: random.Random) -> bytes:
    parts = _parts(data)
    name = rng.choice([name for name in parts if len(parts[name]) > 1])
    parts[name] = parts[name][: rng.randrange(1, len(parts[name]))]
    return _zipped(parts)


def _parts_swapped(data: bytes, rng: random.Random) -> bytes:
    parts = _parts(data)
    one, other = rng.sample(list(parts), 2)
    parts[one], parts[other] = parts[other], parts[one]
    return _zipped(parts)


def _part_renamed(data: bytes, rng: random.Random) -> bytes:
    parts = _parts(data)
    name = rng.choice(list(parts))
    return _zipped({f"{key}x" if key == name else key: part for key, part in parts.items()})


# A text table has no end mark: one that was torn before it was zipped is a shorter table.
_OF_BYTES = (_flipped, _cut, _hole, _zeroed)
_OF_PARTS = (_part_lost, _part_emptied, _part_torn, _parts_swapped, _part_renamed)
_ZIP_BENT = {
    "xlsx": (*_OF_BYTES, *_OF_PARTS),
    "ods": (*_OF_BYTES, *_OF_PARTS),
    "bundle": _OF_BYTES,
}


def _parts_in_another_order(data: bytes, rng: random.Random) -> bytes:
    parts = _parts(data)
    names = [name for name in parts if name != "mimetype"]
    rng.shuffle(names)
    first = {"mimetype": parts["mimetype"]} if "mimetype" in parts else {}
    return _zipped({**first, **{name: parts[name] for name in names}})


def _parts_stored(data: bytes, _: random.Random) -> bytes:
    return _zipped(_parts(data), zipfile.ZIP_STORED)


def _part_added(data: bytes, rng: random.Random) -> bytes:
    return _zipped({**_parts(data), "docProps/other.bin": rng.randbytes(100)})


def _comments_between_tags(data: bytes, _: random.Random) -> bytes:
    parts = _parts(data)
    for name in parts:
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            parts[name] = parts[name].replace(b"<row", b"<!-- x --><row")
    return _zipped(parts)


def _spaces_between_rows(data: bytes, _: random.Random) -> bytes:
    parts = _parts(data)
    for name in parts:
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            parts[name] = parts[name].replace(b"<row", b"\n  <row").replace(b"</row>", b"\n</row>")
    return _zipped(parts)


def _attributes_turned(data: bytes, _: random.Random) -> bytes:
    """Write the attributes of every cell in the opposite order."""
    parts = _parts(data)
    for name in parts:
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            parts[name] = re.sub(rb"<c ([^<>]*?)(/?)>", _turned, parts[name])
    return _zipped(parts)


def _turned(match: re.Match[bytes]) -> bytes:
    attributes = re.findall(rb'[\w:]+="[^"]*"', match[1])
    return b"<c " + b" ".join(reversed(attributes)) + match[2] + b">"


_OF_ZIP = (_parts_in_another_order, _parts_stored)
_ZIP_REWRITTEN = {
    "xlsx": (
        *_OF_ZIP,
        _part_added,
        _comments_between_tags,
        _spaces_between_rows,
        _attributes_turned,
    ),
    "ods": (*_OF_ZIP, _part_added),
    "bundle": _OF_ZIP,
}


# A binary workbook: sectors of the OLE file, heads of the records


def _sector_table_hit(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    table = 512 + 512 * struct.unpack_from("<I", data, 76)[0]
    place = table + 4 * rng.randrange(len(data) // 512)
    struct.pack_into("<I", changed, place, rng.choice([0, 1, 2, 0xFFFFFFFE, 0xFFFFFFFF, 9999]))
    return bytes(changed)


def _header_hit(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    changed[rng.randrange(24, 80)] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _directory_hit(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    start = 512 + 512 * struct.unpack_from("<I", data, 48)[0]
    changed[start + rng.randrange(512)] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _cut_at_a_sector(data: bytes, rng: random.Random) -> bytes:
    return data[: 512 * rng.randrange(1, len(data) // 512)]


def _record_length_hit(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    place = rng.choice(_record_heads(data))
    struct.pack_into("<H", changed, place + 2, rng.choice([0, 1, 5, 500, 8224, 65_535]))
    return bytes(changed)


def _record_heads(data: bytes) -> list[int]:
    """Return where records begin; the stream of the small books here lies in one run."""
    at, heads = 512, []
    while at + 4 <= len(data) and len(heads) < 5000:
        kind, length = struct.unpack_from("<HH", data, at)
        if kind == 0:
            break
        heads.append(at)
        at += 4 + length
    return heads


_OLE_BENT = (
    _sector_table_hit, _header_hit, _directory_hit, _cut_at_a_sector, _record_length_hit, _cut,
)  # fmt: skip


# Pages and text tables, written otherwise


def _line_ends_of_windows(data: bytes, _: random.Random) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _line_ends_of_unix(data: bytes, _: random.Random) -> bytes:
    return data.replace(b"\r\n", b"\n")


def _blank_end(data: bytes, rng: random.Random) -> bytes:
    return data.rstrip(b"\r\n") + b"\r\n" * rng.randrange(4)


def _tags_in_capitals(data: bytes, _: random.Random) -> bytes:
    return re.sub(rb"</?(?:table|tr|td|th|thead|tbody)\b", lambda m: m[0].upper(), data)


def _cells_left_open(data: bytes, _: random.Random) -> bytes:
    return re.sub(rb"</t[dhr]>", b"", data)


def _comments_in_the_page(data: bytes, _: random.Random) -> bytes:
    return re.sub(rb"<tr", b"<!-- <td>9</td> --><tr", data)


def _spaces_between_tags(data: bytes, _: random.Random) -> bytes:
    return re.sub(rb"(</?(?:tr|td|th|table))", rb"\n \1", data)


def _attributes_added(data: bytes, _: random.Random) -> bytes:
    return re.sub(rb"<td", b'<td bgcolor="#FFFFFF" data-x="<5>"', data)


_PAGE_REWRITTEN = (
    _tags_in_capitals, _cells_left_open, _comments_in_the_page, _spaces_between_tags,
    _attributes_added,
)  # fmt: skip
_TEXT_REWRITTEN = (_line_ends_of_windows, _line_ends_of_unix, _blank_end)


def _is_page(data: bytes) -> bool:
    return data.lstrip(b"\xef\xbb\xbf \r\n")[:1] == b"<" and b"<table" in data.lower()


def _rewritings(data: bytes) -> tuple[Mutation, ...]:
    if data.startswith(b"PK"):
        return _ZIP_REWRITTEN[_zip_kind(data)]
    if _is_page(data):
        return _PAGE_REWRITTEN
    return () if data.startswith(b"\xd0\xcf") else _TEXT_REWRITTEN


def _bendings(data: bytes) -> tuple[Mutation, ...]:
    if data.startswith(b"PK"):
        return _ZIP_BENT[_zip_kind(data)]
    return _OLE_BENT if data.startswith(b"\xd0\xcf") else ()


def _zip_kind(data: bytes) -> str:
    if b"xl/workbook.xml" in data:
        return "xlsx"
    return "ods" if b"content.xml" in data else "bundle"


MUTATIONS: dict[Family, Callable[[bytes], tuple[Mutation, ...]]] = {
    "rewritten": _rewritings,
    "bent": _bendings,
    "hit": lambda _: _ANYWHERE,
}
