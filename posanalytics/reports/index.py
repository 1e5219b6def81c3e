"""The list of reports, reports/index.html, and the file names that stand in it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from posanalytics import __version__
from posanalytics.wording import counted, decimal, say, signed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from posanalytics.reports.history import Difference

_LIMIT = 80  # bytes of a file name without its ending
_CLASS = re.compile(r"\d{1,2}[А-ЯЁ]")
_PLAIN = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_PERIOD = re.compile(r"\d{4}-\d{2}-[A-Z]\d{0,2}")
_BARS = {"none": 0, "low": 1, "medium": 2, "high": 3}
_CARDS = 3
_STRIP = 170  # width of the little scale beside a difference, in the units of its drawing
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)\Z")
_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "yo", "ж": "zh",
    "з": "z", "и": "i", "й": "j", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o",
    "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "c",
    "ч": "ch", "ш": "sh", "щ": "shh", "ъ": "qq", "ы": "y", "ь": "q", "э": "eh", "ю": "yu",
    "я": "ya",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class IndexEntry:
    """One line of the index: a report, or a verdict where ``headline`` is given.

    ``term`` is written as the reader sees it; ``code`` and ``reliability`` are the verdict's.
    """

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
    difference: Difference | None = None
    mentions: tuple[str, ...] = ()  # subjects and classes that stand on the page
    outdated: bool = False  # the data, the plan or the program changed since
    downloads: tuple[Any, ...] = ()  # label, href and size of each file beside the report


class Strip(NamedTuple):
    """A difference with its interval on a scale shared by the rows under each other."""

    zero: float
    low: float
    high: float
    at: float


def slug(*parts: object) -> str:
    """Return a file name without ending: ASCII, at most 80 bytes.

    Whatever could share its name with another notebook, class or term carries a digest.

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
    return re.sub(r"[^a-z0-9]+", "-", latin).strip("-"), exact


def write_index(  # noqa: PLR0913 - the page shows this many things
    folder: Path,
    entries: Sequence[IndexEntry],
    *,
    school: str,
    term_title: str,
    problems: int = 0,
    problems_href: str = "",
    notes: int = 0,
    why: Sequence[str] = (),
    generated: str = "",
    language: str = "ru",
    history: Sequence[IndexEntry] = (),
) -> Path:
    """Write reports/index.html at once and return its path; order of entries is kept.

    Entries with a ``headline`` are the verdicts on top, the primary outcome in full; entries
    with an ``href`` are the list of reports; entries with a ``failure`` could not be made.
    ``notes`` counts what was found beside the problems, ``why`` explains verdicts that seem to
    contradict their intervals. ``history`` holds the primary verdict of every term so far, the
    latest first.
    """
    from posanalytics.reports import assets, inspection, page
    from posanalytics.store.files import publish

    verdicts = [entry for entry in entries if entry.headline]
    # The primary outcome in full, the others on a line each; few verdicts are all told in full.
    cards = [e for e in verdicts if e.primary] if len(verdicts) > _CARDS else verdicts
    cards = sorted(cards or verdicts[:1], key=lambda entry: not entry.primary)
    early, script = assets.script_text("view.js"), assets.script_text("index.js")
    others = [entry for entry in verdicts if entry not in cards]
    reports = _listed(entries)
    html = (
        assets.environment()
        .get_template("index.html.j2")
        .render(
            say=page.sayer(language),
            language=language,
            school=school,
            term_title=term_title,
            cards=cards,
            others=list(zip(others, strips(others), strict=True)),
            verdicts=verdicts,
            history=list(zip(history, strips(history), strict=True)) if len(history) > 1 else [],
            reports=reports,
            terms=_by_term(reports),
            failed=[entry for entry in entries if entry.failure],
            choices=_choices(entries),
            bars=_BARS,
            problems=problems,
            problems_href=problems_href,
            notes=_notes(notes, language),
            why=why,
            generated=generated,
            version=__version__,
            number=decimal,
            signed=signed,
            style=assets.style(),
            early=assets.trusted(early),
            script=assets.trusted(script),
            policy=inspection.policy([early, script]),
        )
    )
    inspection.check_addresses(html)
    path = folder / "index.html"
    publish(path, lambda file: page.write(file, html))
    return path


def _notes(count: int, language: str) -> str:
    if not count:
        return ""
    forms = say("reports.index_note_forms", lang=language).split("|")
    return counted(count, *forms)


def strips(entries: Sequence[IndexEntry]) -> list[Strip | None]:
    """Return where differences and their intervals lie on one scale that holds zero.

    >>> from posanalytics.reports.history import Difference
    >>> strips([IndexEntry(question="x", difference=Difference(0.5, 0.0, 1.0))])
    [Strip(zero=5.0, low=5.0, high=165.0, at=85.0)]
    """
    drawn = [entry.difference for entry in entries]
    ends = [0.0, *(value for three in drawn if three for value in three)]
    low, high = min(ends), max(ends)
    width = (high - low) or 1.0
    edge = 5.0

    def place(value: float) -> float:
        return round(edge + (value - low) / width * (_STRIP - 2 * edge), 1)

    return [
        Strip(place(0), place(one.conf_low), place(one.conf_high), place(one.estimate))
        if one
        else None
        for one in drawn
    ]


def _by_term(reports: Sequence[IndexEntry]) -> dict[str, list[IndexEntry]]:
    """Return the reports under their terms, in the order in which terms are met."""
    grouped: dict[str, list[IndexEntry]] = {}
    for entry in reports:
        grouped.setdefault(entry.term, []).append(entry)
    return grouped


def _listed(entries: Sequence[IndexEntry]) -> list[IndexEntry]:
    """Return the entries that are reports to open."""
    return [e for e in entries if e.question and e.href and not e.failure and not e.headline]


def _choices(entries: Sequence[IndexEntry]) -> dict[str, list[str]]:
    """Return the classes and terms that the filters offer."""
    from posanalytics.labels import class_label, class_order

    listed = _listed(entries)
    classes = {label for entry in listed for label in entry.classes}
    known: Any = sorted((c for c in classes if class_label(c)), key=class_order)
    return {
        "classes": [*known, *sorted(classes - set(known))],
        "terms": list(dict.fromkeys(entry.term for entry in listed if entry.term)),
    }
