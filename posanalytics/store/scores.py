"""Scores of tests and questionnaires: codes become pupils, a later export corrects an earlier.

Forms of ВПР know participants by codes. Whose a code is only the school's own list tells; a code
without a list stays a participant of its own, under a pseudonym.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from posanalytics import privacy, schema
from posanalytics.gradebook.participants import TOTAL
from posanalytics.schema import Problem
from posanalytics.store.precedence import ranks
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from posanalytics.plan import Plan
    from posanalytics.privacy import Key
    from posanalytics.schema import Severity
    from posanalytics.store.pieces import Piece

_COLUMNS = (
    "class_label", "school_year", "instrument", "version", "subject", "scale", "date", "term",
    "raw", "maximum", "level", "journal_mark", "cell", "code", "level_order", "short", "full",
    "source", "seen",
)  # fmt: skip
_NUMBERS = ("raw", "maximum", "journal_mark", "level_order", "seen")
# One sitting of one test: what two exports must share to tell of the same thing.
_TEST = ["instrument", "subject", "school_year", "term", "date"]
_SCORE = [*_TEST, "pupil", "scale"]
# What an export may leave out that an earlier one of the same points has told.
_TOLD = ["version", "maximum", "level", "level_order", "journal_mark"]
_MOST_CELLS = 5


class _Owner(NamedTuple):
    """Whose a code is: the two pseudonyms of a pupil, and the class on the list."""

    short: str
    full: str
    class_label: str


def stacked_scores(
    parts: Sequence[tuple[str, int, Piece]], *, plan: Plan, key: Key
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the scores of all pieces, each under `short` and `full` of its pupil.

    A participant that no list of codes knows is a person of its own: `short` is the code's
    pseudonym.
    """
    frames = [piece.scores.assign(source=s, seen=n) for s, n, piece in parts if len(piece.scores)]
    problems = [
        _problem("note", source, "codes_in_raw", codes=len(piece.codes))
        for source, _, piece in parts
        if len(piece.codes)
    ]
    if not frames:
        return pd.DataFrame({column: pd.Series(dtype="str") for column in _COLUMNS}), problems
    frame = _planned(_plain(pd.concat(frames, ignore_index=True)), plan)
    lists = [piece.codes for _, _, piece in parts if len(piece.codes)]
    known = privacy.known_codes(key)
    if known:
        lists.append(pd.DataFrame(known))
    owners = _owners(_planned(_plain(pd.concat(lists)), plan)) if lists else {}
    frame, more = _decoded(frame, owners)
    return frame, problems + more


def results_in(scores: pd.DataFrame) -> int:
    """Return how many results are in scores: a test of many tasks is one."""
    whole = scores["scale"].eq(TOTAL)
    parts = scores["instrument"].isin(scores["instrument"][whole]) & ~whole
    return int((~parts).sum())


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with text as text, however the pieces keep it."""
    return frame.astype({name: "str" for name in frame if name not in _NUMBERS})


def _planned(frame: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return the frame under the names that the plan gives to classes and subjects."""
    subjects = {text: plan.subject_name(text) if text else "" for text in set(frame["subject"])}
    classes = {text: plan.class_name(text) for text in set(frame["class_label"])}
    return frame.assign(
        subject=frame["subject"].map(subjects).astype("str"),
        class_label=frame["class_label"].map(classes).astype("str"),
    )


def _owners(lists: pd.DataFrame) -> dict[tuple[str, str], set[_Owner]]:
    """Return the pupils behind each code of each subject; all subjects under no subject."""
    owners: dict[tuple[str, str], set[_Owner]] = {}
    columns = ("code", "subject", "short", "full", "class_label")
    for code, subject, *owner in zip(*(lists[name] for name in columns), strict=True):
        owners.setdefault((code, subject), set()).add(_Owner(*owner))
    return {place: _without_shorter(found) for place, found in owners.items()}


