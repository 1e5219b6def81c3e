"""Gather what a person must know about an export, one problem per kind and sheet."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from posanalytics.gradebook.cells import Cell, Sheet, cell_name
from posanalytics.gradebook.headers import may_be_name
from posanalytics.labels import is_school_word
from posanalytics.schema import Problem, Severity
from posanalytics.wording import say

_MOST_CELLS_NAMED = 12
_MOST_TOKENS_NAMED = 6
_LONGEST_QUOTE = 12
_MOST_WORDS = 3
# Words that stand in cells of marks and are nobody's name.
_SCHOOL_WORD = re.compile(
    r"(?:отл|хор|уд|неуд|удовл|отлично|хорошо|удовлетворительно|неудовлетворительно|усл|условно|"
    r"исправл\w*|пересд\w*|болел[аи]?|болеет|дист|дистант|очно|заочно|справка|прогул|сдал[аи]?|не|"
    r"зачёт|зачет|незачёт|незачет|освобожд\w*|выбыл[аи]?|прибыл[аи]?|перевед\w*|спорная)[.,:;!?]?",
)
_NAME_LIKE = re.compile(r"[^\W\d_]{4,}")


class Where(NamedTuple):
    """Sheet and cell that a problem is in."""

    sheet: str = ""
    cell: str = ""


class Findings:
    """Problems of one file; the same thing in many cells of a sheet becomes one problem."""

    def __init__(self, file: str) -> None:
        """Start without problems; `file` is the name that the problems will show."""
        self.file = file
        self._groups: dict[tuple[Severity, str, str, str], _Group] = {}

    def add(self, severity: Severity, key: str, where: Where | None = None, **slots: Any) -> None:
        """Note one thing under its key in the catalogue; `token` is quoted, the rest fills in."""
        token = slots.pop("token", None)
        slots = {name: _nameless(value) for name, value in slots.items()}
        sheet, cell = where or Where()
        identity = (severity, key, sheet, repr(sorted(slots.items())))
        group = self._groups.setdefault(identity, _Group(slots))
        if cell:
            group.cells[cell] = None
        if token is not None:
            group.tokens[token] = None

    def problems(self) -> list[Problem]:
        """Return the problems in the order in which they were first met."""
        return [
            Problem(
                severity,
                self.file,
                sheet,
                _shortened(list(group.cells), _MOST_CELLS_NAMED, ", "),
                **group.sentences(key),
            )
            for (severity, key, sheet, _), group in self._groups.items()
        ]


class _Group:
    """Cells and tokens that share one problem, each once and in order."""

    def __init__(self, slots: dict[str, Any]) -> None:
        self.slots = slots
        self.cells: dict[str, None] = {}
        self.tokens: dict[str, None] = {}

    def sentences(self, key: str) -> dict[str, str]:
        tokens = _shortened([f"«{token}»" for token in self.tokens], _MOST_TOKENS_NAMED, ", ")
        slots = {**self.slots, "tokens": tokens, "cells": len(self.cells)}
        return {
            part: say(f"gradebook.{key}_{part}", **slots)
            for part in ("found", "expected", "remedy")
        }


def place(sheet: Sheet, row: int, column: int) -> Where:
    """Return sheet and cell the way a problem names them; counted from zero."""
    return Where(sheet.name, cell_name(row, column))


def quoted(cell: Cell) -> str:
    """Return the text of a cell as a problem may show it, never what could be somebody's name."""
    return quotable(cell.text)


def quotable(text: str) -> str:
    """Return a mark token as it is, and only the length of anything that could be a name."""
    if len(text) <= _LONGEST_QUOTE and not _NAME_LIKE.search(text):
        return text
    words = text.split()
    if len(words) <= _MOST_WORDS and all(map(_is_plain, words)):
        return text
    return say("gradebook.unquoted", length=len(text))


def _is_plain(word: str) -> bool:
    """Return whether a word of a cell is a number or sign, or one that is written beside marks."""
    bare = word.strip('()[]«»"')
    return not _NAME_LIKE.search(bare) or bool(_SCHOOL_WORD.fullmatch(bare))


def shown_caption(text: str) -> str:
    """Return a caption as it is, only its length where it could be, or hold, somebody's name."""
    telling = may_be_name(text) or _has_surname(text)
    return say("gradebook.unquoted", length=len(text)) if telling else text


def _has_surname(text: str) -> bool:
    """Return whether a word of a longer caption looks like a surname: «Замечание про Рыбакова»."""
    words = re.findall(r"[^\W\d_]{4,}", text)
    return any(may_be_name(word) and not is_school_word(word) for word in words)


def _nameless(value: Any) -> Any:
    return shown_caption(value) if isinstance(value, str) else value


def _shortened(parts: list[str], most: int, separator: str) -> str:
    if len(parts) <= most:
        return separator.join(parts)
    return separator.join([*parts[:most], say("gradebook.and_more", number=len(parts) - most)])
