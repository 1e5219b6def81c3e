"""Who is drawn: groups and terms of a tidy table in a fixed order, with their names and signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from posanalytics.figures.style import CLASS_SIGNS, SIGNS, Sign
from posanalytics.labels import class_order
from posanalytics.periods import split_term, term_name, term_order, term_short
from posanalytics.schema import GLOSSARY
from posanalytics.wording import counted, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

ROLES = GLOSSARY["role"].allowed


class Group(NamedTuple):
    """A line, dot or row of a figure: its key in the table, its name, its sign."""

    key: str
    name: str
    sign: Sign


def groups_of(
    frame: pd.DataFrame, *, column: str = "group", names: Mapping[str, str] | None = None
) -> list[Group]:
    """Return the groups of the table: by role, then by label, never by value."""
    if column not in frame:
        return []
    roles = _roles(frame, column)
    keys = sorted(frame[column].dropna().unique(), key=lambda key: _order(key, roles))
    plain = iter(range(len(keys)))
    return [Group(str(key), _name(str(key), names), _sign(roles.get(key), plain)) for key in keys]


def group_column(frame: pd.DataFrame) -> str:
    """Return the column that tells groups apart: group, else class_label."""
    return "group" if "group" in frame or "class_label" not in frame else "class_label"


def _roles(frame: pd.DataFrame, column: str) -> dict[Any, str]:
    if "role" in frame:
        known = frame.dropna(subset=["role"]).drop_duplicates(column)
        return dict(zip(known[column], known["role"], strict=True))
    return {key: key for key in frame[column].unique() if key in ROLES}


def _order(key: Any, roles: Mapping[Any, str]) -> tuple[int, int, str]:
    role = roles.get(key)
    rank = ROLES.index(role) if role in ROLES else len(ROLES)
    return rank, *label_order(str(key))


def label_order(label: str) -> tuple[int, str]:
    """Return a sort key that puts classes in school order and other words after them."""
    return class_order(label) if label[:1].isdigit() else (99, label)


def _name(key: str, names: Mapping[str, str] | None) -> str:
    if names and key in names:
        return names[key]
    return say(f"figures.group_{key}") if key in ROLES else key


def _sign(role: str | None, plain: Any) -> Sign:
    if role in SIGNS:
        return SIGNS[role]
    turn, place = divmod(next(plain), len(CLASS_SIGNS))
    sign = CLASS_SIGNS[place]
    return sign._replace(symbol=f"{sign.symbol}-open") if turn % 2 else sign


def terms_of(*frames: pd.DataFrame | None) -> list[str]:
    """Return every term of the tables, in time."""
    found = {term for frame in frames if frame is not None for term in frame["term"].dropna()}
    return sorted(found, key=term_order)


def term_ticks(terms: Sequence[str]) -> list[str]:
    r"""Return axis labels: the short term, and the school year under its first term.

    >>> term_ticks(["2024-25-Q4", "2025-26-Q1", "2025-26-Q2"])
    ['4\xa0ч.<br>2024/25', '1\xa0ч.<br>2025/26', '2\xa0ч.']
    """
    years = [split_term(term)[0] for term in terms]
    return [
        term_short(term) + (f"<br>{year.replace('-', '/')}" if year != before else "")
        for term, year, before in zip(terms, years, ["", *years], strict=False)
    ]


def span_of(terms: Sequence[str]) -> str:
    """Return the period that the terms cover, in words."""
    if not terms:
        return ""
    first, last = term_name(terms[0]), term_name(terms[-1])
    return first if len(terms) == 1 else f"{first} – {last}"


def dated(note: str, period: str) -> str:
    """Return the note under a chart with its period before it."""
    return f"{say('figures.period', period=period)} {note}" if period else note


def pupils(number: Any) -> str:
    """Return a number of pupils in words: «25 учеников»."""
    return counted_as("pupils", number)


def counted_as(unit: str, number: Any) -> str:
    """Return a number of pupils or of marks in words."""
    return counted(round(float(number)), *say(f"figures.forms_{unit}").split("|"))


def classes(number: Any) -> str:
    """Return a number of classes in words: «3 класса»."""
    return counted_as("classes", number)


def sentence(parts: Iterable[str]) -> str:
    """Return the parts as one line: first letter upper case, a full stop at the end."""
    text = "; ".join(part for part in parts if part)
    return f"{text[:1].upper()}{text[1:]}." if text else ""
