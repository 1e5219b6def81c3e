"""What goes into a report: the parameters its notebook declares, checked, and its facts."""

from __future__ import annotations

import ast
import io
import json
import math
import numbers
import re
import tokenize
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path


class _Absent:
    """The default of a parameter that has none."""

    def __repr__(self) -> str:
        return "–"


ABSENT: Final = _Absent()

_TRUE = {"true", "yes", "1", "да"}
_FALSE = {"false", "no", "0", "нет"}
_WHOLE = re.compile(r"[+-]?\d+")
_FRACTION = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")


_TOLD = {
    "str": "text",
    "Path": "text",
    "int": "whole",
    "float": "number",
    "bool": "yes_no",
    "date": "date",
    "datetime.date": "date",
    "list": "list",
    "List": "list",
    "tuple": "list",
    "Sequence": "list",
    "Any": "anything",
}


class Download(NamedTuple):
    """A file beside the page: what it is, its relative address, its size as a reader sees it."""

    label: str
    href: str
    size: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the page says about itself beside the notebook's own text."""

    title: str = ""
    subtitle: str = ""
    school: str = ""
    audience: str = ""
    sources: str = ""  # digest of the input data
    generated: str = ""  # date as the reader sees it; the page takes no clock of its own
    index: str = "index.html"  # relative address of the list of reports, "" for none
    downloads: tuple[Download, ...] = ()
    language: str = "ru"


class ParameterRefused(ValueError):
    """What was given is not what the notebook declares."""


class UnknownParameter(ParameterRefused):
    """The notebook declares no parameter of that name."""


class MissingParameter(ParameterRefused):
    """A parameter without a usable default was not given."""


class WrongParameter(ParameterRefused):
    """The value is not of the declared type."""


class UnreadableParameters(ParameterRefused):
    """The notebook, or its parameters cell, is not what a report can be made from."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One typed assignment of the parameters cell."""

    name: str
    type: str
    default: object = ABSENT
    comment: str = ""

    @property
    def required(self) -> bool:
        """Whether it must be given: no default, or None where its type has no None."""
        if self.default is None:
            return "None" not in _alternatives(self.type)
        return self.default is ABSENT

    def __str__(self) -> str:
        """Return the declaration on one line, as a person reads it."""
        kind = _kind_told(self.type)
        usual = self.default
        if isinstance(usual, bool):
            usual = say("reports.yes" if usual else "reports.no")
        known = not self.required and usual is not None and usual not in ("", [], ())
        default = say("reports.usually", value=usual) if known else ""
        comment = f" – {self.comment}" if self.comment else ""
        return f"{self.name} ({kind}{default}){comment}"


class _Refused(Exception):
    """A value that its type does not admit."""


def declared(notebook: Path) -> dict[str, Parameter]:
    """Return the parameters that a notebook declares, by name, in their order."""
    source = "\n".join(
        _source(cell) for cell in notebook_cells(notebook) if "parameters" in _tags(cell)
    )
    try:
        tree = ast.parse(source)
        found = [_parameter(node, _comments(source)) for node in tree.body]
    except (SyntaxError, ValueError, tokenize.TokenError) as error:
        raise UnreadableParameters(
            say("reports.unreadable_parameters", notebook=notebook.name, reason=error)
        ) from error
    return {parameter.name: parameter for parameter in found if parameter}


def checked(notebook: Path, given: Mapping[str, object]) -> dict[str, Any]:
    """Return the given parameters as JSON values of their declared types.

    Text is read by the declared type, so that a command line can pass everything as text:
    «7_1» stays text for ``str`` and is refused for ``int``. Dates and paths become text.

    Raises
    ------
    UnknownParameter, MissingParameter, WrongParameter
        The message lists what the notebook declares.
    """
    parameters = declared(notebook)
    listing = _listing(parameters.values())
    if unknown := sorted(set(given) - set(parameters)):
        raise UnknownParameter(
            say(
                "reports.unknown_parameter",
                notebook=notebook.name,
                name=unknown[0],
                declared=listing,
            )
        )
    required = (name for name, parameter in parameters.items() if parameter.required)
    if missing := [name for name in required if given.get(name) is None]:
        raise MissingParameter(
            say(
                "reports.missing_parameter",
                notebook=notebook.name,
                name=missing[0],
                declared=listing,
            )
        )
    return {name: _value(notebook, parameters[name], given[name]) for name in sorted(given)}


def notebook_cells(notebook: Path) -> list[dict[str, Any]]:
    """Return the cells of a notebook (nbformat 4) as they are stored."""
    try:
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableParameters(
            say("reports.unreadable_notebook", notebook=notebook.name)
        ) from error
    return list(cells)


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def _tags(cell: Mapping[str, Any]) -> list[str]:
    return list(cell.get("metadata", {}).get("tags", []))


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        token.start[0]: token.string.lstrip("# ").rstrip()
        for token in tokens
        if token.type == tokenize.COMMENT
    }


