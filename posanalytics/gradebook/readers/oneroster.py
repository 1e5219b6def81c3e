"""OneRoster 1.1 and 1.2, CSV binding: lists with dates, marks and term marks (FORMATS.md 6.3).

What is read how:

- A mark of a term is a line item whose category says so («Отметка за период», "Term grade"), or
  whose title is nothing but a period («2 четверть», "Quarter 2"). Every other line item is a
  current mark. Its period is the one of such a title, else that of its academic session.
- The day of a current mark is the day of the lesson, `dueDate`; where it is silent, `assignDate`,
  then `scoreDate`, the day on which the mark was set.
- The largest result that a line item allows is the scale: 5, 10, 12 or 100. Where it is another
  number, or none is told, the results are points (`Score`), never marks.
- Weights of categories that add up to 1 or 100 are shares of the whole and weigh no single mark;
  other weights do.
- `endDate` of an enrolment is the first day without it, as the standard says.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook.cells import number_text
from posanalytics.gradebook.course_points import points_in
from posanalytics.gradebook.findings import Findings, Where, quotable
from posanalytics.gradebook.reading import Listed, Reading, Record, Score
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen
from posanalytics.gradebook.roster import Entry, Roster
from posanalytics.gradebook.roster_lists import (
    Lessons,
    Places,
    Session,
    is_day,
    lessons_of,
    members_of,
    namesakes,
    note_day,
    note_manifest,
    note_unused,
    people_of,
    sessions_of,
    suffix_in,
)
from posanalytics.gradebook.screening import without_clashes
from posanalytics.gradebook.sheet_findings import note_oddities
from posanalytics.gradebook.tokens import Token, tokens
from posanalytics.labels import subject_label
from posanalytics.scales import HIGHEST

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book, Cell
    from posanalytics.gradebook.reading import Hints
    from posanalytics.gradebook.roster_lists import People
    from posanalytics.gradebook.tokens import Grid

FORMAT = "oneroster"
INSTRUMENT = "OneRoster"

# Titles of the categories that our own export writes; a reader of another system meets its own.
TERM_CATEGORY = "Отметка за период"
CURRENT_CATEGORY = "Текущая отметка"
OWN_SYSTEM = "posanalytics"
OWN_TERM_CATEGORY = "term"

_NEEDED = ("users", "classes", "enrollments")
_READ_FILES = frozenset(
    {
        *_NEEDED, "manifest", "orgs", "roles", "courses", "categories", "academicsessions",
        "lineitems", "results",
    }
)  # fmt: skip
_TERM_CATEGORY = re.compile(
    r"отметк\w+\s+за\s+период|(?:четвертн|триместров|полугодов|годов|итогов)\w+(?:\s+отметк\w+|"
    r"\s+оценк\w+)?|(?:term|final|period|quarter|report[\s-]card)\s+(?:grade|mark)s?",
    re.IGNORECASE,
)
_TERM_TITLE = re.compile(
    r"(?:(?:[ivxі]+|\d|перв\w+|втор\w+|трет\w+|четв[её]рт\w+)(?:-?(?:я|ая|й|е|ое))?\s+"
    r"(?:четверть|триместр|полугодие|семестр|модуль)|год|годовая|итоговая|"
    r"(?:quarter|trimester|semester)\s*\d|(?:first|second|third|fourth|\d(?:st|nd|rd|th))\s+"
    r"(?:quarter|trimester|semester))(?:\s+(?:отметка|оценка|grade|mark))?"
    r"(?:\s+20\d\d\s*[-/]\s*(?:20)?\d\d)?",
    re.IGNORECASE,
)
_SHARES = (1.0, 100.0)
_LEEWAY = 0.005
_HEAVIEST = 100.0  # a share in per cent
_TRUE = "true"


class _Item(NamedTuple):
    """A line item: what its results are of."""

    entry: Entry
    title: str
    lessons: str
    session: Session
    slot: str
    suffix: str
    day: str
    scale: str
    maximum: float | None
    work: str
    weight: float


class _Export(NamedTuple):
    """The export being read: what it says about everybody, and what is wrong with it."""

    roster: Roster
    lessons: dict[str, Lessons]
    people: People
    places: Places
    findings: Findings


class _Mark(NamedTuple):
    """Whose a result is: pupil, class and year."""

    user: str
    label: str
    school_year: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.user, self.label, self.school_year


def recognise(book: Book) -> Match:
    """Return how surely the book is a OneRoster export: its files and its manifest."""
    names = {sheet.name.lower() for sheet in book.sheets}
    if "manifest" in names and names & {"users", "classes", "results"}:
        return seen(0.98, "roster_files")
    return NO_MATCH


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return the class lists, marks, term marks and points of the export."""
    findings = Findings(name)
    reading = Reading(FORMAT, sheets=len(book.sheets), encoding=book.encoding)
    note_oddities(book, findings)
    roster = Roster(book, findings)
    note_manifest(roster)
    note_unused(roster, _READ_FILES)
    lacking = [file for file in _NEEDED if file not in roster]
    for file in lacking:
        findings.add("error", "roster_no_file", Where("manifest"), file=f"{file}.csv")
    if not lacking:
        _read_roster(roster, hints, reading)
    reading.problems.extend(findings.problems())
    return reading


