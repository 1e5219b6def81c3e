"""The files beside a page: made in memory, put in place together, older ones taken away."""

from __future__ import annotations

import contextlib
import copy
import errno
import functools
import hashlib
import os
import re
import secrets
import shutil
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from posanalytics.reports.discretion import told_metadata
from posanalytics.reports.downloads.tables import appendix_in, tables_of
from posanalytics.reports.outputs import kind_of, outputs_of, whole_text
from posanalytics.reports.parameters import Download, Facts
from posanalytics.store import files as disk
from posanalytics.wording import decimal, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FOLDER = "files"
_DIGEST = 12  # hex digits
_LINK = re.compile(rf"{FOLDER}/[a-z0-9-]+/[0-9a-f]{{{_DIGEST}}}/[a-z0-9-]+\.[a-z]+")
_KILOBYTE = 1024


@dataclass(frozen=True)
class Beside:
    """The files of one report by name, and the folder that its page links to.

    The folder is named after what is in it. So a page never shows other files than those it was
    made with, whatever is interrupted: the new folder stands before the new page does.
    """

    stem: str
    files: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """Return the name of the folder: a digest of names and contents."""
        return _digest(self.files)

    @property
    def links(self) -> tuple[Download, ...]:
        """Return what the page offers, relative to the folder of the page."""
        return tuple(
            _download(f"{FOLDER}/{self.stem}/{self.digest}/{name}", len(content))
            for name, content in self.files.items()
        )

    def publish(self, reports: Path) -> bool:
        """Put the folder in place at once, every file on the disk by then.

        Return whether it was not there before: then it may be taken back.
        """
        folder = reports / FOLDER / self.stem / self.digest
        if folder.is_dir():
            # The same files, or what somebody has made of them since: only lost ones are new.
            for name in self.files:
                if not (folder / name).is_file():
                    disk.publish(folder / name, functools.partial(_write, self.files[name]))
            return False
        temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.tmp")
        try:
            temporary.mkdir(parents=True)
            for name, content in self.files.items():
                _write(content, temporary / name)
            return _put_in_place(temporary, folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def withdraw(self, page: Path) -> None:
        """Take the files back where their page could not be written; those of an earlier stay."""
        home = page.parent / FOLDER / self.stem
        standing = page.read_text("utf-8") if page.is_file() else ""
        folder = home / self.digest
        linked = f"{FOLDER}/{self.stem}/{self.digest}/" in standing
        if not linked and folder.is_dir() and _untouched(folder):
            shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # only what is empty
            home.rmdir()
            home.parent.rmdir()

    def clear_older(self, reports: Path) -> None:
        """Take away the folders of earlier pages, except what somebody has written in."""
        _clear(reports / FOLDER / self.stem, self.digest)


def beside(notebook: Any, *, facts: Facts, stem: str, about: Sequence[tuple[str, str]]) -> Beside:
    """Return the files that go beside the page of an executed notebook.

    The workbook where the page has tables, the document where the notebook gives out an
    appendix, the notebook always. The same notebook gives the same bytes.
    """
    files: dict[str, bytes] = {}
    tables = tables_of(notebook)
    if tables:
        from posanalytics.reports.downloads.workbook import workbook

        files[f"{stem}.xlsx"] = workbook(tables, about=_about(facts, about))
    appendix = appendix_in(notebook)
    if appendix:
        from posanalytics.reports.downloads.document import document

        files[f"{stem}.docx"] = document(appendix, facts=facts)
    files[f"{stem}.ipynb"] = _copy(notebook).encode()
    return Beside(stem, files)


def linked(page: Path) -> list[Download]:
    """Return the files beside a page that stand, as the page links them."""
    files = [(href, page.parent / href) for href in _links(page)]
    return [_download(href, path.stat().st_size) for href, path in files if path.is_file()]


def whole(page: Path) -> bool:
    """Return whether every file that a page links to stands."""
    return all((page.parent / href).is_file() for href in _links(page))


def _links(page: Path) -> list[str]:
    """Return where the page's own line of files leads; text that looks like it is no link."""
    reader = _Links()
    reader.feed(page.read_text("utf-8"))
    reader.close()
    return list(reader.found)


class _Links(HTMLParser):
    """Collects the addresses of the first line of files, which stands above all else."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, None] = {}
        self._inside: bool | None = None  # None: not reached yet

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the address of a link in the line."""
        given = dict(attrs)
        if tag == "p" and given.get("class") == "downloads" and self._inside is None:
            self._inside = True
        href = given.get("href") or ""
        if tag == "a" and self._inside and _LINK.fullmatch(href):
            self.found[href] = None

    def handle_endtag(self, tag: str) -> None:
        """Leave the line, or the head of the page that it could have stood in."""
        if (tag == "p" and self._inside) or tag == "header":
            self._inside = False


def _put_in_place(temporary: Path, folder: Path) -> bool:
    """Return False where another run has put the same files there in the meantime."""
    try:
        temporary.replace(folder)
    except OSError as error:
        # Windows says «no access» of a folder that is there.
        there = {errno.ENOTEMPTY, errno.EEXIST, errno.EACCES}
        if error.errno not in there or not folder.is_dir():
            raise
        return False
    return True


def delete(reports: Path, stem: str) -> list[Path]:
    """Take away the files of a report; return those that somebody has written in: they stay."""
    folder = reports / FOLDER / stem
    _clear(folder, "")
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.exists() else []


def _clear(folder: Path, keep: str) -> None:
    """Take away what is as we made it, and what an interrupted run has left."""
    for old in sorted(folder.iterdir()) if folder.is_dir() else []:
        if old.name.endswith(".tmp") or (old.name != keep and _untouched(old)):
            shutil.rmtree(old, ignore_errors=True)
    with contextlib.suppress(OSError):
        folder.rmdir()  # only where nothing is left in it


def _untouched(folder: Path) -> bool:
    """Return whether a folder holds what its name says: nobody has filled in a document there."""
    try:
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
    except OSError:  # a folder inside, or a file that is open elsewhere
        return False
    return _digest(files) == folder.name


def _digest(files: Mapping[str, bytes]) -> str:
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name}\0{hashlib.sha256(files[name]).hexdigest()}\0".encode())
    return whole.hexdigest()[:_DIGEST]


