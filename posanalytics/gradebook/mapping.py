"""The file that says how a table is laid out where the table itself does not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from posanalytics import labels, periods, privacy
from posanalytics.gradebook.captions import Context, period_of
from posanalytics.gradebook.cells import column_name, column_number
from posanalytics.gradebook.containers.container import Refused
from posanalytics.gradebook.instrument_dictionary import (
    Instrument,
)
from posanalytics.gradebook.mapping_files import FOLDER_MAPPING
from posanalytics.gradebook.yaml_files import LARGEST, TooLarge, YamlUnusable, loaded, text_of
from posanalytics.labels import squeezed, subject_label, typed_class
from posanalytics.plan import line_of
from posanalytics.scales import Scale
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from posanalytics.gradebook.cells import Sheet
    from posanalytics.gradebook.reading import Hints

ColumnKind = Literal["mark", "mean"]

_ROWS = re.compile(r"(\d{1,6})(?:\s*[-–]\s*(\d{1,6}))?")
_MOST_SKIPPED = 100_000
_LONGEST_QUOTE = 40


class _Told(BaseModel):
    """Fields of a mapping: unknown ones are refused, empty ones are as if they were not there."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, told: Any) -> Any:
        if not isinstance(told, dict):
            return told
        return {str(name): value for name, value in told.items() if value is not None}

    @field_validator("class_label", mode="before", check_fields=False)
    @classmethod
    def _class(cls, value: Any) -> str:
        return _normal(typed_class(str(value)), "class", value)

    @field_validator("school_year", mode="before", check_fields=False)
    @classmethod
    def _year(cls, value: Any) -> str:
        return _normal(periods.school_year(str(value)), "year", value)

    @field_validator("term", mode="before", check_fields=False)
    @classmethod
    def _term(cls, value: Any) -> str:
        text = str(value)
        suffix = periods.split_term(text)[1] if periods.is_term(text) else period_of(text)
        short = text.upper() if periods.is_term(f"2000-01-{text.upper()}") else None
        return _normal(suffix or short, "term", value)

    @field_validator("scale", mode="before", check_fields=False)
    @classmethod
    def _scale(cls, value: Any) -> str:
        return str(value)


class ToldColumn(_Told):
    """What one column holds: marks or means of a subject, perhaps for a term or on a scale."""

    subject: str
    term: str | None = None
    kind: ColumnKind = "mark"
    scale: Scale | None = None


class Layout(_Told):
    """Where one table stands and whose it is; a column is named by its letters or its header."""

    sheet: str | None = None
    header_row: int | None = Field(default=None, ge=1)
    name_column: str | None = None
    class_label: str | None = Field(default=None, alias="class")
    school_year: str | None = None
    term: str | None = None
    subject: str | None = None
    subjects: dict[str, ToldColumn] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    skip_rows: frozenset[int] = frozenset()
    footer: int | None = Field(default=None, ge=1)
    scale: Scale = "5"

    @field_validator("sheet", "name_column", "subject", mode="before")
    @classmethod
    def _text(cls, value: Any) -> Any:
        return squeezed(str(value)) if isinstance(value, str | int) else value

    @field_validator("subjects", mode="before")
    @classmethod
    def _columns(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            squeezed(str(name)): told if isinstance(told, dict) else {"subject": str(told)}
            for name, told in value.items()
            if told is not None
        }

    @field_validator("ignore", mode="before")
    @classmethod
    def _names(cls, value: Any) -> Any:
        return [str(name) for name in value] if isinstance(value, list) else value

    @field_validator("skip_rows", mode="before")
    @classmethod
    def _rows(cls, value: Any) -> Any:
        return frozenset(
            row for part in (value if isinstance(value, list) else [value]) for row in _rows(part)
        )

    @property
    def lays_out(self) -> bool:
        """Return whether it says where things stand, not only whose they are."""
        return bool(_PLACES & self.model_fields_set)

    @property
    def starts(self) -> bool:
        """Return whether it says where the table begins."""
        return bool(self.header_row or self.name_column)

    def context(self) -> Context:
        """Return what the mapping says about class, year and term."""
        return Context(self.school_year, self.class_label, self.term)

    def over(self, weaker: Layout) -> Layout:
        """Return this layout, what it leaves out taken from a weaker one."""
        told = {name: getattr(self, name) for name in self.model_fields_set & _FIELDS}
        told["subjects"] = {**weaker.subjects, **self.subjects}
        kept = {name: getattr(weaker, name) for name in weaker.model_fields_set & _FIELDS}
        return Layout.model_construct(_fields_set={*kept, *told}, **{**kept, **told})

    def column(self, index: int, title: str) -> ToldColumn | None:
        """Return what is said of a column, None where nothing is."""
        names = _column_names(index, title)
        return next((told for name, told in self.subjects.items() if _folded(name) in names), None)

    def ignores(self, index: int, title: str) -> bool:
        """Return whether a column is said to hold nothing of use."""
        return bool(_column_names(index, title) & {_folded(name) for name in self.ignore})

    def names_column(self, sheet: Sheet, row: int) -> int | None:
        """Return the column of names that is told, by its header in the row or by its letters."""
        wanted = self.name_column or ""
        for at, cell in sheet.filled(row):
            if wanted and cell.text.casefold() == wanted.casefold():
                return at
        return column_number(wanted) if wanted.isascii() and wanted.isalpha() else None


