"""A piece of a page: HTML made by an escaping template, shown by a notebook as it is."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment


@dataclass(frozen=True)
class Block:
    """HTML that a notebook shows and the page takes over unchanged.

    ``attached`` is what goes beside the page in files of its own: media type → JSON.
    """

    html: str
    attached: Mapping[str, Any] = field(default_factory=dict)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return dict(self.attached)

    def _repr_html_(self) -> str:
        return self.html

    def __str__(self) -> str:
        """Return the HTML."""
        return self.html


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("posanalytics.blocks"),
        autoescape=True,  # every value may hold what a person typed
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["say"] = say
    return made


def rendered(template: str, **values: Any) -> Block:
    """Return the block that a template of this package makes of the values."""
    return Block(_environment().get_template(template).render(**values).strip())


def together(*blocks: Block) -> Block:
    """Return blocks one under the other as one block."""
    attached = {kind: value for block in blocks for kind, value in block.attached.items()}
    return Block("\n".join(block.html for block in blocks), attached)
