"""Every sentence that a person reads, and how numbers and plurals are written in it."""

from posanalytics.wording.catalogue import language, say
from posanalytics.wording.numbers import counted, decimal, listed, percent, signed

__all__ = ["counted", "decimal", "language", "listed", "percent", "say", "signed"]
