"""Who is in which class, and what a lesson is of: the first half of a OneRoster export."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from posanalytics import periods
from posanalytics.gradebook.captions import class_in, in_name
from posanalytics.gradebook.findings import Where
from posanalytics.gradebook.headers import subject_of
from posanalytics.gradebook.reading import Hints, Listed
from posanalytics.labels import class_label, pupil_words, squeezed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from posanalytics.gradebook.roster import Entry, Roster

STUDENT = "student"
_HOMEROOM = "homeroom"
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_ENGLISH = re.compile(
    r"(?:(?P<first>\d)(?:st|nd|rd|th)?\s*|(?P<word>first|second|third|fourth)\s+)?"
    r"(?P<kind>quarter|trimester|semester|half[\s-]?year)\s*(?P<after>\d|i{1,3}|iv)?\b",
    re.IGNORECASE,
)
_KINDS = {"q": "Q", "t": "T", "s": "H", "h": "H"}
_NUMBERS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "i": 1, "ii": 2, "iii": 3, "iv": 4,
}  # fmt: skip


class Session(NamedTuple):
    """A school year, or a period of it; `suffix` is the part of a period id, empty for a year."""

    school_year: str
    suffix: str


class Lessons(NamedTuple):
    """A class of OneRoster: children who learn one subject together, or a form with its list."""

    label: str
    subject: str
    school_year: str
    homeroom: bool
    school: str


class Member(NamedTuple):
    """One enrolment of a pupil; `end` is the last day, both empty where the export is silent."""

    user: str
    lessons: str
    begin: str
    end: str
    entry: Entry

    def holds(self, day: str) -> bool:
        """Return whether the pupil was enrolled on a day."""
        return (not self.begin or self.begin <= day) and (not self.end or day <= self.end)


class People(NamedTuple):
    """Pupils by id with their names, and the rows that say so."""

    names: dict[str, str]
    entries: dict[str, Entry]
    others: frozenset[str]


def sessions_of(roster: Roster) -> dict[str, Session]:
    """Return every academic session with its school year and what period of it it is."""
    entries = roster.by_id("academicSessions")
    for entry in entries.values():
        note_day(roster, entry, "startDate")
    years = {own: periods.school_year(_year(entry, entries)) for own, entry in entries.items()}
    return {own: Session(years[own] or "", _suffix(entry)) for own, entry in entries.items()}


def _year(entry: Entry, entries: dict[str, Entry]) -> str:
    """Return the school year of a session; `schoolYear` names the year in which it ends."""
    day = _date(entry.day("startDate"))
    if day:
        return periods.school_year_of(day)
    told = entry.text("schoolYear")
    if re.fullmatch(r"20\d\d", told):
        return f"{int(told) - 1}-{int(told) % 100:02d}"
    parent = entries.get(entry.text("parentSourcedId"))
    return told or (_year(parent, {}) if parent else "")


def _suffix(entry: Entry) -> str:
    title = entry.text("title")
    return suffix_in(title) if entry.text("type").lower() != "schoolyear" else ""


def suffix_in(title: str) -> str:
    """Return the part of a period id that the title of a session names.

    >>> [suffix_in(title) for title in ("2 четверть", "Quarter 3", "First Semester", "2025-26 Q1")]
    ['Q2', 'Q3', 'H1', 'Q1']
    """
    english = _ENGLISH.search(title)
    if english:
        number = english["first"] or english["word"] or english["after"] or ""
        count = int(number) if number.isdigit() else _NUMBERS.get(number.lower(), 0)
        found = f"{_KINDS[english['kind'][0].lower()]}{count}"
        return found if periods.is_term(f"2000-01-{found}") and count else ""
    return periods.period_suffix(title) or in_name(title).term or ""


def _date(text: str) -> dt.date | None:
    """Return the day, None where there is none that a pupil of today can have been at school."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if _FIRST_YEAR <= day.year <= _LAST_YEAR else None


def is_day(text: str) -> bool:
    """Return whether a text is an ISO date.

    >>> is_day("2025-09-01"), is_day("0001-01-01")
    (True, False)
    """
    return _date(text) is not None


