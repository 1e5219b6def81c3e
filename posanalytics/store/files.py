"""Write files so that a reader sees the old one or the new one, never half of one."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import secrets
from typing import TYPE_CHECKING, Any

from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import pandas as pd

_BLOCK = 1 << 20
_TRIAL = 1 << 18  # bytes: a disk with less left takes no report


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def publish(path: Path, write: Callable[[Path], None], *, lasting: bool = True) -> None:
    """Let ``write`` make the file under a temporary name, then put it in place at once.

    A file that need not be ``lasting`` is not waited for until the disk has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        write(temporary)
        if lasting:
            with temporary.open("r+b") as handle:
                os.fsync(handle.fileno())
        temporary.replace(path)
        if lasting:
            _sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def writable(folder: Path) -> None:
    """Try whether files can be written into a folder; raise OSError that names it if not."""
    trial = folder / f".{secrets.token_hex(4)}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial.write_bytes(b"\0" * _TRIAL)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(folder)) from error
    finally:
        with contextlib.suppress(OSError):
            trial.unlink(missing_ok=True)


def name_meant(path: str) -> str:
    """Return the name of the file that a path is for, without our temporary ending.

    >>> name_meant("/tmp/.index.html.0ca19f00.tmp"), name_meant("reports")
    ('index.html', 'reports')
    """
    name = re.split(r"[/\\]", path)[-1]
    found = re.fullmatch(r"\.(.+)\.[0-9a-f]{8}\.tmp", name)
    return found[1] if found else name


def reason(error: OSError) -> str:
    """Return in words why the system refused a file, and what helps."""
    known = {
        errno.ENOSPC: "no_space",
        errno.EDQUOT: "no_space",
        errno.EROFS: "read_only",
        errno.EACCES: "no_access",
        errno.EPERM: "no_access",
        errno.EEXIST: "taken",
        errno.ENOTDIR: "taken",
        errno.EISDIR: "is_folder",
        errno.ENOENT: "missing",
        errno.ENAMETOOLONG: "long_name",
    }
    return say(f"store.disk_{known.get(error.errno or 0, 'other')}", number=error.errno or "–")


def publish_text(path: Path, text: str) -> None:
    """Publish a text in UTF-8."""

    def write(temporary: Path) -> None:
        temporary.write_text(text, "utf-8", newline="\n")

    publish(path, write)


def publish_json(path: Path, content: Any) -> None:
    """Publish content as JSON with sorted keys."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
    publish_text(path, text)


def publish_table(path: Path, frame: pd.DataFrame) -> None:
    """Publish a table as Parquet whose pages carry checksums; categories are read back as texts."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrow = pa.Table.from_pandas(frame, preserve_index=False)

    coded = any(pa.types.is_dictionary(kind) for kind in arrow.schema.types)

    def write(temporary: Path) -> None:
        pq.write_table(
            arrow,
            temporary,
            compression="zstd",
            write_page_checksum=True,
            # Without Arrow's own note in the file, what was a category comes back as text.
            store_schema=not coded,
        )

    publish(path, write)


def read_table(path: Path) -> pd.DataFrame:
    """Return a table from Parquet; a damaged page raises OSError."""
    import pyarrow.parquet as pq

    return pq.read_table(path, page_checksum_verification=True).to_pandas()


def _sync_folder(folder: Path) -> None:
    # Windows cannot open a folder to sync it; its rename is journalled.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def digest_of_texts(texts: Iterable[str]) -> str:
    """Return one sha256 over several texts in their order."""
    return hashlib.sha256("\x1f".join(texts).encode()).hexdigest()