_FIELDS = frozenset(Layout.model_fields)
# A subject, a class, a year and a term may be told of any format.
_PLACES = _FIELDS - {"class_label", "school_year", "term", "scale", "subject"} | {"sheets"}


class Mapping(Layout):
    """A mapping file: one table, or several under `sheets`, each with what it says otherwise."""

    format: str | None = None
    pupil: str | None = None
    sheets: tuple[Layout, ...] = ()
    instrument: Instrument | None = None
    _weak: bool = PrivateAttr(default=False)
    _of_folder: bool = PrivateAttr(default=False)

    @property
    def forces_matrix(self) -> bool:
        """Return whether the table is to be read as the mapping says, whatever it looks like.

        A folder's mapping speaks of many files and so forces none of them.
        """
        return self.lays_out and not self._weak

    @property
    def forces_instrument(self) -> bool:
        """Return whether the table is an instrument's, whatever it looks like."""
        return self.instrument is not None and not self._of_folder

    @property
    def told_subjects(self) -> frozenset[str]:
        """Return every subject that a person has named."""
        layouts = (self, *self.sheets)
        told = {column.subject for layout in layouts for column in layout.subjects.values()}
        return frozenset(told | {layout.subject for layout in layouts if layout.subject})

    def hints(self, weaker: Hints) -> Hints:
        """Return class, year, term and pupil as hints, what is left out from weaker ones."""
        year = self.school_year or weaker.school_year
        term = f"{year}-{self.term}" if self.term and year else weaker.term
        return weaker._replace(
            school_year=year,
            class_label=self.class_label or weaker.class_label,
            term=term,
            subject=self.subject or weaker.subject,
            pupil=self.pupil or weaker.pupil,
        )

    def tables(self, sheets: Sequence[Sheet]) -> list[tuple[Sheet, Layout]]:
        """Return the sheets to read, each with what is said of it; a sheet may come twice."""
        return [
            (sheet, layout)
            for layout in ([told.over(self) for told in self.sheets] or [self])
            for sheet in _named(sheets, layout.sheet)
        ]

    def missing_sheets(self, sheets: Sequence[Sheet]) -> list[str]:
        """Return the names of sheets that the mapping speaks of and the book has not."""
        wanted = [layout.sheet for layout in (self, *self.sheets) if layout.sheet]
        return [name for name in wanted if not _named(sheets, name)]

    def above(self, weaker: Mapping) -> Mapping:
        """Return the mapping of a file over that of its folder."""
        merged = weaker.model_copy(
            update={name: getattr(self, name) for name in self.model_fields_set}
            | {"subjects": {**weaker.subjects, **self.subjects}}
        )
        merged._weak = not self.lays_out  # noqa: SLF001
        merged._of_folder = self.instrument is None  # noqa: SLF001
        return merged

    def weakened(self) -> Mapping:
        """Return the mapping as a folder's, which forces no layout on a file."""
        weak = self.model_copy()
        weak._weak = weak._of_folder = True  # noqa: SLF001
        return weak