def note_day(roster: Roster, entry: Entry, column: str) -> str:
    """Return the day in a column, nothing where there is none; name what is no day."""
    text = entry.day(column)
    if text and not is_day(text):
        roster.findings.add("warning", "roster_bad_day", entry.where(column))
        return ""
    return text


def lessons_of(roster: Roster, sessions: dict[str, Session], hints: Hints) -> dict[str, Lessons]:
    """Return every class with its label, subject and year; empty where it does not say them."""
    courses = roster.by_id("courses")
    found = {}
    for own, entry in roster.by_id("classes").items():
        course = courses.get(entry.text("courseSourcedId"))
        if course is None and entry.text("courseSourcedId") and "courses" in roster:
            roster.unknown(entry, "courseSourcedId", "courses")
        found[own] = Lessons(
            label=_label(entry),
            subject=_subject(entry, course),
            school_year=_years(entry, sessions) or hints.school_year or "",
            homeroom=entry.text("classType").lower() == _HOMEROOM,
            school=entry.text("schoolSourcedId"),
        )
    return found


def _label(entry: Entry) -> str:
    texts = [entry.text("classCode"), entry.text("title")]
    exact = (label for text in texts if (label := class_label(text)))
    within = (label for text in texts if (label := class_in(text)))
    return next(exact, None) or next(within, None) or ""


def _subject(entry: Entry, course: Entry | None) -> str:
    """Return the subject: the one that the class names, else the course's title."""
    named = entry.ids("subjects")
    if len(named) == 1:
        return subject_of(named[0])
    return subject_of(course.text("title")) if course else ""


def _years(entry: Entry, sessions: dict[str, Session]) -> str:
    years = {sessions[own].school_year for own in entry.ids("termSourcedIds") if own in sessions}
    return years.pop() if len(years) == 1 else ""


def people_of(roster: Roster) -> People:
    """Return the pupils with names: those whose role is a student's, here or in an enrolment."""
    users = roster.by_id("users")
    roles: dict[str, set[str]] = defaultdict(set)
    for entry in roster.rows("roles"):
        roles[entry.text("userSourcedId")].add(entry.text("role").lower())
    for own, entry in users.items():
        if entry.text("role"):
            roles[own].add(entry.text("role").lower())
    for entry in roster.rows("enrollments"):
        user = entry.text("userSourcedId")
        if user not in roles and entry.text("role").lower() == STUDENT:
            roles[user].add(STUDENT)
    names = {}
    for own, entry in users.items():
        name = _name(entry)
        if STUDENT in roles[own] and name:
            names[own] = name
        elif STUDENT in roles[own]:
            roster.findings.add("error", "roster_nameless", entry.where("familyName"))
        else:
            roster.findings.add("note", "roster_staff", entry.where("sourcedId"))
    return People(names, users, frozenset(users) - names.keys())


def _name(entry: Entry) -> str:
    family, given = entry.text("familyName"), entry.text("givenName")
    return squeezed(f"{family} {given} {entry.text('middleName')}") if family and given else ""


def members_of(roster: Roster, lessons: dict[str, Lessons], people: People) -> list[Member]:
    """Return the enrolments of pupils; note those of people or classes that nobody knows."""
    found = []
    for entry in roster.by_id("enrollments").values():
        user, own = entry.text("userSourcedId"), entry.text("classSourcedId")
        if entry.text("role").lower() != STUDENT:
            continue
        if user not in people.names:
            if user not in people.others:
                roster.unknown(entry, "userSourcedId", "users")
            elif user in people.entries:
                roster.findings.add("warning", "roster_not_pupil", entry.where("userSourcedId"))
        elif own not in lessons:
            roster.unknown(entry, "classSourcedId", "classes")
        else:
            begin, end = _read_day(roster, entry, "beginDate"), _read_day(roster, entry, "endDate")
            found.append(Member(user, own, begin, _day_before(end), entry))
    return found


def _read_day(roster: Roster, entry: Entry, column: str) -> str:
    text = entry.day(column)
    if text and not is_day(text):
        roster.findings.add("warning", "roster_bad_date", entry.where(column))
        return ""
    return text


