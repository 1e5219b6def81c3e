"""What a file really is, by its first bytes and never by its extension."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any, Literal, NamedTuple

from posanalytics.gradebook.containers.encoding import TextDamaged, decoded
from posanalytics.gradebook.containers.file_sets import holds_tables

ContainerKind = Literal[
    "html", "spreadsheetml", "ole", "xlsx", "xlsb", "ods", "text", "bundle",
    "empty", "encrypted", "damaged_text", "unknown",
]  # fmt: skip

LARGEST_FILE = 50 * 2**20  # bytes

_SPACE = ord(" ")
_OLE = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_MARKUP = re.compile(r"<(?:!doctype\s+html|html|head|body|meta|table|div|style|h[1-6]|p|center)\b")
_SPREADSHEETML = "urn:schemas-microsoft-com:office:spreadsheet"


class Refused(Exception):
    """A file that must not or cannot be read; `reason` names the sentence that says why."""

    def __init__(self, reason: str, **slots: Any) -> None:
        """Keep the key of the sentence and what fills it."""
        super().__init__(reason)
        self.reason = reason
        self.slots = slots


class Container(NamedTuple):
    """The kind of a file; for text kinds also its text and the encoding it was in."""

    kind: ContainerKind
    text: str = ""
    encoding: str = ""


def opened(data: bytes) -> Container:
    """Return what the bytes are.

    >>> opened(b"").kind, opened(b"<table><tr><td>5</td></tr></table>").kind
    ('empty', 'html')
    """
    if not data.strip(b"\x00\t\n\r "):
        return Container("empty")
    if data.startswith(_OLE):
        return Container("encrypted" if _ENCRYPTED in data else "ole")
    if data.startswith(_ZIP):
        return Container(_zip_kind(data))
    try:
        text, encoding = decoded(data)
    except TextDamaged:
        return Container("damaged_text" if _is_mostly_text(data) else "unknown")
    return Container(_text_kind(text), text, encoding)


def _zip_kind(data: bytes) -> ContainerKind:
    if _ODS in data[:200]:
        return "ods"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {name.lower() for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError):
        # A torn zip: the workbook reader says so in its own words.
        return "xlsx"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if holds_tables(names):
        return "bundle"
    # A document or a presentation has content types as well, and nothing below xl.
    return "xlsx" if any(name.startswith("xl/") for name in names) else "unknown"


def _is_mostly_text(data: bytes) -> bool:
    """Return whether what cannot be decoded was a text once: but for zeros few bytes are odd."""
    if data.startswith(_BOMS):
        return True
    start = data[:65_536].replace(b"\x00", b"")
    return sum(byte < _SPACE and byte not in b"\t\r\n\f" for byte in start) * 50 < len(start)


def _text_kind(text: str) -> ContainerKind:
    start = text[:65_536].lstrip("\ufeff \t\r\n").lower()
    if _SPREADSHEETML in start and start.startswith("<"):
        return "spreadsheetml"
    if start.startswith("<") and _MARKUP.search(start):
        return "html"
    control = sum(letter < " " and letter not in "\t\r\n\f" for letter in start)
    return "unknown" if control > len(start) // 100 else "text"
