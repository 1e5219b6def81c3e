"""The tables as a OneRoster 1.2 export, so that other programs can read them; no name goes out.

Pupils stand there under their pseudonyms: «Ученик» is everybody's given name, the pseudonym the
family name. What is read back by `gradebook.readers.oneroster` are the same marks, term marks and
class lists. Absences and points of tests have no place in the files and are left out; so are marks
on a scale without a highest mark, and marks of which neither day nor term is known. The texts that
go out – subjects, classes, kinds of works – are those of the tables, where names are replaced.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from posanalytics import periods
from posanalytics.gradebook.cells import number_text
from posanalytics.gradebook.containers.file_sets import zipped
from posanalytics.gradebook.readers.oneroster import (
    CURRENT_CATEGORY,
    OWN_SYSTEM,
    OWN_TERM_CATEGORY,
    TERM_CATEGORY,
)
from posanalytics.labels import year_group
from posanalytics.scales import HIGHEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import pandas as pd

    from posanalytics.plan import Plan

TABLES = ("marks", "term_marks", "enrolments")
GIVEN_NAME = "Ученик"

_SCHOOL = "school"
_BASE = ("sourcedId", "status", "dateLastModified")
# Columns of the CSV binding 1.2, in its order.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "academicSessions": (
        *_BASE, "title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear",
    ),
    "categories": (*_BASE, "title", "weight"),
    "classes": (
        *_BASE, "title", "grades", "courseSourcedId", "classCode", "classType", "location",
        "schoolSourcedId", "termSourcedIds", "subjects", "subjectCodes", "periods",
    ),
    "courses": (
        *_BASE, "schoolYearSourcedId", "title", "courseCode", "grades", "orgSourcedId",
        "subjects", "subjectCodes",
    ),
    "enrollments": (
        *_BASE, "classSourcedId", "schoolSourcedId", "userSourcedId", "role", "primary",
        "beginDate", "endDate",
    ),
    "lineItems": (
        *_BASE, "title", "description", "assignDate", "dueDate", "classSourcedId",
        "categorySourcedId", "academicSessionSourcedId", "resultValueMin", "resultValueMax",
        "schoolSourcedId",
    ),
    "orgs": (*_BASE, "name", "type", "identifier", "parentSourcedId"),
    "results": (
        *_BASE, "lineItemSourcedId", "studentSourcedId", "scoreStatus", "score", "scoreDate",
        "comment", "textScore", "classSourcedId", "inProgress", "incomplete", "late", "missing",
    ),
    "roles": (
        *_BASE, "userSourcedId", "roleType", "role", "beginDate", "endDate", "orgSourcedId",
        "userProfileSourcedId",
    ),
    "users": (
        *_BASE, "enabledUser", "username", "userIds", "givenName", "familyName", "middleName",
        "identifier", "email", "sms", "phone", "agentSourcedIds", "grades", "password",
        "userMasterIdentifier", "preferredGivenName", "preferredMiddleName",
        "preferredFamilyName", "primaryOrgSourcedId", "pronouns",
    ),
}  # fmt: skip
_ABSENT = (
    "classResources", "courseResources", "demographics", "lineItemLearningObjectiveIds",
    "lineItemScoreScales", "resources", "resultLearningObjectiveIds", "resultScoreScales",
    "scoreScales", "userProfiles", "userResources",
)  # fmt: skip
_STATUS_TEXT = {
    "not_assessed": ("not submitted", "н/а"),
    "absent": ("not submitted", "н"),
    "pass": ("fully graded", "зачёт"),
    "fail": ("fully graded", "незачёт"),
    "exempt": ("exempt", ""),
}
_MARKED = "fully graded"
_LOWEST = {"5": "1", "10": "1", "12": "1", "100": "0"}
_FORMULA = ("=", "+", "-", "@", "'")

Row = dict[str, str]


class _Item(NamedTuple):
    """What one line item is of: lessons of a class on a day or in a term, of one kind of work."""

    school_year: str
    class_label: str
    subject: str
    term: str
    date: str
    work: str
    weight: str
    scale: str
    number: int

    @property
    def own_id(self) -> str:
        return _own_id("item", *map(str, self))


class _Place(NamedTuple):
    """A pupil in a class of a year."""

    pupil: str
    class_label: str
    school_year: str


class _Stay(NamedTuple):
    """A pupil on the list of a form, dates empty where they are those of the form."""

    pupil: str
    school_year: str
    class_label: str
    begin: str
    end: str


class _Content(NamedTuple):
    """Everything that goes out: results with their line items, lists, and what follows of them."""

    plan: Plan
    marks: list[tuple[_Item, Any]]
    term_marks: list[tuple[_Item, Any]]
    stays: list[_Stay]
    lessons: frozenset[tuple[str, str, str, str]]

    @property
    def forms(self) -> set[tuple[str, str]]:
        """Return year and class of every form."""
        listed = {(stay.school_year, stay.class_label) for stay in self.stays}
        return listed | {(year, label) for year, label, _, _ in self.lessons}

    @property
    def pupils(self) -> set[str]:
        """Return everybody's pseudonym."""
        return {stay.pupil for stay in self.stays} | {pupil for *_, pupil in self.lessons}


