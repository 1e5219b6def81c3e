"""What a school says about the spellings of its pupils: data/raw/pupils.yml, never the plan.

The file holds names, so it lies with the exports, which hold them too: nothing of it reaches the
tables, the reports or the plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from posanalytics.gradebook.yaml_files import LARGEST, TooLarge, YamlUnusable, loaded, text_of
from posanalytics.labels import class_label, pupil_words, same_pupil_words
from posanalytics.schema import Problem
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE = "pupils.yml"
_PARTS = {"same": dict, "different": list, "moved": list}
Words = tuple[str, ...]


class Spellings(NamedTuple):
    """One pupil under two spellings, two pupils under near ones, pupils who changed class."""

    same: Mapping[tuple[str, Words], str] = {}
    different: frozenset[frozenset[Words]] = frozenset()
    moved: frozenset[Words] = frozenset()
    problems: tuple[Problem, ...] = ()

    @property
    def content(self) -> str:
        """Return everything that is told, in a fixed order."""
        pairs = sorted(sorted(pair) for pair in self.different)
        return repr((sorted(self.same.items()), pairs, sorted(self.moved), self.problems))

    def instead_of(self, words: Words, label: str) -> str:
        """Return the name that stands for a spelling in a class, empty where nothing is said."""
        own = same_pupil_words(words)
        return self.same.get((label, own)) or self.same.get(("", own), "")

    def are_different(self, one: Words, other: Words) -> bool:
        """Return whether two near spellings are known to be two pupils."""
        return frozenset({same_pupil_words(one), same_pupil_words(other)}) in self.different

    def has_moved(self, words: Words) -> bool:
        """Return whether the name in two classes is one pupil who changed class."""
        own = same_pupil_words(words)
        return own in self.moved or own[:2] in self.moved


def read_spellings(folder: Path) -> Spellings:
    """Return what pupils.yml says, nothing where there is none; problems name its lines only."""
    try:
        text = text_of(folder / FILE)
    except FileNotFoundError:
        return Spellings()
    except TooLarge:
        return _unusable("spellings_too_large", limit=LARGEST // 2**20)
    except (OSError, UnicodeDecodeError):
        return _unusable("spellings_unreadable")
    return parse_spellings(text)


def parse_spellings(text: str) -> Spellings:
    """Return what the text of pupils.yml says.

    A class before the name speaks of that class only.

    >>> told = parse_spellings("same: {7А Ёлкин П.: Ёлкин Пётр}")
    >>> told.instead_of(("елкин", "п."), "7А"), told.instead_of(("елкин", "п."), "7Б")
    ('Ёлкин Пётр', '')
    """
    try:
        told = loaded(text)[0] or {}
    except YamlUnusable as error:
        return _unusable("spellings_yaml", line=error.line or "?")
    if not _well_formed(told):
        return _unusable("spellings_keys")
    return Spellings(
        same={_place(name): str(other) for name, other in (told.get("same") or {}).items()},
        different=frozenset(frozenset(map(_words, p)) for p in told.get("different") or []),
        moved=frozenset(map(_words, told.get("moved") or [])),
    )


def _well_formed(loaded: Any) -> bool:
    """Return whether every part is there in the form that it should have."""
    if not isinstance(loaded, dict) or loaded.keys() - _PARTS.keys():
        return False
    told = {name: part for name, part in loaded.items() if part is not None}
    return all(isinstance(part, _PARTS[name]) for name, part in told.items()) and all(
        isinstance(pair, list) for pair in told.get("different", [])
    )


def _place(text: Any) -> tuple[str, Words]:
    """Return the class, empty where none is named, and the words of the name."""
    first, _, rest = str(text).strip().partition(" ")
    label = class_label(first)
    return (label, _words(rest)) if label else ("", _words(text))


def _words(name: Any) -> Words:
    return same_pupil_words(pupil_words(str(name)))


def _unusable(key: str, **slots: Any) -> Spellings:
    """Return that nothing is told, and why; no name is quoted."""
    problem = Problem(
        "error",
        file=FILE,
        found=say(f"store.{key}", **slots),
        expected=say("store.spellings_expected"),
        remedy=say("store.spellings_remedy"),
    )
    return Spellings(problems=(problem,))
