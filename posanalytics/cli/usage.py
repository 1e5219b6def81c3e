"""What the command line says of its own use, in the reader's language: help and mistakes."""

from __future__ import annotations

import contextlib
import functools
import re
import sys
from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand, TyperGroup

from posanalytics.wording import language, say

if TYPE_CHECKING:
    from collections.abc import Iterator

# What typer writes, and the name of our sentence for it; groups fill the slots.
_MISTAKES = (
    (r"No such option: (?P<name>.+?)(?: \(Possible options: .*\))?", "no_option"),
    (r"No such command '(?P<name>.*)'\.", "no_command"),
    (r"Missing command\.", "missing_command"),
    (r"Missing \w+ (?P<name>.+)\.", "missing"),
    (r"Got unexpected extra argument\(s\) \((?P<name>.*)\)", "extra"),
    (r"Option '(?P<name>.*)' requires .*", "needs_value"),
    (r"Option '(?P<name>.*)' does not take a value\.", "no_value"),
    (r"Input should be greater than or equal to (?P<least>\S+)", "too_small"),
    (r"Input should be a valid integer.*", "not_whole"),
    (r"Input should be a valid number.*", "not_number"),
    (r"Input should be .*|Value .* is not a valid .*", "not_valid"),
)
_INVALID = re.compile(r"Invalid value(?: for (?P<name>.+?))?: (?P<said>.*)", re.DOTALL)
# Words of the help text as they stand in it.
_HELP = (
    (re.compile(r"^Usage:", re.MULTILINE), "usage"),
    (re.compile(r"^Options:", re.MULTILINE), "options"),
    (re.compile(r"^Arguments:", re.MULTILINE), "arguments"),
    (re.compile(r"^Commands:", re.MULTILINE), "commands"),
    (re.compile(r"\[OPTIONS\]"), "options_here"),
    (re.compile(r"COMMAND \[ARGS\]\.\.\."), "command_here"),
    (re.compile(r"Show this message and exit\."), "help"),
    (re.compile(r"<list\[(?:str|path)\]>|<str>|<path>"), "any"),
    (re.compile(r"<int(?: range)?>|<float>"), "number"),
    (re.compile(r"\[required\]"), "required"),
    (re.compile(r"\[default:"), "default"),
    (re.compile(r"; x>="), "least"),
)


def help_told(text: str) -> str:
    """Return typer's help or usage text with its own words in the reader's language."""
    if language() == "en":
        return text
    for pattern, key in _HELP:
        word = say(f"usage.{key}")
        # What follows on the line keeps its column.
        text = pattern.sub(lambda found, word=word: word.ljust(_room(found)), text)  # type: ignore[misc]
    return text


def _room(found: re.Match[str]) -> int:
    return len(found[0]) if found[0].startswith("<") else 0


def mistake_told(text: str) -> str:
    """Return what typer says of a mistake in the reader's language; ours is left as it is."""
    if language() == "en":
        return text
    if found := _INVALID.fullmatch(text):
        said, name = mistake_told(found["said"]), found["name"]
        return say("usage.invalid", name=name, said=said) if name else said
    for pattern, key in _MISTAKES:
        if found := re.fullmatch(pattern, text, re.DOTALL):
            return say(f"usage.{key}", **found.groupdict())
    return text


class Command(TyperCommand):
    """One command whose help is in the reader's language."""

    def get_help(self, ctx: Any) -> str:
        """Return the help text."""
        return help_told(super().get_help(ctx))


class Group(TyperGroup):
    """All commands; what is wrong in a call is told in the reader's language."""

    def get_help(self, ctx: Any) -> str:
        """Return the help text."""
        return help_told(super().get_help(ctx))

    def make_context(self, *given: Any, **named: Any) -> Any:
        """Read the options that stand before the command."""
        with _told():
            return super().make_context(*given, **named)

    def invoke(self, ctx: Any) -> Any:
        """Read what follows the command and call it."""
        with _told():
            return super().invoke(ctx)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Let a mistake of use show itself in our words."""
    try:
        yield
    except Exception as error:
        # An empty call shows the help, which is in our words already.
        if hasattr(error, "format_message") and type(error).__name__ != "NoArgsIsHelpError":
            error.show = functools.partial(_show, error)  # type: ignore[attr-defined]
        raise


def _show(error: Any, _: object = None) -> None:
    context = getattr(error, "ctx", None)
    if context is not None:
        sys.stderr.write(help_told(context.get_usage()) + "\n")
        sys.stderr.write(say("usage.more", command=context.command_path) + "\n\n")
    sys.stderr.write(say("usage.mistake", said=mistake_told(error.format_message())) + "\n")