def oneroster(tables: Mapping[str, pd.DataFrame], *, plan: Plan) -> bytes:
    """Return the tables as a zip of OneRoster CSV files, the same bytes for the same tables."""
    content = _content(tables, plan)
    files = {name: _text(columns, _rows_of(name, content)) for name, columns in _files()}
    manifest = _text(("propertyName", "value"), _manifest())
    return zipped([("manifest.csv", manifest), *((f"{name}.csv", t) for name, t in files.items())])


def _files() -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from sorted(_COLUMNS.items())


def _content(tables: Mapping[str, pd.DataFrame], plan: Plan) -> _Content:
    marks, term_marks = list(_marks(tables["marks"])), list(_term_marks(tables["term_marks"]))
    lessons = {
        (item.school_year, item.class_label, item.subject, row.pupil)
        for item, row in (*marks, *term_marks)
    }
    stays = list(_stays(tables["enrolments"], _taught((*marks, *term_marks)), plan))
    return _Content(plan, marks, term_marks, stays, frozenset(lessons))


def _rows_of(name: str, content: _Content) -> list[Row]:
    makers: dict[str, Callable[[_Content], Iterable[Row]]] = {
        "academicSessions": _sessions,
        "categories": _categories,
        "classes": _classes,
        "courses": _courses,
        "enrollments": _enrollments,
        "lineItems": _line_items,
        "orgs": _orgs,
        "results": _results,
        "roles": _roles,
        "users": _users,
    }
    return sorted(makers[name](content), key=lambda row: row["sourcedId"])


def _orgs(content: _Content) -> list[Row]:
    return [{"sourcedId": _SCHOOL, "name": content.plan.school, "type": "school"}]


def _manifest() -> list[Row]:
    told = {
        "manifest.version": "1.0",
        "oneroster.version": "1.2",
        **{f"file.{name}": "bulk" for name, _ in _files()},
        **dict.fromkeys((f"file.{name}" for name in _ABSENT), "absent"),
        "source.systemName": OWN_SYSTEM,
        "source.systemCode": OWN_SYSTEM,
    }
    return [{"propertyName": key, "value": value} for key, value in told.items()]


def _text(columns: tuple[str, ...], rows: Iterable[Row]) -> bytes:
    stream = io.StringIO(newline="")
    lines = csv.writer(stream, lineterminator="\r\n")
    lines.writerow(columns)
    lines.writerows([_safe(row.get(column, "")) for column in columns] for row in rows)
    return stream.getvalue().encode()


