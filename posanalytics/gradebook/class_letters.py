"""Settle classes whose letter was typed as a Latin «B»: it may mean «Б», and it looks like «В»."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from posanalytics.gradebook.captions import typed_classes
from posanalytics.gradebook.findings import Findings
from posanalytics.labels import settled_class

if TYPE_CHECKING:
    from posanalytics.gradebook.reading import Hints, Reading


def own_hints(hints: Hints, name: str) -> Hints:
    """Return hints whose class only echoes a Latin letter in the name with that letter."""
    typed = typed_classes(name)
    echoed = [t for t in typed if t.endswith("B") and settled_class(t) == hints.class_label]
    told = hints.class_label in typed
    return hints._replace(class_label=echoed[0]) if echoed and not told else hints


def settle_classes(reading: Reading, name: str) -> None:
    """Give every class of the reading its Russian letter; say so where it is not sure."""
    records, grids = reading.compact
    labels = chain.from_iterable(
        (row.class_label for row in rows)
        for rows in (records, grids, reading.listed, reading.scores, reading.codes)
    )
    doubtful = {label for label in labels if label.endswith("B")}
    if not doubtful:
        return
    records[:] = [row._replace(class_label=settled_class(row.class_label)) for row in records]
    listed, scores, codes = reading.listed, reading.scores, reading.codes
    listed[:] = [row._replace(class_label=settled_class(row.class_label)) for row in listed]
    scores[:] = [row._replace(class_label=settled_class(row.class_label)) for row in scores]
    codes[:] = [row._replace(class_label=settled_class(row.class_label)) for row in codes]
    grids[:] = [replace(grid, class_label=settled_class(grid.class_label)) for grid in grids]
    findings = Findings(name)
    for label in sorted(doubtful):
        used, other = settled_class(label), f"{label[:-1]}В"
        findings.add("warning", "latin_class", label=label, used=used, other=other)
    reading.problems.extend(findings.problems())