def _parameter(node: ast.stmt, comments: Mapping[int, str]) -> Parameter | None:
    """Return the parameter that a statement declares, None for an import or a docstring."""
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        name, kind = node.target.id, ast.unparse(node.annotation)
        default = ABSENT if node.value is None else ast.literal_eval(node.value)
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        name, default = node.targets[0].id, ast.literal_eval(node.value)
        kind = "str" if default is None else type(default).__name__
    else:
        return None
    comment = comments.get(node.end_lineno or node.lineno, "")
    return Parameter(name=name, type=kind.strip("'\""), default=default, comment=comment)


def _listing(parameters: Iterable[Parameter]) -> str:
    return "; ".join(map(str, parameters)) or say("reports.no_parameters")


def _alternatives(kind: str) -> list[str]:
    """Return the members of a union: ``str | None`` and ``Optional[str]`` are the same."""
    node = ast.parse(kind, mode="eval").body
    if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("Optional"):
        return [ast.unparse(node.slice), "None"]
    members: list[str] = []
    while isinstance(node, ast.BinOp):
        members.insert(0, ast.unparse(node.right))
        node = node.left
    return [ast.unparse(node), *members]


def _kind_told(kind: str) -> str:
    """Return a declared type as a person would call it: «str | None» is a text."""
    told = []
    for one in _alternatives(kind):
        base, _, inside = one.removeprefix("typing.").partition("[")
        if base == "Literal":
            values = ast.literal_eval(f"({inside.removesuffix(']')},)")
            told.append(say("reports.type_literal", values=", ".join(map(str, values))))
        elif base in _TOLD:
            told.append(say(f"reports.type_{_TOLD[base]}"))
        elif base not in {"None", "NoneType"}:
            told.append(one)
    return say("reports.type_or").join(told)


def _value(notebook: Path, parameter: Parameter, given: object) -> Any:
    for kind in _alternatives(parameter.type):
        try:
            return _read(kind, given)
        except _Refused:
            continue
    raise WrongParameter(
        say(
            "reports.wrong_parameter",
            notebook=notebook.name,
            name=parameter.name,
            type=_kind_told(parameter.type),
            value=f"«{given}»",
            declared=str(parameter),
        )
    )


def _read(kind: str, given: object) -> Any:
    """Return the value as one plain type sees it."""
    base, _, inside = kind.removeprefix("typing.").partition("[")
    if base == "Literal":
        return _literal(ast.literal_eval(f"({inside.removesuffix(']')},)"), given)
    if base in {"list", "tuple", "List", "Sequence"}:
        return _list(inside.removesuffix("]").removesuffix(", ...") or "str", given)
    reader = _READERS.get(base)
    if reader is None:
        raise _Refused
    return reader(given)


def _literal(allowed: tuple[object, ...], given: object) -> object:
    for value in allowed:
        if given == value or (isinstance(given, str) and given == str(value)):
            return value
    raise _Refused


def _list(kind: str, given: object) -> list[Any]:
    if isinstance(given, str):
        given = [part.strip() for part in given.split(",") if part.strip()]
    if not isinstance(given, list | tuple):
        raise _Refused
    return [_read(kind, item) for item in given]


def _text(given: object) -> str:
    if isinstance(given, date):
        return given.isoformat()
    if isinstance(given, PurePath):
        return given.as_posix()
    if isinstance(given, str):
        return str(given)
    raise _Refused


def _integer(given: object) -> int:
    if isinstance(given, bool):
        raise _Refused
    if isinstance(given, numbers.Integral) or (isinstance(given, str) and _WHOLE.fullmatch(given)):
        return int(given)
    raise _Refused


def _float(given: object) -> float:
    if isinstance(given, str) and _FRACTION.fullmatch(given):
        given = float(given.replace(",", "."))
    if isinstance(given, numbers.Real) and not isinstance(given, bool) and math.isfinite(given):
        return float(given)
    raise _Refused


def _boolean(given: object) -> bool:
    if isinstance(given, bool):
        return given
    word = given.casefold() if isinstance(given, str) else ""
    if word in _TRUE | _FALSE:
        return word in _TRUE
    raise _Refused


def _date(given: object) -> str:
    text = _text(given)
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError as error:
        raise _Refused from error


def _nothing(given: object) -> None:
    if given is not None:
        raise _Refused


def _mapping(given: object) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise _Refused
    return {str(key): _anything(value) for key, value in given.items()}


def _anything(given: object) -> Any:
    for reader in (_nothing, _boolean_only, _integer_only, _float_only, _text, _mapping):
        try:
            return reader(given)
        except _Refused:
            continue
    return _list("Any", given)


def _boolean_only(given: object) -> bool:
    return _boolean(None if isinstance(given, str) else given)


def _integer_only(given: object) -> int:
    return _integer(None if isinstance(given, str) else given)


def _float_only(given: object) -> float:
    return _float(None if isinstance(given, str) else given)


_READERS: dict[str, Callable[[object], Any]] = {
    "str": _text,
    "int": _integer,
    "float": _float,
    "bool": _boolean,
    "date": _date,
    "datetime.date": _date,
    "Path": _text,
    "None": _nothing,
    "NoneType": _nothing,
    "dict": _mapping,
    "Any": _anything,
}