def _read_roster(roster: Roster, hints: Hints, reading: Reading) -> None:
    sessions = sessions_of(roster)
    lessons = lessons_of(roster, sessions, hints)
    schools = {told.school for told in lessons.values() if told.school}
    if len(schools) > 1:
        roster.findings.add("error", "roster_schools", Where("classes"), schools=len(schools))
        return
    people = people_of(roster)
    members = members_of(roster, lessons, people)
    export = _Export(roster, lessons, people, Places(lessons, members), roster.findings)
    listed = export.places.listed(people)
    marked = _results(export, _items(export, sessions))
    everyone = {*listed, *(mark.key for mark, _ in marked)}
    doubtful = namesakes(roster, people, everyone)
    for key in sorted(everyone - doubtful):
        user, label, year = key
        reading.listed.extend(listed.get(key) or [Listed(people.names[user], label, year)])
    rows = [row for mark, row in marked if mark.key not in doubtful]
    reading.scores.extend(row for row in rows if isinstance(row, Score))
    records = [row for row in rows if isinstance(row, Record)]
    terms = [record for record in records if record.slot == "term"]
    kept = {id(record) for record in without_clashes(terms, roster.findings)}
    reading.records.extend(r for r in records if r.slot == "current" or id(r) in kept)


def _items(export: _Export, sessions: dict[str, Session]) -> dict[str, _Item]:
    categories = export.roster.by_id("categories")
    ours = _is_ours(export.roster)
    weights = _weights(export, categories)
    found = {}
    for own, entry in export.roster.by_id("lineItems").items():
        if entry.text("classSourcedId") not in export.lessons:
            export.roster.unknown(entry, "classSourcedId", "classes")
            continue
        category = entry.text("categorySourcedId")
        if category and category not in categories:
            export.roster.unknown(entry, "categorySourcedId", "categories")
        for column in ("dueDate", "assignDate"):
            note_day(export.roster, entry, column)
        title = categories[category].text("title") if category in categories else ""
        session = _session(export, entry, sessions)
        term = category == OWN_TERM_CATEGORY if ours else _names_term(title, entry.text("title"))
        item = _item(entry, title, session, weight=weights.get(category, 1.0), term=term)
        if term and item.suffix[1:] and session.suffix not in {"", item.suffix}:
            export.findings.add("warning", "roster_term_conflict", entry.where("title"))
        found[own] = item
    return found


def _is_ours(roster: Roster) -> bool:
    """Return whether this program wrote the export."""
    return roster.properties().get("source.systemcode") == OWN_SYSTEM


def _names_term(category: str, title: str) -> bool:
    """Return whether a line item is a term mark, as its category or its title says."""
    return bool(_TERM_CATEGORY.fullmatch(category) or _TERM_TITLE.fullmatch(title))


def _session(export: _Export, entry: Entry, sessions: dict[str, Session]) -> Session:
    """Return the period of a line item, which 1.1 calls its grading period."""
    for column in ("academicSessionSourcedId", "gradingPeriodSourcedId"):
        own = entry.text(column)
        if own in sessions:
            return sessions[own]
        if own:
            export.roster.unknown(entry, column, "academicSessions")
    return Session("", "")


def _item(entry: Entry, category: str, session: Session, *, weight: float, term: bool) -> _Item:
    title = entry.text("title")
    days = [entry.day(column) for column in ("dueDate", "assignDate")]
    maximum = points_in(entry.sheet.at(entry.row, entry.columns.get("resultvaluemax", -1)))
    scale = number_text(maximum.value) if maximum else ""
    return _Item(
        entry=entry,
        title=title or category,
        lessons=entry.text("classSourcedId"),
        session=session,
        slot="term" if term else "current",
        suffix=_suffix(title, session) if term else session.suffix,
        day=next((day for day in days if is_day(day)), ""),
        scale=scale if scale in HIGHEST else "",
        maximum=maximum.value if maximum else None,
        work="" if category == CURRENT_CATEGORY else category,
        weight=1.0 if term else weight,
    )


