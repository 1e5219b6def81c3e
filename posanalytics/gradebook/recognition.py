"""How surely a book is an export of a format, and by what signs that is seen."""

from __future__ import annotations

from typing import NamedTuple


class Match(NamedTuple):
    """How surely a book is of a format, from 0 to 1, and the signs that were found in it.

    A sign is a key of the catalogue without its prefix: `gradebook.sign_<key>` says it in words.
    """

    score: float
    signs: tuple[str, ...] = ()


NO_MATCH = Match(0.0)


def seen(score: float, *signs: str) -> Match:
    """Return the match of a format whose signs were found."""
    return Match(score, signs)
