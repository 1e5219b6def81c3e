"""Pieces of a page for notebooks: tables, passport, verdict, questions, protocol."""

from posanalytics.blocks.appendix import appendix
from posanalytics.blocks.block import Block, together
from posanalytics.blocks.conclusion import limits, verdict_card
from posanalytics.blocks.meeting import glossary, help_text, protocol, questions
from posanalytics.blocks.passport import Fact, facts, passport
from posanalytics.blocks.tables import frame_table, problems_table

__all__ = [
    "Block",
    "Fact",
    "appendix",
    "facts",
    "frame_table",
    "glossary",
    "help_text",
    "limits",
    "passport",
    "problems_table",
    "protocol",
    "questions",
    "together",
    "verdict_card",
]
