"""The file that says how a table is laid out where the table itself does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from posanalytics import periods
from posanalytics.gradebook.captions import Context, period_of
from posanalytics.gradebook.cells import column_name
from posanalytics.gradebook.containers.container import Refused
from posanalytics.labels import class_label, subject_label
from posanalytics.scales import Scale

if TYPE_CHECKING:
    from pathlib import Path

    from posanalytics.gradebook.reading import Hints


class Mapping(BaseModel):
    """Layout of one export; a column is named by its letters or by its header."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, frozen=True)

    sheet: str | None = None
    header_row: int | None = Field(default=None, ge=1)
    name_column: str | None = None
    class_label: str | None = Field(default=None, alias="class")
    school_year: str | None = None
    term: str | None = None
    subjects: dict[str, str] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    scale: Scale = "5"

    @field_validator("class_label", mode="before")
    @classmethod
    def _class(cls, value: Any) -> str | None:
        return _normal(class_label(str(value)), "7Б", value)

    @field_validator("school_year", mode="before")
    @classmethod
    def _year(cls, value: Any) -> str | None:
        return _normal(periods.school_year(str(value)), "2025-26", value)

    @field_validator("term", mode="before")
    @classmethod
    def _term(cls, value: Any) -> str | None:
        text = str(value)
        suffix = periods.split_term(text)[1] if periods.is_term(text) else period_of(text)
        short = text if periods.is_term(f"2000-01-{text}") else None
        return _normal(suffix or short, "Q2", value)

    @field_validator("scale", mode="before")
    @classmethod
    def _scale(cls, value: Any) -> str:
        return str(value)

    @property
    def lays_out(self) -> bool:
        """Return whether the mapping says where things stand, not only whose they are."""
        return bool(self.sheet or self.header_row or self.name_column or self.subjects)

    def hints(self, weaker: Hints) -> Hints:
        """Return class and year of the mapping as hints, what it leaves out from weaker ones."""
        year, label = self.school_year or weaker.school_year, self.class_label or weaker.class_label
        return weaker._replace(school_year=year, class_label=label)

    def context(self) -> Context:
        """Return what the mapping says about class, year and term."""
        return Context(self.school_year, self.class_label, self.term)

    def column(self, index: int, title: str) -> str | None:
        """Return the subject of a column, "" to ignore it, None where it is not said."""
        names = {column_name(index), title.casefold()}
        if names & {_column(name) for name in self.ignore}:
            return ""
        for name, subject in self.subjects.items():
            if _column(name) in names:
                return subject_label(subject)
        return "" if self.subjects else None


def read_mapping(path: Path) -> Mapping:
    """Return the mapping in the file; refuse one that cannot be understood, saying where."""
    import yaml

    try:
        told = yaml.safe_load(path.read_text("utf-8"))
        return Mapping.model_validate(told or {})
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise Refused("mapping_yaml", file=path.name, line=line) from error
    except (ValidationError, UnicodeDecodeError) as error:
        raise Refused("mapping_field", file=path.name, fields=_fields(error)) from error


def _fields(error: Exception) -> str:
    if isinstance(error, ValidationError):
        names = (".".join(str(part) for part in item["loc"]) for item in error.errors())
        return ", ".join(dict.fromkeys(names)) or "–"
    return "–"


def _column(name: str) -> str:
    return name.upper() if name.isascii() and name.isalpha() else name.casefold()


def _normal(found: str | None, example: str, value: Any) -> str | None:
    if value is None:
        return None
    if found is None:
        message = f"«{value}» is not understood; write it like {example}"
        raise ValueError(message)
    return found
