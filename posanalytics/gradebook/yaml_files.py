"""YAML that people write beside exports, read with bounds: no file of it can stop a load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 2**20  # bytes: a mapping of a whole school has some thousand lines
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class YamlUnusable(Exception):
    """A text that is not the YAML that was asked for; `line` is where, None where nobody knows."""

    def __init__(self, line: int | None = None) -> None:
        """Keep the line, counted from one."""
        super().__init__(line)
        self.line = line


class TooLarge(Exception):
    """A file larger than anything that a person writes."""


class _Loader(yaml.SafeLoader):
    """Plain values only: an alias can make a small file stand for a very large one."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            alias = self.peek_event()  # type: ignore[no-untyped-call]
            raise ComposerError(None, None, "alias", alias.start_mark)
        return super().compose_node(parent, index)

    def day(self, node: Any) -> Any:
        """Return a date; a day that no calendar has is an error with a place."""
        try:
            return self.construct_yaml_timestamp(node)
        except (ValueError, OverflowError) as error:
            raise ConstructorError(None, None, str(error), node.start_mark) from error


_Loader.add_constructor(_TIMESTAMP, _Loader.day)


def text_of(path: Path) -> str:
    """Return the text of a file; raise TooLarge, OSError or UnicodeDecodeError."""
    with path.open("rb") as stream:
        content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise TooLarge
    return content.decode("utf-8-sig")


def loaded(text: str) -> tuple[Any, Any]:
    """Return what the text says, and its nodes, which know their lines; raise YamlUnusable.

    >>> loaded("same: {a: b}")[0]
    {'same': {'a': 'b'}}
    """
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        return (loader.construct_document(node) if node else None), node
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise YamlUnusable(mark.line + 1 if mark else None) from error
    except (ValueError, OverflowError, RecursionError) as error:
        raise YamlUnusable from error
