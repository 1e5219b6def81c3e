"""Whose a row is: one child under all spellings, namesakes apart, nothing guessed.

Rows come with pseudonyms only: `short` of surname and given name, `full` with the patronymic too.
The vault tells the names behind them, which are compared here and never leave.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from posanalytics import privacy
from posanalytics.labels import is_initial, pupil_words
from posanalytics.store.coded import coded
from posanalytics.store.namesakes import kept_apart, namesakes_apart
from posanalytics.store.near_spellings import near_spellings
from posanalytics.store.people import WHO, about_rows, people_of, stream_of
from posanalytics.store.spellings import Spellings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from posanalytics.privacy import Key
    from posanalytics.schema import Problem
    from posanalytics.store.people import Person, Spelling, Stream
    from posanalytics.store.spellings import Words


class Pupils(NamedTuple):
    """Frames with the column `pupil`, without the rows that belong to nobody."""

    frames: tuple[pd.DataFrame, ...]
    problems: list[Problem]


def with_pupils(
    records: pd.DataFrame,
    *others: pd.DataFrame,
    key: Key,
    names: Mapping[str, str] | None = None,
    spellings: Spellings | None = None,
) -> Pupils:
    """Give every row its pupil: all spellings of one child meet in one pseudonym.

    `others` are lists and scores. Exports with and without patronymics meet; «Ёлкин П. П.» is the
    only child of the class whom it fits. Where two children fit, rows belong to nobody. Where one
    name has marks for the same subject and term in two classes, the classes hold namesakes, unless
    an export or the school says that the pupil has moved.
    """
    told = spellings or Spellings()
    frames = [_respelt(frame, names or {}, told, key) for frame in (records, *others)]
    vault = {**_told_names(told, frames, key), **(names or {})}
    people = people_of(frames, vault)
    owners, lost = _owners(people)
    problems = [*_unclear(frames, lost), *near_spellings(people, owners, frames, told)]
    named = [_named(frame, owners) for frame in frames]
    words = {owners.get(p.spelling, ""): p.words for p in people if p.words}
    apart, more = namesakes_apart(named, words, told)
    own = tuple(kept_apart(frame, apart, key) for frame in named)
    return Pupils(own, [*problems, *more])


def _respelt(
    frame: pd.DataFrame, names: Mapping[str, str], told: Spellings, key: Key
) -> pd.DataFrame:
    """Return the frame with the pseudonyms of the names that the school gives instead."""
    if not told.same:
        return frame
    new = {}
    for who in set(zip(*(frame[c] for c in WHO), strict=True)):
        short, full, label, year = map(str, who)
        instead = told.instead_of(pupil_words(names.get(full or short, "")), label)
        if instead:
            entered = stream_of(year, label).entered
            new[who] = privacy.identity(key, instead, entered=entered)
    rows = list(zip(*(frame[c] for c in WHO), strict=True))
    return frame.assign(
        short=[new[row].short if row in new else row[0] for row in rows],
        full=[new[row].full if row in new else row[1] for row in rows],
    )


def _told_names(told: Spellings, frames: Iterable[pd.DataFrame], key: Key) -> dict[str, str]:
    """Return pseudonym → name for the names that only pupils.yml spells so."""
    if not told.same:
        return {}
    units = {pair for f in frames for pair in zip(f["school_year"], f["class_label"], strict=True)}
    entered = {stream_of(str(year), str(label)).entered for year, label in units}
    return {
        who.full or who.short: name
        for name in told.same.values()
        for year in entered
        for who in [privacy.identity(key, name, entered=year)]
    }


def _owners(
    people: Sequence[Person],
) -> tuple[dict[Spelling, str], dict[Spelling, str]]:
    """Return whose each spelling is in each stream, and why the rest is nobody's."""
    whole = [person for person in people if not person.abbreviated]
    crowded = _crowded(whole)
    by_word: dict[tuple[Stream, str], list[Person]] = defaultdict(list)
    for person in whole:
        for word in {*person.words, person.short, ""}:
            by_word[person.stream, word].append(person)
    fitting = {p.spelling: _fitting(p, by_word[p.stream, _known_by(p)], crowded) for p in people}
    # Whoever is always abbreviated is told apart by initials, as the others are by patronymics.
    alone = [person for person in people if person.abbreviated and not fitting[person.spelling]]
    unclear = _crowded(alone)
    for person in alone:
        own = person.full if person.short in unclear else person.short
        fitting[person.spelling] = {own} - {""}
    owners = {spelling: next(iter(own)) for spelling, own in fitting.items() if len(own) == 1}
    lost = {p for p in people if p.spelling not in owners} | _twice_on_a_sheet(people, owners)
    return (
        {spelling: own for spelling, own in owners.items() if spelling not in _spellings(lost)},
        {p.spelling: "initials" if p.abbreviated else "namesakes" for p in lost},
    )


