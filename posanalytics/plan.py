"""plan.yml: the monitoring plan that the ПОС draws up, checked in plain words."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from posanalytics import labels, periods
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class PlanError(Exception):
    """plan.yml cannot be used; the message says where and what to write instead."""


def _class(value: object) -> str:
    label = labels.class_label(str(value))
    if label is None:
        raise ValueError(say("plan.not_a_class", found=value))
    return label


def _term(value: str) -> str:
    if not periods.is_term(value) or not periods.is_taught(value):
        raise ValueError(say("plan.not_a_term", found=value))
    return value


def _known_class(value: object) -> str:
    return labels.class_label(str(value)) or str(value)


ClassLabel = Annotated[str, BeforeValidator(_class)]
OtherClass = Annotated[str, BeforeValidator(_known_class)]
Term = Annotated[str, AfterValidator(_term)]


class _Part(BaseModel):
    """A part of the plan: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Control(_Part):
    """A control class and why it was chosen; the ladder is K1 (best) to K5."""

    class_label: ClassLabel = Field(alias="class")
    ladder: Literal["K1", "K2", "K3", "K4", "K5"]
    why: str = ""


class Event(_Part):
    """Something that happened to a class and may move its marks, such as a new teacher."""

    class_label: ClassLabel = Field(alias="class")
    term: Term
    what: str


class Lessons(_Part):
    """How many new lessons an innovative class was to have by the plan, and has had so far."""

    class_label: ClassLabel = Field(alias="class")
    planned: int = Field(ge=1)
    given: int | None = Field(default=None, ge=0)


# What the plan says about both groups together: the same teachers, the same work.
Agreement = Literal["same", "different", "unknown"]