def _safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; the reader takes the quote away."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _own_id(kind: str, *parts: str) -> str:
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
    return f"{kind}-{digest[:20]}"


def _year_id(year: str) -> str:
    return f"year-{year}"


def _session_id(term: str) -> str:
    return f"term-{term}" if periods.is_taught(term) else _year_id(periods.split_term(term)[0])


def _form_id(year: str, label: str) -> str:
    return _own_id("form", year, label)


def _lessons_id(year: str, label: str, subject: str) -> str:
    return _own_id("lessons", year, label, subject)


def _category_id(work: str, weight: str) -> str:
    return _own_id("category", work, weight)


def _marks(frame: pd.DataFrame) -> Iterator[tuple[_Item, Any]]:
    """Return every current mark with its line item; a second one of a day gets another item."""
    seen: dict[tuple[str, _Item], int] = {}
    for row in frame.itertuples(index=False):
        year = _year_of(row.term, row.date)
        item = _Item(
            school_year=year, class_label=row.class_label, subject=row.subject,
            term="" if row.date else row.term, date=row.date, work=row.work,
            weight=number_text(row.weight), scale=row.scale, number=1,
        )  # fmt: skip
        if not year or row.scale not in HIGHEST:
            continue
        number = seen.get((row.pupil, item), 0) + 1
        seen[row.pupil, item] = number
        yield item._replace(number=number), row


def _year_of(term: str, date: str) -> str:
    if date:
        return periods.school_year_of(dt.date.fromisoformat(date))
    return periods.split_term(term)[0] if term else ""


def _term_marks(frame: pd.DataFrame) -> Iterator[tuple[_Item, Any]]:
    """Return every term mark, or status in its place, with its line item."""
    rows = [
        row
        for row in frame.itertuples(index=False)
        if row.status and (row.mark == row.mark or row.status in _STATUS_TEXT)
    ]
    most: dict[tuple[str, str, str], float] = {}
    for row in rows:
        key = (row.class_label, row.subject, row.term)
        most[key] = max(most.get(key, 0.0), row.mark if row.mark == row.mark else 0.0)
    for row in rows:
        key = (row.class_label, row.subject, row.term)
        scale = next(name for name, highest in HIGHEST.items() if most[key] <= highest)
        year = periods.split_term(row.term)[0]
        yield _Item(year, *key, "", "", "", scale, 0), row


def _sessions(content: _Content) -> Iterator[Row]:
    years = {year for year, _ in content.forms}
    for year in years:
        begin, end = _days_of_year(year, content.plan)
        title = year.replace("-", "/")
        yield _session(_year_id(year), title, "schoolYear", (begin, end), year)
    used = {item.term for item, _ in (*content.marks, *content.term_marks) if item.term}
    for term in filter(periods.is_taught, used | set(content.plan.all_terms)):
        year, _ = periods.split_term(term)
        if year in years:
            days, title = _days_of(term, content.plan), periods.term_name(term)
            row = _session(_session_id(term), title, "gradingPeriod", days, year)
            yield row | {"parentSourcedId": _year_id(year)}


def _session(own: str, title: str, kind: str, days: tuple[dt.date, dt.date], year: str) -> Row:
    return {
        "sourcedId": own, "title": title, "type": kind, "startDate": days[0].isoformat(),
        "endDate": _following(days[1]), "schoolYear": str(int(year[:4]) + 1),
    }  # fmt: skip


def _days_of(term: str, plan: Plan) -> tuple[dt.date, dt.date]:
    """Return first and last day of a term, those of its year where the plan gives no dates."""
    year, suffix = periods.split_term(term)
    return plan.years.get(year, {}).get(suffix) or _days_of_year(year, plan)


def _days_of_year(year: str, plan: Plan) -> tuple[dt.date, dt.date]:
    dates = plan.years.get(year, {}).values()
    first = int(year[:4])
    begins, ends = [d for d, _ in dates], [d for _, d in dates]
    begin, end = dt.date(first, 9, 1), dt.date(first + 1, 5, 31)
    return min([begin, *begins]), max([end, *ends])


