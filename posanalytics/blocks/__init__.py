"""Pieces of a page for notebooks: tables, passport, verdict, questions, protocol."""

from posanalytics.blocks.appendix import appendix
from posanalytics.blocks.block import Block, together
from posanalytics.blocks.conclusion import limits, verdict_card
from posanalytics.blocks.meeting import glossary, help_text, opening, protocol, questions
from posanalytics.blocks.passport import Fact, facts, passport
from posanalytics.blocks.prose import answers, fold, prose
from posanalytics.blocks.tables import frame_table, frame_tables, problems_table

__all__ = [
    "Block",
    "Fact",
    "answers",
    "appendix",
    "facts",
    "fold",
    "frame_table",
    "frame_tables",
    "glossary",
    "help_text",
    "limits",
    "opening",
    "passport",
    "problems_table",
    "prose",
    "protocol",
    "questions",
    "together",
    "verdict_card",
]