def mapping_of(paths: Sequence[Path]) -> Mapping | None:
    """Return what the mapping files say together; refuse those that cannot be understood."""
    told = [
        mapping.weakened() if path.name == FOLDER_MAPPING else mapping
        for path in paths
        for mapping in [read_mapping(path)]
    ]
    if len(told) > 1:
        return told[0].above(told[1])
    return told[0] if told else None


def read_mapping(path: Path) -> Mapping:
    """Return the mapping in the file; refuse one that cannot be understood, saying where."""
    node = None
    name = privacy.file_name(path.name)
    try:
        told, node = loaded(text_of(path))
        return Mapping.model_validate(told or {})
    except TooLarge as error:
        raise Refused("mapping_too_large", file=name, limit=LARGEST // 2**20) from error
    except (YamlUnusable, RecursionError) as error:
        line = getattr(error, "line", None) or 1
        raise Refused("mapping_yaml", file=name, line=line) from error
    except UnicodeDecodeError as error:
        raise Refused("mapping_encoding", file=name) from error
    except ValidationError as error:
        wrong = "; ".join(dict.fromkeys(_wrong(item, node) for item in error.errors()))
        raise Refused("mapping_field", file=name, fields=wrong) from error


def _wrong(item: Any, node: Any) -> str:
    """Return one wrong field with its line and what was expected of it."""
    field = ".".join(_shown(part) for part in item["loc"])
    place = say("gradebook.mapping_line", line=line_of(node, item["loc"]), field=field or "–")
    kinds = {
        "extra_forbidden": "unknown",
        "missing": "missing",
        "literal_error": "literal",
        "value_error": "value",
        "model_type": "shape",
        "greater_than_equal": "number",
    }
    kind = next((kinds[key] for key in kinds if str(item["type"]).startswith(key)), "shape")
    if str(item["type"]).startswith("int"):
        kind = "number"
    context = item.get("ctx") or {}
    told = str(item["msg"]).removeprefix("Value error, ") if kind == "value" else ""
    expected = context.get("expected", "")
    reason = say(f"gradebook.mapping_{kind}", expected=expected, what=told)
    return f"{place}: {reason}"


def _shown(part: Any) -> str:
    """Return what somebody typed as a problem may quote it: never what could be a name."""
    text = labels.squeezed(str(part))
    words = re.findall(r"[^\W\d_]{3,}", text)
    strange = any(word[0].isupper() and not labels.is_school_word(word) for word in words)
    if strange or len(text) > _LONGEST_QUOTE:
        return say("gradebook.unquoted", length=len(text))
    return text


def _normal(found: str | None, what: str, value: Any) -> str:
    if found is None:
        raise ValueError(say(f"gradebook.mapping_want_{what}", found=_shown(value)))
    return found


def _rows(part: Any) -> range:
    match = _ROWS.fullmatch(str(part).strip())
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if not 1 <= first <= last <= _MOST_SKIPPED:
        raise ValueError(say("gradebook.mapping_want_rows", found=_shown(part)))
    return range(first, last + 1)


def _named(sheets: Sequence[Sheet], wanted: str | None) -> list[Sheet]:
    """Return the sheets with this name or, where none has it, the one with this number."""
    if wanted is None:
        return list(sheets)
    named = [sheet for sheet in sheets if squeezed(sheet.name) == wanted]
    number = int(wanted) if wanted.isdigit() else 0
    return named or list(sheets[max(number - 1, 0) : number])


def _column_names(index: int, title: str) -> set[str]:
    return {_folded(column_name(index)), _folded(title)}


def _folded(name: str) -> str:
    return subject_label(name).casefold()