def _suffix(title: str, session: Session) -> str:
    """Return the period of a term mark: a title that is one, else the session, else the title.

    «Годовая» often stands in the last quarter; a line item of the year's own session that names
    no period is the mark of the year.
    """
    named = suffix_in(title)
    if named and _TERM_TITLE.fullmatch(title):
        return named
    return session.suffix or named or ("Y" if session.school_year else "")


def _weights(export: _Export, categories: dict[str, Entry]) -> dict[str, float]:
    """Return the weight of a mark in every category."""
    told = {}
    for own, entry in categories.items():
        weight = points_in(entry.sheet.at(entry.row, entry.columns.get("weight", -1)))
        if weight and 0 <= weight.value <= _HEAVIEST:
            told[own] = weight.value
        elif entry.text("weight"):
            where = entry.where("weight")
            export.findings.add(
                "warning", "roster_weight", where, token=quotable(entry.text("weight"))
            )
    whole = any(abs(sum(told.values()) - share) < _LEEWAY for share in _SHARES)
    if whole and len(told) > 1 and not _is_ours(export.roster):
        export.findings.add("note", "roster_shares", Where("categories"))
        return {}
    return told


def _results(export: _Export, items: dict[str, _Item]) -> list[tuple[_Mark, Record | Score]]:
    found: list[tuple[_Mark, Record | Score]] = []
    for entry in _single(export):
        item = items.get(entry.text("lineItemSourcedId"))
        user = entry.text("studentSourcedId")
        if item is None:
            export.roster.unknown(entry, "lineItemSourcedId", "lineItems")
        elif user not in export.people.names:
            if user in export.people.entries:
                where = entry.where("studentSourcedId")
                export.findings.add("warning", "roster_not_pupil", where)
            else:
                export.roster.unknown(entry, "studentSourcedId", "users")
        else:
            day = item.day or note_day(export.roster, entry, "scoreDate")
            if entry.text("comment"):
                export.findings.add("note", "feedback", entry.where("comment"))
            mark = _placed(export, item, entry, user, day)
            found.extend((mark, row) for row in _rows(export, item, entry, mark, day) if mark)
    return [(mark, row) for mark, row in found if mark]


def _single(export: _Export) -> list[Entry]:
    """Return the results that are the only one of their pupil in their line item."""
    entries = list(export.roster.by_id("results").values())
    pairs = [(e.text("lineItemSourcedId"), e.text("studentSourcedId")) for e in entries]
    counts = Counter(pairs)
    for entry, pair in zip(entries, pairs, strict=True):
        if counts[pair] > 1:
            where = entry.where("lineItemSourcedId")
            export.findings.add("error", "roster_two_results", where)
    return [entry for entry, pair in zip(entries, pairs, strict=True) if counts[pair] == 1]


def _placed(export: _Export, item: _Item, entry: Entry, user: str, day: str) -> _Mark | None:
    """Return whose the result is; the class itself says its label, else the pupil's form does."""
    told = export.lessons[item.lessons]
    year = item.session.school_year or told.school_year
    if not year:
        export.findings.add("error", "no_school_year", Where(entry.sheet.name))
        return None
    label = told.label or export.places.label(user, year, day if item.slot == "current" else "")
    if not label:
        export.findings.add("error", "no_class_row", entry.where("lineItemSourcedId"))
        return None
    if not told.subject:
        export.findings.add("error", "no_subject", item.entry.where("classSourcedId"))
        return None
    stays = export.places.in_lessons(user, item.lessons)
    if not stays:
        export.findings.add("note", "roster_not_enrolled", entry.where("studentSourcedId"))
    elif item.slot == "current" and day and not any(stay.holds(day) for stay in stays):
        export.findings.add("note", "roster_outside", entry.where("studentSourcedId"))
    return _Mark(user, label, year)


def _rows(
    export: _Export, item: _Item, entry: Entry, mark: _Mark | None, day: str
) -> list[Record | Score]:
    if mark is None:
        return []
    if not item.scale:
        score = _score(export, item, entry, mark, day)
        return [score] if score else []
    if item.slot == "term" and not item.suffix:
        export.findings.add("error", "no_term", Where(item.entry.sheet.name))
        return []
    if item.slot == "current" and not day and not item.suffix:
        export.findings.add("warning", "roster_undated", item.entry.where("dueDate"))
        return []
    return [
        _record(export, item, entry, mark, day, token) for token in _tokens(export, item, entry)
    ]