def _following(day: dt.date) -> str:
    """Return the day after the last one: what OneRoster calls an end date."""
    return (day + dt.timedelta(days=1)).isoformat()


def _courses(content: _Content) -> Iterator[Row]:
    for subject in sorted({subject for _, _, subject, _ in content.lessons}):
        yield {
            "sourcedId": _own_id("course", subject), "title": subject, "orgSourcedId": _SCHOOL,
            "subjects": subject,
        }  # fmt: skip


def _classes(content: _Content) -> Iterator[Row]:
    for year, label in content.forms:
        yield _class(_form_id(year, label), year, label) | {"title": label, "classType": "homeroom"}
    for year, label, subject in {told[:3] for told in content.lessons}:
        yield _class(_lessons_id(year, label, subject), year, label) | {
            "title": f"{subject} {label}", "classType": "scheduled", "subjects": subject,
            "courseSourcedId": _own_id("course", subject),
        }  # fmt: skip


def _class(own: str, year: str, label: str) -> Row:
    return {
        "sourcedId": own, "grades": f"{year_group(label):02d}", "classCode": label,
        "schoolSourcedId": _SCHOOL, "termSourcedIds": _year_id(year),
    }  # fmt: skip


def _stays(frame: pd.DataFrame, taught: dict[_Place, set[str]], plan: Plan) -> Iterator[_Stay]:
    """Return who is on which list; a day only where marks alone would not tell it.

    Whoever has marks from the first to the last term of the form was simply there.
    """
    rows = [(_Place(*row[:3]), str(row[3]), str(row[4])) for row in _tuples(frame)]
    firsts, lasts = _ends(rows, taught, plan)
    for place, begin, end in rows:
        terms = sorted(taught.get(place, ()), key=periods.term_order)
        came, left = _first_day(begin, plan), _last_day(end, plan)
        with_marks = bool(terms) and (terms[0], terms[-1]) == (begin, end)
        form = place[1:]
        yield _Stay(
            place.pupil, place.school_year, place.class_label,
            "" if with_marks and came == firsts[form] else came,
            "" if with_marks and left == lasts[form] else left,
        )  # fmt: skip


def _tuples(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    columns = ["pupil", "class_label", "school_year", "begin", "end"]
    yield from frame[columns].itertuples(index=False, name=None)


def _ends(
    rows: list[tuple[_Place, str, str]], taught: dict[_Place, set[str]], plan: Plan
) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]:
    """Return the first and the last day of every form."""
    begins: dict[tuple[str, str], list[str]] = defaultdict(list)
    ends: dict[tuple[str, str], list[str]] = defaultdict(list)
    for place, begin, end in rows:
        begins[place[1:]].append(_first_day(begin, plan))
        ends[place[1:]].append(_last_day(end, plan))
    for place, terms in taught.items():
        begins[place[1:]] += [_first_day(term, plan) for term in terms]
        ends[place[1:]] += [_last_day(term, plan) for term in terms]
    return (
        {form: min(filter(None, days), default="") for form, days in begins.items()},
        {form: max(days) for form, days in ends.items()},
    )


def _taught(results: Iterable[tuple[_Item, Any]]) -> dict[_Place, set[str]]:
    """Return the taught terms in which every pupil has results, class by class."""
    found: dict[_Place, set[str]] = defaultdict(set)
    for item, row in results:
        if row.term and periods.is_taught(row.term):
            found[_Place(row.pupil, item.class_label, item.school_year)].add(row.term)
    return found


def _enrollments(content: _Content) -> Iterator[Row]:
    for stay in content.stays:
        end = _following(dt.date.fromisoformat(stay.end)) if stay.end else ""
        row = _enrollment(_form_id(stay.school_year, stay.class_label), stay.pupil)
        yield row | {"beginDate": stay.begin, "endDate": end}
    for year, label, subject, pupil in content.lessons:
        yield _enrollment(_lessons_id(year, label, subject), pupil)


