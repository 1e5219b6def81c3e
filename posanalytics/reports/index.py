"""The list of reports, reports/index.html, and the file names that stand in it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from posanalytics.reports.parameters import version

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_LIMIT = 80  # bytes of a file name without its ending
_CLASS = re.compile(r"\d{1,2}[А-ЯЁ]")
_PLAIN = re.compile(r"(?!\d{1,2}[a-z]\Z)[a-z0-9]+(?:[-_][a-z0-9]+)*")
_PERIOD = re.compile(r"\d{4}-\d{2}-[A-Z]\d{0,2}")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)\Z")
_LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e yo zh z i j k l m n o p r s t u f h c ch sh shh qq y q eh yu ya".split(),
        strict=True,
    )
)


@dataclass(frozen=True, kw_only=True)
class IndexEntry:
    """One line of the index: a report, or a verdict where ``headline`` is given."""

    question: str
    href: str = ""
    classes: tuple[str, ...] = ()
    term: str = ""
    audience: str = ""
    headline: str = ""
    sentence: str = ""
    code: str = ""
    reliability: str = ""
    outcome: str = ""
    primary: bool = False
    failure: str = ""


def slug(*parts: object) -> str:
    """Return a file name without ending: ASCII, at most 80 bytes, different for different parts.

    >>> slug("class_profile", "7Б", "2025-26-Q2")
    'class-profile-7b-2025-26-q2'
    """
    pieces = [_piece(str(part)) for part in parts]
    name = "-".join(piece for piece, _ in pieces)
    exact = all(same for _, same in pieces) and not _RESERVED.match(name)
    if exact and len(name) <= _LIMIT:
        return name
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:8]
    return f"{name[: _LIMIT - 9].strip('-')}-{digest}".lstrip("-")


def _piece(text: str) -> tuple[str, bool]:
    """Return the ASCII form of a text, and whether no other text has the same one."""
    exact = bool(_CLASS.fullmatch(text) or _PLAIN.fullmatch(text) or _PERIOD.fullmatch(text))
    latin = "".join(_LATIN.get(letter, letter) for letter in text.lower())
    return re.sub(r"[^a-z0-9]+", "-", latin).strip("-"), exact and text.count("_") < 2  # noqa: PLR2004


def write_index(  # noqa: PLR0913 - the page shows this many things
    folder: Path,
    entries: Sequence[IndexEntry],
    *,
    school: str,
    term_title: str,
    problems: int = 0,
    problems_href: str = "",
    generated: str = "",
    language: str = "ru",
) -> Path:
    """Write reports/index.html at once and return its path; order of entries is kept.

    Entries with a ``headline`` are the verdicts on top, the primary outcome first; entries
    with an ``href`` are the list of reports; entries with a ``failure`` could not be made.
    """
    from posanalytics.reports import page
    from posanalytics.store.files import publish

    script = page.template_text("index.js")
    html = page.environment().get_template("index.html.j2").render(
        say=page.sayer(language),
        language=language,
        school=school,
        term_title=term_title,
        verdicts=sorted((e for e in entries if e.headline), key=lambda e: not e.primary),
        reports=[entry for entry in entries if entry.href and not entry.failure],
        failed=[entry for entry in entries if entry.failure],
        choices=_choices(entries),
        problems=problems,
        problems_href=problems_href,
        generated=generated,
        version=version(),
        style=page.style(),
        script=page.trusted(script),
        policy=page.policy([script]),
    )
    page.check_addresses(html)
    path = folder / "index.html"
    publish(path, lambda file: file.write_text(html, "utf-8", newline="\n") and None)
    return path


def _choices(entries: Sequence[IndexEntry]) -> dict[str, list[str]]:
    """Return the classes and terms that the filters offer."""
    from posanalytics.labels import class_label, class_order

    listed = [entry for entry in entries if entry.href and not entry.failure]
    classes = {label for entry in listed for label in entry.classes}
    known: Any = sorted((c for c in classes if class_label(c)), key=class_order)
    return {
        "classes": [*known, *sorted(classes - set(known))],
        "terms": sorted({entry.term for entry in listed if entry.term}, reverse=True),
    }