def _without_shorter(found: set[_Owner]) -> set[_Owner]:
    """Return the owners; one without a patronymic is the one of that name who has it."""
    fuller = {(owner.short, owner.class_label) for owner in found if owner.full}
    return {
        owner for owner in found if owner.full or (owner.short, owner.class_label) not in fuller
    }


def _decoded(
    frame: pd.DataFrame, owners: dict[tuple[str, str], set[_Owner]]
) -> tuple[pd.DataFrame, list[Problem]]:
    """Put pupils in the place of codes; name, file by file, the codes that stay codes."""
    coded = frame["code"].ne("")
    distinct = frame.loc[coded, ["code", "subject", "class_label"]].drop_duplicates()
    fates = {
        place: _fate(place[2], owners.get(place[:2]) or owners.get((place[0], "")) or set())
        for place in distinct.itertuples(index=False, name=None)
    }
    places = zip(frame["code"], frame["subject"], frame["class_label"], strict=True)
    found = [fates.get(place, "") for place in places]
    given = zip(*(frame[c] for c in ("code", "short", "full", "class_label")), strict=True)
    who = [
        fate if isinstance(fate, _Owner) else _Owner(code or short, full, label)
        for (code, short, full, label), fate in zip(given, found, strict=True)
    ]
    frame = frame.assign(fate=[fate if isinstance(fate, str) else "" for fate in found])
    problems = [
        _problem("note" if fate == "codes_unknown" else "warning", source, fate, codes=number)
        for (source, fate), number in frame[frame["fate"].ne("")]
        .groupby(["source", "fate"])["code"]
        .nunique()
        .items()
    ]
    people = pd.DataFrame(who, columns=list(_Owner._fields), index=frame.index, dtype="str")
    return frame.drop(columns="fate").assign(**{c: people[c] for c in people}), problems


def _fate(label: str, owners: Iterable[_Owner]) -> _Owner | str:
    """Return the one owner of a code in that class, or the reason why there is none."""
    owners = list(owners)
    same = [o for o in owners if o.class_label == label or _is_whole_year_group(label, o)]
    if len(same) == 1:
        return same[0]
    if same:
        return "codes_shared"
    return "codes_elsewhere" if owners else "codes_unknown"


def _is_whole_year_group(label: str, owner: _Owner) -> bool:
    """Return whether a form names only the parallel, and the list a class of it."""
    return label.isdigit() and owner.class_label.rstrip("АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЭЮЯ") == label