def _first_day(told: str, plan: Plan) -> str:
    return _days_of(told, plan)[0].isoformat() if periods.is_term(told) else told


def _last_day(told: str, plan: Plan) -> str:
    return _days_of(told, plan)[1].isoformat() if periods.is_term(told) else told


def _enrollment(lessons: str, pupil: str) -> Row:
    return {
        "sourcedId": _own_id("enrollment", lessons, pupil), "classSourcedId": lessons,
        "schoolSourcedId": _SCHOOL, "userSourcedId": pupil, "role": "student", "primary": "false",
    }  # fmt: skip


def _users(content: _Content) -> Iterator[Row]:
    for pupil in content.pupils:
        yield {
            "sourcedId": pupil, "enabledUser": "true", "username": pupil,
            "givenName": GIVEN_NAME, "familyName": pupil, "primaryOrgSourcedId": _SCHOOL,
        }  # fmt: skip


def _roles(content: _Content) -> Iterator[Row]:
    for pupil in content.pupils:
        yield {
            "sourcedId": _own_id("role", pupil), "userSourcedId": pupil, "roleType": "primary",
            "role": "student", "orgSourcedId": _SCHOOL,
        }  # fmt: skip


def _categories(content: _Content) -> Iterator[Row]:
    yield {"sourcedId": OWN_TERM_CATEGORY, "title": TERM_CATEGORY, "weight": "1"}
    for work, weight in {(item.work, item.weight) for item, _ in content.marks}:
        yield {
            "sourcedId": _category_id(work, weight), "title": work or CURRENT_CATEGORY,
            "weight": weight,
        }  # fmt: skip


def _line_items(content: _Content) -> Iterator[Row]:
    for item in {item for item, _ in content.marks}:
        when = item.date or periods.term_name(item.term)
        yield _line_item(item) | {
            "title": f"{item.work or CURRENT_CATEGORY}, {when}", "assignDate": item.date,
            "dueDate": item.date, "categorySourcedId": _category_id(item.work, item.weight),
        }  # fmt: skip
    for item in {item for item, _ in content.term_marks}:
        yield _line_item(item) | {
            "title": periods.term_name(item.term), "categorySourcedId": OWN_TERM_CATEGORY,
        }  # fmt: skip


def _line_item(item: _Item) -> Row:
    session = _session_id(item.term) if item.term else _year_id(item.school_year)
    return {
        "sourcedId": item.own_id,
        "classSourcedId": _lessons_id(item.school_year, item.class_label, item.subject),
        "academicSessionSourcedId": session, "resultValueMin": _LOWEST[item.scale],
        "resultValueMax": str(HIGHEST[item.scale]), "schoolSourcedId": _SCHOOL,
    }  # fmt: skip


def _results(content: _Content) -> Iterator[Row]:
    for item, row in content.marks:
        yield _result(item, row.pupil) | {
            "scoreStatus": _MARKED, "score": number_text(row.mark), "scoreDate": item.date,
        }  # fmt: skip
    for item, row in content.term_marks:
        status, text = _STATUS_TEXT.get(row.status, (_MARKED, ""))
        score = number_text(row.mark) if row.mark == row.mark else ""
        yield _result(item, row.pupil) | {
            "scoreStatus": status, "score": score, "textScore": text,
            "scoreDate": _days_of(item.term, content.plan)[1].isoformat(),
        }  # fmt: skip


def _result(item: _Item, pupil: str) -> Row:
    return {
        "sourcedId": _own_id("result", item.own_id, pupil), "lineItemSourcedId": item.own_id,
        "studentSourcedId": pupil,
        "classSourcedId": _lessons_id(item.school_year, item.class_label, item.subject),
    }  # fmt: skip