def _write(content: bytes, path: Path) -> None:
    with path.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())


def _download(href: str, size: int) -> Download:
    kind = href.rpartition(".")[2]
    kilobytes = decimal(max(1, round(size / _KILOBYTE)), 0)
    shown = say("downloads.size", lang="ru", size=kilobytes)
    return Download(say(f"downloads.{kind}", lang="ru"), href, shown)


def _about(facts: Facts, stamp: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the passport of the file: the report it belongs to, and how that came about."""
    head = [
        (say("downloads.about_report", lang="ru"), facts.title),
        (say("downloads.about_school", lang="ru"), facts.school),
        (say("downloads.about_term", lang="ru"), facts.subtitle),
    ]
    notes = [(say("downloads.about_numbers", lang="ru"), say("downloads.rounded", lang="ru"))]
    return [(label, value) for label, value in (*head, *stamp, *notes) if value]


def _copy(notebook: Any) -> str:
    """Return the notebook with the outputs that the page shows, and without times and places."""
    import nbformat

    kept = copy.deepcopy(notebook)
    kept.metadata = told_metadata(kept)
    for number, cell in enumerate(kept.cells):
        cell.id = f"cell-{number}"  # papermill draws one by lot
        tags = cell.metadata.get("tags", [])
        cell.metadata = {"tags": tags} if tags else {}
        if cell.cell_type == "code":
            cell.outputs = _shown(outputs_of(cell))
    text: str = nbformat.writes(kept)  # type: ignore[no-untyped-call]
    return whole_text(text) + "\n"


def _shown(outputs: Sequence[Any]) -> list[Any]:
    """Return outputs as the page shows them: no warnings, of several media types one."""
    shown = [output for output in outputs if output.get("name") != "stderr"]
    for output in shown:
        if "data" in output:
            kind = kind_of(output["data"])
            output["data"] = {kind: output["data"][kind]} if kind else {}
    return shown
