"""Templates, scripts and the style sheet of pages, and how data is put among them."""

from __future__ import annotations

import functools
import json
import re
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

# Comments of our own templates stand at the start of a line.
_COMMENT = re.compile(r"^\s*(?:/\*.*?\*/|//[^\n]*)$", re.DOTALL | re.MULTILINE)
_INDENT = re.compile(r"^\s+", re.MULTILINE)


@functools.cache
def environment() -> jinja2.Environment:
    """Return the template environment: everything escaped, nothing undefined."""
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(template_text),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["css_text"] = css_text
    return made


def template_text(name: str) -> str:
    """Return the text of a file of templates/."""
    return resources.files("posanalytics.reports").joinpath("templates", name).read_text("utf-8")


@functools.cache
def script_text(name: str) -> str:
    """Return a script of templates/ without its comments and indents."""
    return _INDENT.sub("", _COMMENT.sub("", template_text(name)))


@functools.cache
def style() -> Markup:
    """Return the style sheet of all pages without its comments and indents."""
    return trusted(script_text("style.css"))


def trusted(text: str) -> Markup:
    """Return a file of our own templates as it stands."""
    return Markup(text)  # noqa: S704 - shipped with the package, holds no data


def css_text(text: str) -> Markup:
    r"""Return a string of a style sheet: whatever is not a letter, a digit or a space is escaped.

    >>> css_text("</style>7А")
    Markup('"\\3c \\2f style\\3e 7А"')
    """
    safe = "".join(sign if sign.isalnum() or sign == " " else f"\\{ord(sign):x} " for sign in text)
    return Markup(f'"{safe}"')  # noqa: S704 - nothing in it means anything in HTML or CSS


def as_json(value: Any) -> Markup:
    """Return JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - every character with a meaning in HTML is escaped above
