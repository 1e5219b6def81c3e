"""Read gradebook exports: container, cells, tokens, and one reader per format."""

from posanalytics.gradebook.read import read_gradebook
from posanalytics.gradebook.reading import Hints, Listed, Reading, Record, Score

__all__ = ["Hints", "Listed", "Reading", "Record", "Score", "read_gradebook"]
