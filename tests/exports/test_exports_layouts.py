"""Every layout of every system reads to what was typed into it; see tests/layouts."""

from __future__ import annotations

import pytest
from layouts import all_layouts
from layouts.layout import marks_of, scores_of

from posanalytics.gradebook.read import read_bytes

LAYOUTS = pytest.mark.parametrize("layout", all_layouts(), ids=lambda layout: layout.title)


def reading_of(layout):
    return read_bytes(layout.data, name=layout.file, hints=layout.hints)


@LAYOUTS
def test_a_layout_is_recognised_and_reads_to_the_typed_marks(layout):
    reading = reading_of(layout)
    assert reading.format == layout.format
    assert marks_of(reading) == layout.marks
    assert scores_of(reading) == layout.scores


@LAYOUTS
def test_a_layout_says_what_a_person_must_know(layout):
    said = "\n".join(map(str, reading_of(layout).problems))
    assert [text for text in layout.problems if text not in said] == []
