"""Whether earlier years may stand in for this one: asked of classes without the programme alone.

The archive test assumes that class gains spread this year as they did before. That is looked at
in data that the programme cannot have touched: the archived years and this year's control and
ordinary classes. So the choice between the archive and the two-step test is made before any
result is known.

Simulated, normal class gains, 20,000 runs (`benchmarks/diagnostics.py`): with equal spread the
diagnosis fires in 3 to 7 % and the size of the whole procedure stays at 4 to 5.1 %. With twice the
spread this year it fires in 30 to 41 % (3 or 4 untouched classes), 57 % (7) and 85 % (18);
unheeded, the archive test then rejects 17 to 24 % of the time, heeded 7 to 17 %: with few classes
no diagnosis can save it, and A also asks for a second test.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import fdtrc

from posanalytics.evaluation.archive import YearGains, year_gains
from posanalytics.evaluation.class_gains import Panel, Sides, sides_of, with_events
from posanalytics.evaluation.effect_size import mean, one_row, ordered, squares
from posanalytics.evaluation.inference import SIGNIFICANT
from posanalytics.panel import class_unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from posanalytics.evaluation.design import Design, Outcome
    from posanalytics.evaluation.effect_size import Sample

    Floats = NDArray[np.float64]

FEWEST_CLASSES = 3
_ROUNDING = 1e-9


@dataclass(frozen=True)
class BrownForsythe:
    """A test of equal spread between sets of groups."""

    statistic: float
    df: int
    df_within: int
    p_value: float

    method = "brown_forsythe"

    def tidy(self) -> pd.DataFrame:
        """Return the test as a table of one row."""
        return one_row(self, ("statistic", "df", "p_value", "method"))


@dataclass(frozen=True)
class Exchangeability:
    """How this year's untouched classes compare with the archived years.

    `now` compares their spread with that of all archived years together, and decides; `by_year`
    compares every year with every other, `trend` is the yearly change of the mean gain: both are
    shown only, since gains are compared inside their year.
    """

    now: BrownForsythe
    by_year: BrownForsythe
    trend: float
    years: tuple[YearGains, ...]
    excluded: tuple[str, ...] = ()
    flat: bool = False

    @property
    def untested(self) -> bool:
        """Whether nothing could be asked of this year's untouched classes."""
        return math.isnan(self.now.p_value)

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against the archive; unknown counts as nothing.

        Archived gains without any spread speak against it: nothing could be usual there.
        """
        return not self.flat and not self.now.p_value < SIGNIFICANT

    def tidy(self) -> pd.DataFrame:
        """Return one row per year: how many classes, their mean gain and its spread."""
        import pandas as pd

        columns = ["school_year", "classes", "mean", "spread"]
        return pd.DataFrame(list(self.years), columns=columns)


def exchangeability(
    archive: Mapping[str, Sample], untouched: Sample, *, year: str, excluded: Sequence[str] = ()
) -> Exchangeability:
    """Return whether `untouched`, this year's gains without the programme, spread as the archive.

    Years with one class say nothing about spread and are left out; with fewer than three
    untouched classes, or where all lie equally far from their middle, the answer is unknown (NaN,
    `untested`). `flat` archived years are all of equal gains. `excluded` names classes left out for
    an event.

    >>> found = exchangeability({"2023-24": [0.0, 0.1, 0.5]}, [0.1, 0.2, 0.9], year="2024-25")
    >>> round(found.trend, 6)  # means of .2 and .4, a year apart
    0.2
    >>> round(found.now.statistic, 3)  # from the middle .1 .4 and .1 .7: .0225/((.045 + .18)/2)
    0.2
    """
    kept = {name: ordered(gains) for name, gains in sorted(archive.items()) if len(gains) > 1}
    ours = ordered(untouched)
    everything = dict(kept)
    if ours.size > 1:
        everything[year] = ours
    years = tuple(year_gains(name, gains) for name, gains in sorted(everything.items()))
    enough = ours.size >= FEWEST_CLASSES and bool(kept)
    return Exchangeability(
        now=brown_forsythe([[ours], list(kept.values())] if enough else [], drop_zeros=True),
        by_year=brown_forsythe([[gains] for gains in everything.values()]),
        trend=_trend(years),
        years=years,
        excluded=tuple(excluded),
        flat=bool(kept) and all(np.ptp(gains) <= _ROUNDING for gains in kept.values()),
    )


def untouched_sides(panel: Panel, outcome: Outcome, design: Design) -> Sides:
    """Return the class values of an outcome with the innovative classes taken out first.

    Weights of subjects too are found without them, so that what is concluded from these values is
    the same before and after the result is known. Before the start no control class has a gain:
    then the archive stands alone.
    """
    left = panel.without(design.innovative, design.school_year)
    return sides_of(left, outcome, _with_gains(panel, design))


def _with_gains(panel: Panel, design: Design) -> Design:
    """Return the design with those control classes alone that have gains at all."""
    there = [
        label for label in design.control if class_unit(design.school_year, label) in panel.units
    ]
    return replace(design, innovative=(), control=tuple(there))


def exchangeability_of(sides: Sides, panel: Panel, design: Design) -> Exchangeability:
    """Return the diagnosis for one outcome from its untouched sides, events left out."""
    changed = with_events(panel, design)
    there = _with_gains(panel, design).control
    control = [
        float(gain)
        for label, gain in zip(there, sides.control, strict=False)
        if class_unit(design.school_year, label) not in changed
    ]
    return exchangeability(
        sides.archive,
        [*control, *sides.ordinary],
        year=design.school_year,
        excluded=sides.excluded,
    )


def brown_forsythe(sets: Sequence[Sequence[Sample]], *, drop_zeros: bool = False) -> BrownForsythe:
    """Return the F test of equal mean distances from the median, between sets of groups.

    z = |x − median of its group|; F = (Σ n_j(z̄_j − z̄)²/(k − 1)) / (ΣΣ(z − z̄_j)²/(N − k)) over the
    k sets (Brown & Forsythe 1974; one group a set is R's `car::leveneTest`). With `drop_zeros` the
    middle value of a group of odd size, whose z is nothing by construction, is left out: without
    that, small groups look too much alike (Hines & O'Hara Hines 2000). NaN with fewer than two
    sets, or where every z is the same; where z differs between sets and never inside, p is 0.

    >>> found = brown_forsythe([[[1, 2, 3]], [[0, 2, 4]]])  # z: 1 0 1 and 2 0 2
    >>> found.statistic, found.df, found.df_within  # (2/3 / 1) / ((2/3 + 8/3) / 4)
    (0.8, 1, 4)
    """
    distances = [
        np.concatenate([_distances(group, drop=drop_zeros) for group in groups]) for groups in sets
    ]
    k, count = len(distances), sum(part.size for part in distances)
    df, df_within = k - 1, count - k
    if df < 1 or df_within < 1 or not all(part.size for part in distances):
        return BrownForsythe(math.nan, max(df, 0), max(df_within, 0), math.nan)
    centre = math.fsum(value for part in distances for value in part) / count
    between = math.fsum(part.size * (mean(part) - centre) ** 2 for part in distances) / df
    within = math.fsum(squares(part) for part in distances) / df_within
    largest = max(float(np.abs(ordered(g)).max(initial=0.0)) for groups in sets for g in groups)
    noise = (_ROUNDING * largest) ** 2
    if within <= noise:
        apart = between > noise
        statistic, p_value = (math.inf, 0.0) if apart else (math.nan, math.nan)
        return BrownForsythe(statistic, df, df_within, p_value)
    statistic = round(between / within, 12)
    return BrownForsythe(statistic, df, df_within, float(fdtrc(df, df_within, statistic)))


def _distances(group: Sample, *, drop: bool) -> Floats:
    values = ordered(group)
    if not values.size:
        return values
    middle = float(np.median(values))
    if drop and values.size % 2:
        values = np.delete(values, values.size // 2)
    return np.abs(values - middle)


def _trend(years: Sequence[YearGains]) -> float:
    """Return the least squares slope of yearly mean gains, in marks a year."""
    if len(years) < 2:  # noqa: PLR2004 - a line needs two points
        return math.nan
    places = np.array([int(year.school_year[:4]) for year in years], dtype=np.float64)
    steps = places - mean(places)
    means = np.array([year.mean for year in years])
    return math.fsum(steps * means) / math.fsum(steps**2)
