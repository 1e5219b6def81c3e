"""What a page for a meeting keeps behind a cover: the sections that tell what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from posanalytics.reports.cleaning import embedded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from posanalytics.reports.page import Section

# The tag of a heading in a notebook, whose section waits behind the cover if there is one.
FINDING = "finding"


class Finding(str):
    """The prose of a section that tells what was found."""

    __slots__ = ()


class Cover(NamedTuple):
    """What a reader sees before the findings, and the line that opens them."""

    opening: Markup
    summary: str
    note: str


def cover_of(asked: Mapping[str, str]) -> Cover:
    """Return the cover that a block of a notebook asks for."""
    return Cover(embedded(asked["opening"]), asked["summary"], asked["note"])


def covered(sections: Sequence[Section], cover: Cover | None) -> list[Section]:
    """Return the sections with the findings together behind the cover, where the last one stood.

    The opening of the cover ends the section before the first finding. Without a cover, or
    without a finding, the order stays.
    """
    if cover is None:
        return list(sections)
    found = [at for at, section in enumerate(sections) if section.finding]
    sections[found[0] - 1 if found else 0].pieces.append(cover.opening)
    if not found:
        return list(sections)
    hidden = [sections[at] for at in found]
    hidden[0].cover, hidden[-1].ends_cover = cover, True
    before = [section for section in sections[: found[-1]] if not section.finding]
    for section in hidden:
        section.covered = True
    return [*before, *hidden, *sections[found[-1] + 1 :]]