def _day_before(day: str) -> str:
    """Return the last day of an enrolment: OneRoster names the first day without it."""
    return (dt.date.fromisoformat(day) - dt.timedelta(days=1)).isoformat() if day else ""


class Places:
    """In which class a pupil was, and on what day: by the form's list, else by lessons."""

    def __init__(self, lessons: dict[str, Lessons], members: Iterable[Member]) -> None:
        """Take the classes and everybody's enrolments in them."""
        self._lessons = lessons
        self._of: dict[str, list[Member]] = defaultdict(list)
        for member in members:
            self._of[member.user].append(member)

    def forms(self, user: str, year: str) -> list[Member]:
        """Return the enrolments of a pupil in forms of a year."""
        return [
            member
            for member in self._of[user]
            for told in [self._lessons[member.lessons]]
            if told.homeroom and told.label and told.school_year == year
        ]

    def label(self, user: str, year: str, day: str) -> str:
        """Return the form that a pupil was in on a day, empty where there is none or several."""
        forms = [member for member in self.forms(user, year) if not day or member.holds(day)]
        labels = {self._lessons[member.lessons].label for member in forms}
        return labels.pop() if len(labels) == 1 else ""

    def in_lessons(self, user: str, lessons: str) -> list[Member]:
        """Return the enrolments of a pupil in one class."""
        return [member for member in self._of[user] if member.lessons == lessons]

    def listed(self, people: People) -> dict[tuple[str, str, str], list[Listed]]:
        """Return class lists by pupil, class and year: forms with their dates, else lessons."""
        found: dict[tuple[str, str, str], list[Listed]] = defaultdict(list)
        for user, members in self._of.items():
            for member in members:
                told = self._lessons[member.lessons]
                formed = bool(self.forms(user, told.school_year))
                if told.label and told.school_year and told.homeroom == formed:
                    key = (user, told.label, told.school_year)
                    row = Listed(people.names[user], *key[1:], "", member.begin, member.end)
                    found[key].append(row)
        forms = {own for own, told in self._lessons.items() if told.homeroom}
        return {key: rows if forms else [_spanned(rows)] for key, rows in found.items()}


def _spanned(rows: list[Listed]) -> Listed:
    """Return one stay for the enrolments in the lessons of one class: the longest of them."""
    begins, ends = [row.begin for row in rows], [row.end for row in rows]
    begin = min(begins) if all(begins) else ""
    return rows[0]._replace(begin=begin, end=max(ends) if all(ends) else "")


def namesakes(
    roster: Roster, people: People, keys: Iterable[tuple[str, str, str]]
) -> set[tuple[str, str, str]]:
    """Return pupil, class and year of those who share a name in one class; name their rows."""
    alike: dict[tuple[str, str, tuple[str, ...]], set[str]] = defaultdict(set)
    for user, label, year in keys:
        alike[label, year, pupil_words(people.names[user])].add(user)
    doubtful = set()
    groups = sorted((key, users) for key, users in alike.items() if len(users) > 1)
    for pair, ((label, year, _), users) in enumerate(groups, 1):
        for user in sorted(users):
            where = people.entries[user].where("familyName")
            roster.findings.add("error", "namesakes", where, pair=pair)
            doubtful.add((user, label, year))
    return doubtful


def note_manifest(roster: Roster) -> None:
    """Say what the manifest promises and the export has not, and what it only changes."""
    told = roster.properties()
    for key, value in told.items():
        file = key.removeprefix("file.")
        if key == file:
            continue
        if value.lower() == "delta":
            roster.findings.add("warning", "roster_delta", Where("manifest"), file=f"{file}.csv")
        if value.lower() in {"bulk", "delta"} and file not in roster:
            roster.findings.add("error", "roster_no_file", Where("manifest"), file=f"{file}.csv")


def note_unused(roster: Roster, used: frozenset[str]) -> None:
    """Name the files with rows that nothing here reads."""
    for file in roster.files():
        if file.lower() not in used and roster.rows(file):
            roster.findings.add("note", "roster_unused", Where(file), file=f"{file}.csv")