def _tokens(export: _Export, item: _Item, entry: Entry) -> list[Token]:
    """Return what a result says: its status, its number, or its text where there is no number."""
    if entry.text("scoreStatus").lower() == "exempt":
        if item.slot == "term":
            return [Token("exempt", None, item.scale, 1.0, "осв")]
        export.findings.add("note", "excused_work", entry.where("scoreStatus"))
    elif entry.text("inProgress").lower() == _TRUE and item.slot == "term":
        export.findings.add("note", "roster_in_progress", entry.where("inProgress"))
    elif entry.text("score") or entry.text("textScore"):
        return _told(export, item, entry)
    else:
        export.findings.add("note", "not_handed_in", entry.where("scoreStatus"))
    return []


def _told(export: _Export, item: _Item, entry: Entry) -> list[Token]:
    number, text = points_in(_cell(entry, "score")), entry.text("textScore")
    if number:
        return _numeric(export, item, entry, number_text(number.value))
    if entry.text("score"):
        return _understood(export, entry, "score", [Token("unknown", raw=entry.text("score"))])
    grid: Grid = "term" if item.slot == "term" else "current"
    return _understood(export, entry, "textScore", tokens(text, grid=grid, scale=item.scale))


def _cell(entry: Entry, column: str) -> Cell:
    return entry.sheet.at(entry.row, entry.columns.get(column.lower(), -1))


def _numeric(export: _Export, item: _Item, entry: Entry, number: str) -> list[Token]:
    """Return the mark that a number is; a text beside it that says the same keeps its sign."""
    # Several digits in a journal cell are several marks; a score is always one.
    found = tokens(number, grid="term", scale=item.scale)
    text = tokens(entry.text("textScore"), grid="term", scale=item.scale)
    if [t.value for t in text] == [t.value for t in found]:
        found = text
    if item.slot == "current" and any(token.kind == "mean" for token in found):
        if _is_ours(export.roster):  # a mark that the school's rule counts as a fraction: «4-»
            return [token._replace(kind="mark") for token in found]
        where = entry.where("score")
        export.findings.add("warning", "mean_in_journal", where, token=quotable(number))
        return []
    return _understood(export, entry, "score", found)


def _understood(export: _Export, entry: Entry, column: str, found: list[Token]) -> list[Token]:
    where = entry.where(column)
    for token in found:
        if token.kind == "unknown":
            export.findings.add("warning", "unknown_mark", where, token=quotable(token.raw))
        elif token.kind == "none":
            export.findings.add("note", "dash", where)
    return [token for token in found if token.kind not in {"unknown", "none"}]


def _record(  # noqa: PLR0913, PLR0917
    export: _Export, item: _Item, entry: Entry, mark: _Mark, day: str, token: Token
) -> Record:
    where = entry.where("score")
    term = item.slot == "term" or not day
    return Record(
        pupil=export.people.names[mark.user],
        class_label=mark.label,
        school_year=mark.school_year,
        subject=export.lessons[item.lessons].subject,
        slot=item.slot,  # type: ignore[arg-type]
        kind=token.kind,  # type: ignore[arg-type]
        value=token.value,
        raw=token.raw,
        sheet=where.sheet,
        cell=where.cell,
        date=None if item.slot == "term" else day or None,
        term=f"{mark.school_year}-{item.suffix}" if term else None,
        scale=token.scale,
        weight=item.weight,
        work="" if item.slot == "term" else item.work,
    )


def _score(export: _Export, item: _Item, entry: Entry, mark: _Mark, day: str) -> Score | None:
    points = points_in(_cell(entry, "score"))
    where = entry.where("score")
    if points is None:
        key = "unknown_points" if entry.text("score") else "not_handed_in"
        severity = "warning" if entry.text("score") else "note"
        slots = {"token": quotable(entry.text("score"))} if entry.text("score") else {}
        export.findings.add(severity, key, where, **slots)  # type: ignore[arg-type]
        return None
    if item.maximum is not None and not 0 <= points.value <= item.maximum:
        export.findings.add("warning", "above_maximum", where, token=quotable(entry.text("score")))
    return Score(
        pupil=export.people.names[mark.user],
        class_label=mark.label,
        school_year=mark.school_year,
        instrument=INSTRUMENT,
        version="",
        subject=subject_label(export.lessons[item.lessons].subject),
        scale=item.title,
        date=day or None,
        term=f"{mark.school_year}-{item.suffix}" if item.suffix else None,
        raw=points.value,
        maximum=item.maximum,
        level="",
        journal_mark=None,
        cell=f"{where.sheet}!{where.cell}",
    )