class Comparison(_Part):
    """Which classes take part, with whom they are compared, and from when.

    A class that begins later than `start` stands as {class: 5А, start: 2025-26-Q3} among the
    innovative ones; `starts` then holds its term.
    """

    start: Term
    innovative: list[ClassLabel] = Field(min_length=1)
    control: list[Control] = []
    chosen_on: dt.date | None = None
    events: list[Event] = []
    teachers: Agreement = "unknown"
    starts: dict[ClassLabel, Term] = {}
    lessons: list[Lessons] = []

    @model_validator(mode="before")
    @classmethod
    def _own_starts(cls, given: Any) -> Any:
        """Take the starts of single classes out of the list of innovative ones."""
        named = given.get("innovative") if isinstance(given, dict) else None
        if not isinstance(named, list):
            return given
        own = [item for item in named if isinstance(item, dict)]
        if not own:
            return given
        for item in own:
            if set(item) != {"class", "start"}:
                raise ValueError(say("plan.own_start", found=item))
        return {
            **given,
            "innovative": [item["class"] if isinstance(item, dict) else item for item in named],
            "starts": {str(item["class"]): item["start"] for item in own},
        }

    @property
    def late(self) -> dict[str, str]:
        """Return the classes that begin in another term than the comparison, with that term."""
        return {label: term for label, term in self.starts.items() if term != self.start}

    @model_validator(mode="after")
    def _in_order(self) -> Comparison:
        """Refuse a class that begins before the comparison does, or that nobody named."""
        for label, term in self.starts.items():
            begun = periods.term_order(term) >= periods.term_order(self.start)
            if not begun or label not in self.innovative:
                raise ValueError(say("plan.start_before", label=label, term=term))
        return self

    @model_validator(mode="after")
    def _apart(self) -> Comparison:
        names = [*self.innovative, *(control.class_label for control in self.control)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(say("plan.class_twice", classes=", ".join(twice)))
        return self

    @model_validator(mode="after")
    def _lessons_of_innovative(self) -> Comparison:
        """Refuse lessons of a class that is not innovative, and of one class told twice."""
        named = [own.class_label for own in self.lessons]
        for label in named:
            if label not in self.innovative:
                innovative = ", ".join(self.innovative)
                raise ValueError(say("plan.lessons_whose", label=label, innovative=innovative))
            if named.count(label) > 1:
                raise ValueError(say("plan.lessons_twice", label=label))
        return self


class Outcome(_Part):
    """One thing that is compared: a subject, several subjects together, or an instrument.

    `common_work` says that all compared classes wrote one work, checked by one rubric, in every
    subject of the outcome; `vpr_in_gradebook` that marks of the ВПР stand among its marks.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    composite: list[str] = []
    subject: str = ""
    instrument: str = ""
    measure: Literal["term_mark", "mean_mark", "share_of_max"] = "term_mark"
    primary: bool = False
    negligible: float = Field(default=0.10, gt=0)
    weights: Literal["equal", "inverse_covariance"] = "equal"
    instruments: Agreement = "unknown"
    common_work: bool = False
    vpr_in_gradebook: bool = False

    @property
    def of_marks(self) -> bool:
        """Return whether the outcome is made of marks: scores of tests are not compared yet."""
        return not self.instrument and self.measure != "share_of_max"

    @property
    def subjects(self) -> tuple[str, ...]:
        """Return the subjects that the outcome is made of."""
        return tuple(self.composite) or (self.subject,)

    @property
    def title(self) -> str:
        """Return the outcome's name for a reader."""
        return self.subject or say("plan.composite", lang="ru", subjects=len(self.composite))

    @model_validator(mode="after")
    def _primary_of_marks(self) -> Outcome:
        if self.primary and not self.of_marks:
            found = f"instrument: {self.instrument}" if self.instrument else "share_of_max"
            raise ValueError(say("plan.primary_not_marks", id=self.id, found=found))
        return self

    @model_validator(mode="after")
    def _one_kind(self) -> Outcome:
        if bool(self.composite) == bool(self.subject):
            raise ValueError(say("plan.outcome_kind", id=self.id))
        return self

    @model_validator(mode="after")
    def _one_work(self) -> Outcome:
        if self.common_work and self.instruments == "different":
            raise ValueError(say("plan.work_differs", id=self.id))
        return self


class Team(_Part):
    """A team of teachers and the classes that it works with."""

    name: str
    members: list[str] = []
    classes: list[ClassLabel] = []


class Audience(_Part):
    """The smallest group of pupils that is shown to each audience."""

    team: int = Field(default=5, ge=3)
    public: int = Field(default=10, ge=5)


class Marking(_Part):
    """What the school's own rules make of current marks; term marks stay as they were given.

    The defaults are plain: «4-» is 4, work weighs alike, a point is no mark, «5/4» is two marks,
    a mark that does not count is left out.
    """

    minus: float = Field(default=0.0, ge=0, le=0.5)
    plus: float = Field(default=0.0, ge=0, lt=0.5)
    weights: Literal["ignore", "use"] = "ignore"
    debt: Literal["ignore", 2] = "ignore"
    double: Literal["two", "mean", "first"] = "two"
    not_counted: Literal["ignore", "use"] = "ignore"


TermDates = dict[str, tuple[dt.date, dt.date]]


class Plan(_Part):
    """The whole plan of one school."""

    school: str
    programme: str = ""
    legal_basis: str = ""
    terms: Literal["quarters", "trimesters", "halves", "modules"] = "quarters"
    years: dict[str, TermDates]
    comparison: Comparison
    outcomes: list[Outcome] = Field(min_length=1)
    teams: list[Team] = []
    subjects: dict[str, str] = {}
    classes: dict[OtherClass, ClassLabel] = {}
    marking: Marking = Marking()
    audience: Audience = Audience()

    @model_validator(mode="after")
    def _consistent(self) -> Plan:
        ids = [outcome.id for outcome in self.outcomes]
        if len(set(ids)) < len(ids):
            raise ValueError(say("plan.outcome_twice"))
        if sum(outcome.primary for outcome in self.outcomes) != 1:
            raise ValueError(say("plan.one_primary"))
        for term in (self.comparison.start, *self.comparison.starts.values()):
            if term not in self.all_terms:
                raise ValueError(say("plan.start_unknown", term=term))
        for year, terms in self.years.items():
            _check_year(year, terms)
        return self

    @property
    def all_terms(self) -> list[str]:
        """Return every taught term that the plan gives dates for, in time."""
        terms = [f"{year}-{suffix}" for year, dates in self.years.items() for suffix in dates]
        return sorted(terms, key=periods.term_order)

    @property
    def control_classes(self) -> tuple[str, ...]:
        """Return the control classes in the order of the plan."""
        return tuple(control.class_label for control in self.comparison.control)

    @property
    def term_kind(self) -> str:
        """Return the letter of the plan's terms in period ids: Q for quarters."""
        return {"quarters": "Q", "trimesters": "T", "halves": "H", "modules": "M"}[self.terms]

    @property
    def compared_classes(self) -> tuple[str, ...]:
        """Return innovative and control classes, by label."""
        both = {*self.comparison.innovative, *self.control_classes}
        return tuple(sorted(both, key=labels.class_order))

    @property
    def primary(self) -> Outcome:
        """Return the primary outcome."""
        return next(outcome for outcome in self.outcomes if outcome.primary)

    def subject_name(self, text: str) -> str:
        """Return the name under which the plan keeps a subject."""
        clean = labels.subject_label(text)
        return self._subject_aliases.get(clean.casefold(), clean)

    def class_name(self, label: str) -> str:
        """Return the name under which the plan keeps a class."""
        return self.classes.get(label, label)

    @property
    def _subject_aliases(self) -> dict[str, str]:
        return {labels.subject_label(k).casefold(): v for k, v in self.subjects.items()}

    def term_of(self, day: dt.date) -> str | None:
        """Return the term that a day belongs to; holidays belong to the term before them."""
        begun = [
            (begin, f"{year}-{suffix}")
            for year, terms in self.years.items()
            if year == periods.school_year_of(day)
            for suffix, (begin, _) in terms.items()
            if begin <= day
        ]
        return max(begun)[1] if begun else None

    @property
    def seal(self) -> str:
        """Return the digest of what may not change unseen once results are known."""
        sealed = {
            "start": self.comparison.start,
            "innovative": sorted(self.comparison.innovative),
            "control": sorted(self.control_classes),
            "primary": [self.primary.id, *sorted(self.primary.subjects), self.primary.measure],
            "negligible": self.primary.negligible,
        }
        if self.marking != Marking():
            sealed["marking"] = self.marking.model_dump()
        # What a plan leaves at its default is not in the seal: older plans keep theirs.
        if self.primary.weights != "equal":
            sealed["weights"] = self.primary.weights
        if self.comparison.late:
            sealed["starts"] = sorted(self.comparison.late.items())
        said = (self.comparison.teachers, self.primary.instruments)
        if said != ("unknown", "unknown"):
            sealed["said"] = said
        # Lessons given and ВПР marks become known during the year, and can only refuse.
        if self.primary.common_work:
            sealed["common_work"] = True
        text = json.dumps(sealed, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def _check_year(year: str, terms: TermDates) -> None:
    last: dt.date | None = None
    for suffix, (begin, end) in terms.items():
        if not periods.is_term(f"{year}-{suffix}"):
            raise ValueError(say("plan.not_a_term", found=f"{year}-{suffix}"))
        if end < begin or (last and begin <= last):
            raise ValueError(say("plan.dates_order", term=f"{year}-{suffix}"))
        last = end


def parse_plan(text: str, *, name: str = "plan.yml") -> Plan:
    """Return the plan in a YAML text; raise PlanError with line, found and expected."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        loaded = yaml.safe_load(text)
    except ValueError as error:  # a day that no calendar has
        raise PlanError(say("plan.no_such_day", name=name, reason=error)) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else "?"
        raise PlanError(say("plan.not_yaml", name=name, line=line)) from None
    if not isinstance(loaded, dict):
        raise PlanError(say("plan.not_a_mapping", name=name))
    try:
        return Plan.model_validate(loaded)
    except ValidationError as error:
        raise PlanError("\n".join(_explained(error, node, name))) from None


def read_plan(path: Path) -> Plan:
    """Return the plan in a file; raise PlanError where it is missing or wrong."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise PlanError(say("plan.missing", folder=path.parent.name)) from None
    except UnicodeDecodeError:
        raise PlanError(say("plan.not_utf8", name=path.name)) from None
    return parse_plan(text, name=path.name)


def _explained(error: ValidationError, node: yaml.Node | None, name: str) -> list[str]:
    return [
        say(
            "plan.wrong_field",
            name=name,
            line=line_of(node, item["loc"]),
            where=" → ".join(str(part) for part in item["loc"]) or name,
            what=_reason(item),
        )
        for item in error.errors()
    ]


# What people write most often instead of what YAML wants, by the beginning of pydantic's type.
_HINTS = {
    "date": "want_date",
    "list": "want_list",
    "tuple": "want_list",
    "float": "want_number",
    "int": "want_count",
    "bool": "want_yes_or_no",
    "greater_than_equal": "want_at_least",
    "greater_than": "want_number",
    "invalid_key": "want_number",
}


def _reason(item: Mapping[str, Any]) -> str:
    kind = str(item["type"])
    if kind == "value_error":
        return re.sub(r"^Value error, ", "", str(item["msg"]))
    known = {
        "missing": "field_missing",
        "extra_forbidden": "unknown_key",
        "literal_error": "literal",
    }
    context = item.get("ctx") or {}
    hint = next((h for start, h in _HINTS.items() if kind.startswith(start)), "")
    if hint:
        return say(f"plan.{hint}", found=item.get("input"), least=context.get("ge"))
    key = f"plan.{known.get(kind, 'wrong_value')}"
    return say(key, found=item.get("input"), expected=context.get("expected", item["msg"]))


def line_of(node: yaml.Node | None, location: tuple[int | str, ...]) -> int:
    """Return the line where the deepest existing part of a location begins."""
    line = 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            pairs = {key.value: (key, value) for key, value in node.value}
            if part not in pairs:
                return line
            key, node = pairs[str(part)]
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line
