"""The dictionary of an instrument: its scales, their points, and their levels in order.

It stands under `instrument:` in a mapping file. Cut-offs and levels are the instrument's own:
none are built in.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from posanalytics.labels import squeezed
from posanalytics.wording import say


class Value(NamedTuple):
    """What one cell says on a scale: points, or a level with its rank from 1."""

    raw: float | None = None
    level: str = ""
    level_order: int = 0


class _Strict(BaseModel):
    """Part of a dictionary: unknown fields are refused, empty ones are left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, told: Any) -> Any:
        if not isinstance(told, dict):
            return told
        return {str(name): value for name, value in told.items() if value is not None}


class Scale(_Strict):
    """One scale: how many points it has, and its levels from the lowest to the highest.

    `levels` may also give the sign that a table writes in place of a level: {1: низкий}.
    """

    title: str = ""
    minimum: float = 0.0
    maximum: float | None = None
    levels: dict[str, str] = Field(default_factory=dict)
    reversed: bool = False

    @field_validator("levels", mode="before")
    @classmethod
    def _signs(cls, value: Any) -> Any:
        if isinstance(value, list):
            value = {name: name for name in value}
        if not isinstance(value, dict):
            return value
        return {_folded(str(sign)): squeezed(str(name)) for sign, name in value.items()}

    @model_validator(mode="after")
    def _bounded(self) -> Scale:
        if self.reversed and self.maximum is None:
            raise ValueError(say("gradebook.instrument_want_maximum"))
        if self.maximum is not None and self.maximum <= self.minimum:
            raise ValueError(say("gradebook.instrument_want_range"))
        return self

    def level(self, text: str) -> Value | None:
        """Return the level that a text names, None where the scale has no such level."""
        name = self.levels.get(_folded(text))
        if name is None:
            return None
        return Value(None, name, [*dict.fromkeys(self.levels.values())].index(name) + 1)

    def points(self, number: float) -> Value | None:
        """Return the points of a number, turned round on a reversed scale; None if impossible.

        A scale that has levels and no maximum has no points.
        """
        if self.maximum is None:
            return None if self.levels else Value(number)
        if not self.minimum <= number <= self.maximum:
            return None
        return Value(self.minimum + self.maximum - number if self.reversed else number)


class Instrument(_Strict):
    """A test, questionnaire or rubric, and where its table keeps what.

    Columns are named by their headers or their letters. Scales are named by the columns that hold
    them or, where `scale_column` is given, by what stands in it.
    """

    name: str = Field(min_length=1)
    version: str = ""
    date: dt.date | None = None
    subject: str = ""
    pupil: str = ""
    code: str = ""
    scale_column: str = ""
    value_column: str = ""
    date_column: str = ""
    scales: dict[str, Scale] = Field(min_length=1)

    @field_validator("version", "pupil", "code", mode="before")
    @classmethod
    def _text(cls, value: Any) -> Any:
        return squeezed(str(value)) if isinstance(value, str | int | float) else value

    @field_validator("scales", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {squeezed(str(name)): scale or {} for name, scale in value.items()}

    def scale(self, *names: str) -> tuple[str, Scale] | None:
        """Return the scale with one of the names, and what to call it."""
        wanted = {_folded(name) for name in names if name}
        for name, scale in self.scales.items():
            if _folded(name) in wanted:
                return scale.title or name, scale
        return None


def _folded(text: str) -> str:
    return squeezed(text).casefold().replace("ё", "е")
