"""What the team works with at the meeting: questions, a protocol to write on, words, help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posanalytics.blocks.block import Block, rendered
from posanalytics.schema import COVER
from posanalytics.wording import say
from posanalytics.wording.catalogue import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_STEPS = 8
_EXPECTED = 3  # lines to write an expectation on
_FIELDS = (
    ("number", "field"), ("date", "field"), ("term", "field"),
    ("team", "field wide"), ("classes", "field wide"),
    ("question", "field full"),
    ("leader", "field"), ("timekeeper", "field"), ("secretary", "field"),
    ("present", "field full"),
)  # fmt: skip
# Writing lines per step; the decision has named fields instead.
_LINES = (2, 1, 2, 3, 3, 1, 0, 2)
_DECISION = 7
_GLOSSARY_ROOMS = ("verdict", "blocks")
_EXPLAINED = "glossary_"


def opening(question: str) -> Block:
    """Return what a meeting begins with, and ask the page to cover what was found.

    The page gathers the sections whose headings are tagged «finding» behind one line, which
    tells when to open it; a notebook in JupyterLab shows everything.
    """
    block = rendered("opening.html", question=question, lines=range(_EXPECTED))
    cover = {
        "opening": block.html,
        "summary": say("blocks.cover"),
        "note": say("blocks.cover_note"),
    }
    return Block(block.html, {COVER: cover})


def questions(items: Sequence[str]) -> Block:
    """Return the questions for the discussion under the ground rule of the meeting."""
    return rendered("questions.html", items=list(items), rule=say("blocks.ground_rule"))


def protocol(  # noqa: PLR0913 - the head of a form has as many fields as it has
    *,
    number: str = "",
    date: str = "",
    term: str = "",
    team: str = "",
    classes: str = "",
    question: str = "",
    version: str = "",
) -> Block:
    """Return a blank protocol of a 60-minute meeting: one A4 page with lines to write on."""
    known = {
        "number": number, "date": date, "term": term, "team": team, "classes": classes,
        "question": question,
    }  # fmt: skip
    fields = [(say(f"blocks.field_{name}"), known.get(name, ""), style) for name, style in _FIELDS]
    steps = [
        {
            "time": say(f"blocks.step_{place}_time"),
            "name": say(f"blocks.step_{place}_name"),
            "how": say(f"blocks.step_{place}_how"),
            "lines": lines,
            "named": _decision() if place == _DECISION else [],
        }
        for place, lines in enumerate(_LINES, start=1)
    ]
    return rendered(
        "protocol.html", fields=fields, steps=steps, version=version, rule=say("blocks.ground_rule")
    )


def _decision() -> list[str]:
    return say("blocks.decision_fields").split("|")


def glossary(terms: Iterable[str | tuple[str, str]] | None = None) -> Block:
    """Return words with their meaning: keys of the catalogue or (word, meaning) pairs.

    Without terms: every word that the catalogue explains, those of the verdict first.
    """
    pairs = [term if isinstance(term, tuple) else _word(term) for term in terms or _words()]
    return rendered("glossary.html", pairs=pairs)


def _words() -> dict[str, str]:
    """Return the room of every explained word; a word of the verdict keeps its room."""
    rooms: dict[str, str] = {}
    for room in _GLOSSARY_ROOMS:
        for key in catalogue(room):
            if key.startswith(_EXPLAINED):
                rooms.setdefault(key.removeprefix(_EXPLAINED), room)
    return rooms


def _word(key: str) -> tuple[str, str]:
    room = _words()[key]
    return say(f"{room}.term_{key}"), say(f"{room}.{_EXPLAINED}{key}")


def help_text(key: str) -> Block:
    """Return a help text of the catalogue as a note in the margin."""
    return rendered("help.html", text=say(f"blocks.help_{key}"))
