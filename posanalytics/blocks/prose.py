"""Plain sentences, questions with their answers, and what only an analyst opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posanalytics.blocks.block import Block, rendered
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable


def prose(sentences: Iterable[str]) -> Block:
    """Return sentences as paragraphs, one each; nothing where there are none."""
    return rendered("prose.html", paragraphs=[said for said in sentences if said])


def answers(pairs: Iterable[tuple[str, str]]) -> Block:
    """Return questions with their answers beside them."""
    return rendered("answers.html", pairs=list(pairs))


def fold(*blocks: Block, title: str | None = None) -> Block:
    """Return blocks behind a line that opens them: a teacher reads on, an analyst looks inside."""
    inside = [block.html for block in blocks]
    return rendered("fold.html", title=title or say("blocks.for_analyst"), inside=inside)