def _known_by(person: Person) -> str:
    """Return what a spelling shares with every name that it may be short for."""
    if not person.abbreviated:
        return person.short
    return next((word for word in person.words if not is_initial(word)), "")


def _spellings(people: Iterable[Person]) -> set[Spelling]:
    return {person.spelling for person in people}


def _crowded(people: Iterable[Person]) -> set[str]:
    """Return surnames with given names that stand with more than one patronymic."""
    fulls: dict[str, set[str]] = defaultdict(set)
    for person in people:
        fulls[person.short] |= {person.full} - {""}
    return {short for short, own in fulls.items() if len(own) > 1}


def _twice_on_a_sheet(people: Iterable[Person], owners: Mapping[Spelling, str]) -> set[Person]:
    """Return the shorter spellings of a pupil who stands on one sheet under two: one is another."""
    by_owner: dict[tuple[str, Stream], list[Person]] = defaultdict(list)
    for person in people:
        if person.spelling in owners:
            by_owner[owners[person.spelling], person.stream].append(person)
    return {
        person
        for same in by_owner.values()
        for pair in combinations(same, 2)
        if pair[0].sheets & pair[1].sheets
        for person in pair
        if person.abbreviated or not person.full
    }


def _fitting(person: Person, classmates: Iterable[Person], crowded: set[str]) -> set[str]:
    """Return the pupils among those of the stream with a common word whom a spelling may mean."""
    if not person.abbreviated:
        if person.short not in crowded:
            return {person.short}
        if person.full:
            return {person.full}
        return {
            other.full
            for other in classmates
            if other.short == person.short and other.full and not other.sheets & person.sheets
        }
    return {
        other.full if other.short in crowded else other.short
        for other in classmates
        # Two rows of one list are two children.
        if not other.sheets & person.sheets and _stands_for(person.words, other.words)
    } - {""}


def _stands_for(brief: Words, whole: Words) -> bool:
    """Return whether «Ёлкин П.», «Ёлкин П. П.» or «Ёлкин» can be short for a name."""
    orders = [whole, (*whole[1::-1], *whole[2:])] if len(whole) == 2 else [whole]  # noqa: PLR2004
    return any(
        all(
            long.startswith(word[:-1]) if is_initial(word) else word == long
            for word, long in zip(brief, order, strict=False)
        )
        for order in orders
    )


def _named(frame: pd.DataFrame, owners: Mapping[Spelling, str]) -> pd.DataFrame:
    if frame.empty:
        return frame.assign(pupil=frame["short"])
    who = frame[WHO].drop_duplicates()
    pupils = [
        owners.get((short, full, stream_of(year, label)), "")
        for short, full, label, year in who.itertuples(index=False, name=None)
    ]
    owner = who.assign(pupil=coded(pupils))
    own = frame[WHO].merge(owner, on=WHO, how="left", validate="m:1")["pupil"]
    named = frame.assign(pupil=own.array)
    owned = named["pupil"].ne("")
    return named if owned.all() else named[owned].copy()


def _unclear(frames: Iterable[pd.DataFrame], lost: Mapping[Spelling, str]) -> list[Problem]:
    """Return a problem for each export and class with rows that belong to nobody."""
    if not lost:
        return []
    problems: dict[tuple[str, ...], Problem] = {}
    for frame in frames:
        who = frame[WHO].drop_duplicates()
        why = [
            lost.get((short, full, stream_of(year, label)), "")
            for short, full, label, year in who.itertuples(index=False, name=None)
        ]
        nobodys = frame.merge(who.assign(why=why), on=WHO, how="left", validate="m:1")
        nobodys = nobodys[nobodys["why"].ne("")]
        for (source, label, reason), group in nobodys.groupby(
            ["source", "class_label", "why"], observed=True
        ):
            slots = {"label": label, "pupils": group["short"].nunique()}
            # Marks come first: a class list says no more than they do.
            said = about_rows("warning", source, group, reason, slots)
            problems.setdefault((source, label, reason), said)
    return list(problems.values())