def scores_table(frame: pd.DataFrame, *, plan: Plan) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the table of scores, each told once: the export that came last corrects the others.

    The frame has its `pupil` already. A form without a day is of the only day that another form
    of the test names. Where nothing else tells the time, the term is the whole school year.
    """
    if frame.empty:
        return schema.table("scores"), []
    frame = _dated(frame)
    frame, problems = _sure(frame)
    rank_of = ranks(zip(frame["seen"], frame["source"], strict=True))
    ranked = frame.assign(rank=frame["source"].map(rank_of))
    ranked = ranked.sort_values(["rank", "cell"], kind="stable").drop(columns="rank")
    ranked = ranked.drop_duplicates([*_SCORE, "source"])
    winners = ranked.drop_duplicates(_SCORE, keep="last")
    problems += _conflicts(ranked, winners)
    ranked = _of_one_total(ranked)
    winners = ranked.drop_duplicates(_SCORE, keep="last")
    told = _filled(ranked, winners).assign(term=lambda told: _terms(told, plan))
    keys = ["instrument", "subject", "class_label", "pupil", "term", "date", "scale"]
    table = told[list(schema.TABLES["scores"])].sort_values(keys, kind="stable")
    return table.reset_index(drop=True), problems


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    """Give the day to forms that have none, where another form of the test names only one."""
    keys = ["instrument", "subject", "school_year", "pupil"]
    days = frame["date"].mask(frame["date"].eq(""))
    groups = days.groupby([frame[key] for key in keys])
    only = groups.transform("first").where(groups.transform("nunique").eq(1))
    silent = frame["date"].eq("") & frame["term"].eq("")
    return frame.assign(date=frame["date"].mask(silent & only.notna(), only).astype("str"))


def _sure(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """Leave out, and name, whoever has two different results of one test in one export."""
    told = frame["raw"].astype("str") + "|" + frame["level"]
    twice = told.groupby([frame[c] for c in [*_SCORE, "source"]]).transform("nunique") > 1
    people = [*_TEST, "pupil", "source"]
    doubtful = twice.groupby([frame[c] for c in people]).transform("any")
    problems = [
        _problem("warning", source, "score_twice", group["cell"], instrument=name, subject=subject)
        for (source, name, subject), group in frame[twice].groupby(
            ["source", "instrument", "subject"]
        )
    ]
    return frame[~doubtful], problems


def _conflicts(ranked: pd.DataFrame, winners: pd.DataFrame) -> list[Problem]:
    """Return a problem for each test of a class in which two exports give different points."""
    shown = ranked["raw"].astype("str").where(ranked["raw"].notna(), ranked["level"])
    told = shown.groupby([ranked[c] for c in _SCORE])
    differ = winners[(told.transform("nunique") > 1).reindex(winners.index)]
    return [
        _problem(
            "warning",
            source,
            "two_scores",
            group["cell"],
            instrument=name,
            subject=subject,
            label=label,
            results=len(group),
        )
        for (source, name, subject, label), group in differ.groupby(
            ["source", "instrument", "subject", "class_label"]
        )
    ]


def _of_one_total(ranked: pd.DataFrame) -> pd.DataFrame:
    """Return the rows without the tasks that an earlier export counted to another total."""
    who = [ranked[c] for c in [*_TEST, "pupil"]]
    totals = ranked["raw"].where(ranked["scale"].eq(TOTAL))
    differ = totals.groupby(who).transform("nunique") > 1
    sources = ranked["source"].where(ranked["scale"].eq(TOTAL))
    last = sources.groupby(who).transform("last")
    return ranked[~differ | ranked["source"].eq(last)]


def _filled(ranked: pd.DataFrame, winners: pd.DataFrame) -> pd.DataFrame:
    """Return the winners with what only an earlier export of the same points has told."""
    points = winners[[*_SCORE, "raw"]]
    both = ranked.merge(points, on=_SCORE, how="left", validate="m:1", suffixes=("", "_last"))
    same = both["raw"].eq(both["raw_last"]) | (both["raw"].isna() & both["raw_last"].isna())
    known = both[same]
    blank = {"version": "", "level": "", "level_order": 0}
    known = known.assign(**{c: known[c].mask(known[c].eq(none)) for c, none in blank.items()})
    told = known.groupby(_SCORE, sort=False, as_index=False)[_TOLD].last().fillna(blank)
    whole = winners.drop(columns=_TOLD).merge(told, on=_SCORE, how="left", validate="1:1")
    return whole.assign(level_order=whole["level_order"].astype("int64"))


def _terms(frame: pd.DataFrame, plan: Plan) -> list[str]:
    """Return the term of every score: told, or of its day, or the whole school year."""
    whens = zip(frame["term"], frame["date"], frame["school_year"], strict=True)
    return [
        term or (_term_of(day, plan) if day else "") or f"{year}-Y" for term, day, year in whens
    ]


def _term_of(day: str, plan: Plan) -> str:
    try:
        return plan.term_of(dt.date.fromisoformat(day)) or ""
    except ValueError:
        return ""


def _problem(
    severity: Severity, source: str, key: str, cells: Iterable[str] = (), **slots: Any
) -> Problem:
    return Problem(
        severity,
        file=str(source),
        cell=", ".join(list(dict.fromkeys(cells))[:_MOST_CELLS]),
        found=say(f"store.{key}", **slots),
        expected=say(f"store.{key}_expected"),
        remedy=say(f"store.{key}_remedy"),
    )
