"""The appendix to an inspection report: a line on the page, its tables for a file beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from posanalytics.blocks.block import Block, rendered
from posanalytics.blocks.tables import written
from posanalytics.briefing import INDICATOR_LABELS
from posanalytics.schema import APPENDIX
from posanalytics.wording import say
from posanalytics.wording.catalogue import catalogue

if TYPE_CHECKING:
    from posanalytics.appendix import Appendix, Part

_LABEL = "column_"
_FORMATS = {
    "pupils_before": "count",
    "joined": "count",
    "left": "count",
    "quality_class_before": "share",
    "quality_class_change": "points",
    "success_class_before": "share",
    "success_class_change": "points",
    "mean_change": "difference",
    "quality_subject_change": "points",
}


def appendix(tables: Appendix) -> Block:
    """Return the line that tells of the appendix; a report gives its tables out as a document."""
    about = {
        "school": tables.school,
        "term": tables.term,
        "before": tables.before,
        "classes": list(tables.classes),
        "parts": [_part(part) for part in tables.parts],
    }
    line = rendered("help.html", text=say("appendix.on_page", lang="ru"), on_screen=True)
    return Block(line.html, {APPENDIX: about})


def _part(part: Part) -> dict[str, Any]:
    heads, rows = written(part.frame, formats=_FORMATS, labels=_labels(), hidden=part.hidden)
    return {
        "title": part.title,
        "note": part.note,
        "columns": [head.text for head in heads],
        "rows": [[cell.text for cell in row] for row in rows],
    }


def _labels() -> dict[str, str]:
    own = [key for key in catalogue("appendix") if key.startswith(_LABEL)]
    return INDICATOR_LABELS | {
        key.removeprefix(_LABEL): say(f"appendix.{key}", lang="ru") for key in own
    }
