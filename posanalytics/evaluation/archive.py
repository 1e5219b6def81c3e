"""The archive placebo: our difference among those between this school's ordinary classes.

The pool holds the gains of the compared classes, of this year's other classes and of the same
terms in earlier years. A draw names g₁ + g₀ classes of the pool as if they were ours; p is the
share of draws whose difference reaches the observed one, the observed draw included. Related:
Conley & Taber 2011 (policies in few groups); residuals are permuted as in Freedman & Lane 1983.

Years differ in their average gain, so every gain is taken minus the mean of all classes of its
year, the innovative ones included: under "no effect" they are like the rest, and leaving them out
would give them a larger spread than the classes they are compared with. Centring shrinks a
difference that crosses years and leaves one inside a year as it is; each draw is therefore
multiplied by √(v₀/v), where v = Σw² − Σ over years (Σw)²/n is the variance that centring leaves to
its weights w, and v₀ = 1/g₁ + 1/g₀ that of the observed draw. So every draw has the variance of
the observed one.

Simulated with year effects twice the class shocks, pools of 14 to 24, 20,000 runs: p < .05 in 3.1
to 5.3 % (1v1, 1v3, 2v4, 3v3). Without the innovative classes in the pool: 6.5 to 8.6 %; with the
plain factor √(n/(n − 1)) on every gain 1.8 to 4.6 % and less power. Skewed shocks, 3,000 runs a
cell: at most 6.4 %, except 1v1 with six classes a year (7.3 %).
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.random import PCG64
from scipy.special import ndtri

from posanalytics.evaluation.effect_size import mean, one_row, ordered, squares
from posanalytics.evaluation.inference import (
    RANDOM_DRAWS,
    SEED,
    SIGNIFICANT,
    TIE,
    inverted,
    shuffled,
    tie,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from posanalytics.evaluation.effect_size import Sample

MOST_DRAWS = 200_000
FEWEST_GAINS = 8
_SIMULATED = 400
_SIMULATED_DRAWS = 1_999


class EmptyArm(ValueError):
    """A group without classes: there is no difference to place among others."""


class YearGains(NamedTuple):
    """What the class gains of one archived year were like: a year apart shows here."""

    school_year: str
    classes: int
    mean: float
    spread: float


@dataclass(frozen=True)
class Placebo:
    """Where the observed difference stands among differences between ordinary classes.

    `drawn` are the differences of all draws, of which p counts `reached`; `differences` are those
    of the draws without an innovative class.
    """

    p_value: float
    smallest_p: float
    conf_low: float
    conf_high: float
    pool: int
    archived: int
    draws: int
    exact: bool
    usable: bool
    observed: float
    differences: NDArray[np.float64]
    drawn: NDArray[np.float64]
    reached: int
    spread: float
    df: int
    years: tuple[YearGains, ...]
    tie: float = field(default=TIE, repr=False)

    method = "archive_placebo"

    @property
    def smaller(self) -> int:
        """How many differences between ordinary classes are smaller than the observed one."""
        return int(np.count_nonzero(np.abs(self.differences) < abs(self.observed) - self.tie))

    def tidy(self) -> pd.DataFrame:
        """Return the test as a table of one row."""
        return one_row(self, ("p_value", "smallest_p", "conf_low", "conf_high", "method"))


class Shape(NamedTuple):
    """How many classes stand where; all that a design knows before any result."""

    innovative: int
    control: int
    ordinary: int
    years: tuple[int, ...]

    @property
    def strata(self) -> tuple[int, ...]:
        """Classes of the compared year, then of each archived year."""
        return (self.innovative + self.control + self.ordinary, *self.years)

    @property
    def pool(self) -> int:
        """All classes that may be drawn."""
        return sum(self.strata)


class _Draws(NamedTuple):
    weights: NDArray[np.float64]
    slope: NDArray[np.float64]
    ordinary: NDArray[np.bool_]
    exact: bool


def placebo(  # noqa: PLR0913 - the options of one test, all named
    innovative: Sample,
    control: Sample,
    archive: Mapping[str, Sample],
    *,
    ordinary: Sample = (),
    confidence: float = 0.95,
    most: int = MOST_DRAWS,
    draws: int = RANDOM_DRAWS,
    seed: int = SEED,
) -> Placebo:
    """Return the share of draws from the pool that differ at least as much as our classes.

    `archive` holds the class gains of earlier years by year, `ordinary` those of this year's other
    classes. All draws are listed up to `most`, else a seeded sample with p = (b + 1)/(B + 1). The
    interval holds every effect that the same test would not reject (p ≥ 1 − confidence). With a
    gain that is NaN p and interval are NaN, and the archive may not decide.

    Raises EmptyArm where one of the two groups has no class.

    >>> found = placebo([0.9], [0.0], {"2024-25": [0.1, 0.3, 0.2]})  # .9 and its mirror image
    >>> found.p_value, found.draws  # of 5 · 4 ordered pairs
    (0.1, 20)
    """
    kept = {year: ordered(gains) for year, gains in sorted(archive.items()) if len(gains) > 1}
    now = [ordered(innovative), ordered(control), ordered(ordinary)]
    sizes = tuple(len(gains) for gains in kept.values())
    shape = Shape(len(now[0]), len(now[1]), len(now[2]), sizes)
    observed = mean(now[0]) - mean(now[1])
    drawn = _draws(shape, most, draws, seed)
    gains = np.concatenate([*now, *kept.values()])
    known = bool(np.isfinite(gains).all())
    values = drawn.weights @ _centred(gains, shape.strata)
    spread, df = _spread(now, list(kept.values()))
    low = high = math.nan
    if known:
        low, high = inverted(values, drawn.slope, observed, 1 - confidence, exact=drawn.exact)
    return Placebo(
        p_value=_p_value(values, drawn, observed, tie(gains)),
        smallest_p=smallest_p(shape, most=most, draws=draws),
        conf_low=low,
        conf_high=high,
        pool=shape.pool,
        archived=sum(shape.years),
        draws=len(values),
        exact=drawn.exact,
        usable=known and usable(shape),
        observed=observed,
        differences=np.sort(values[drawn.ordinary]),
        drawn=np.sort(values),
        reached=int(np.count_nonzero(_reaches(values, drawn, observed, tie(gains)))),
        spread=spread,
        df=df,
        years=tuple(year_gains(year, gains) for year, gains in kept.items()),
        tie=tie(gains),
    )


def placebo_p(
    innovative: Sample, control: Sample, archive: Mapping[str, Sample], *, ordinary: Sample = ()
) -> float:
    """Return the p of `placebo` alone, without its interval: for many variants of one outcome."""
    kept = [ordered(gains) for _, gains in sorted(archive.items()) if len(gains) > 1]
    now = [ordered(innovative), ordered(control), ordered(ordinary)]
    shape = Shape(len(now[0]), len(now[1]), len(now[2]), tuple(len(gains) for gains in kept))
    drawn = _draws(shape, MOST_DRAWS, RANDOM_DRAWS, SEED)
    gains = np.concatenate([*now, *kept])
    values = drawn.weights @ _centred(gains, shape.strata)
    return _p_value(values, drawn, mean(now[0]) - mean(now[1]), tie(gains))


def smallest_p(shape: Shape, *, most: int = MOST_DRAWS, draws: int = RANDOM_DRAWS) -> float:
    """Return the smallest p that this test can give, however large the effect.

    Besides the observed draw (and its mirror image in arms of one size) every draw that an effect
    moves more than the observed one counts: it is the effect itself that makes it large.

    >>> smallest_p(Shape(1, 1, 0, (5,)))  # 1/C(7, 2)
    0.047619047619047616
    """
    drawn = _draws(shape, most, draws, SEED)
    always = int(np.count_nonzero(np.abs(drawn.slope) > 1 + TIE))
    if not drawn.exact:
        return (always + 1) / (drawn.slope.size + 1)
    return min(1.0, (always + 1 + (shape.innovative == shape.control)) / drawn.slope.size)


def usable(shape: Shape) -> bool:
    """Return whether the archive may decide: known from the numbers of classes alone.

    It needs eight archived gains, a smallest p of at most .05, and a design in which some effect,
    however large, is noticed four times in five.
    """
    return (
        sum(shape.years) >= FEWEST_GAINS
        and min(shape.innovative, shape.control) > 0
        and smallest_p(shape) <= SIGNIFICANT
        and math.isfinite(detectable_factor(shape))
    )


@functools.lru_cache(maxsize=64)
def detectable_factor(shape: Shape, *, power: float = 0.80, confidence: float = 0.95) -> float:
    """Return the effect, in standard deviations of class gains, that the test mostly notices.

    400 made-up schools of this shape without any effect; an effect δ moves the whole interval by δ,
    so it is noticed when δ exceeds minus the lower end. Infinite when no effect is noticed.
    """
    drawn = _draws(shape, _SIMULATED_DRAWS, _SIMULATED_DRAWS, SEED)
    words = np.asarray(PCG64(SEED).random_raw(_SIMULATED * shape.pool))
    uniform = (words.astype(np.float64) + 0.5) / 2.0**64
    schools = ndtri(uniform).reshape(_SIMULATED, shape.pool)
    lows = [_made_up_low(school, shape, drawn, 1 - confidence) for school in schools]
    return float(-np.sort(lows)[::-1][math.ceil(power * _SIMULATED) - 1])


def _made_up_low(school: NDArray[np.float64], shape: Shape, drawn: _Draws, alpha: float) -> float:
    g1, both = shape.innovative, shape.innovative + shape.control
    observed = float(school[:g1].mean() - school[g1:both].mean())
    values = drawn.weights @ _centred(school, shape.strata)
    return inverted(values, drawn.slope, observed, alpha, exact=drawn.exact)[0]


def _ways(shape: Shape) -> int:
    named = shape.innovative + shape.control
    return math.comb(shape.pool, named) * math.comb(named, shape.innovative)


@functools.lru_cache(maxsize=4)
def _draws(shape: Shape, most: int, draws: int, seed: int) -> _Draws:
    """Return the weights of every draw, scaled to one variance, and what an effect does to it."""
    if not min(shape.innovative, shape.control):
        raise EmptyArm(
            f"{shape.innovative} innovative and {shape.control} control classes: a group without "
            "classes differs from nothing. Put classes into both groups."
        )
    exact = _ways(shape) <= most
    places = _all_places(shape) if exact else shuffled(draws, shape.pool, seed)
    weights = _weights(places, shape)
    left = _variance_left(weights, shape.strata)
    known = left > TIE
    weights = weights[known]
    ours = 1 / shape.innovative + 1 / shape.control
    weights *= np.sqrt(ours / left[known])[:, None]
    treated = np.zeros(shape.pool)
    treated[: shape.innovative] = 1.0
    ordinary = np.asarray(~weights[:, : shape.innovative].any(axis=1))
    return _Draws(weights, weights @ _centred(treated, shape.strata), ordinary, exact)


def _all_places(shape: Shape) -> NDArray[np.int64]:
    """Return every choice of g₁ + g₀ classes in every split into two arms."""
    named = shape.innovative + shape.control
    chosen = np.array(list(itertools.combinations(range(shape.pool), named)))
    splits = [
        (*first, *(place for place in range(named) if place not in first))
        for first in itertools.combinations(range(named), shape.innovative)
    ]
    return chosen[:, np.array(splits)].reshape(-1, named)


def _weights(places: NDArray[np.int64], shape: Shape) -> NDArray[np.float64]:
    g1, both = shape.innovative, shape.innovative + shape.control
    weights = np.zeros((len(places), shape.pool))
    rows = np.arange(len(places))[:, None]
    weights[rows, places[:, :g1]] = 1 / g1
    weights[rows, places[:, g1:both]] = -1 / shape.control
    return weights


def _variance_left(weights: NDArray[np.float64], strata: Sequence[int]) -> NDArray[np.float64]:
    left: NDArray[np.float64] = (weights**2).sum(axis=1)
    for start, size in _blocks(strata):
        left -= weights[:, start : start + size].sum(axis=1) ** 2 / size
    return left


def _centred(gains: NDArray[np.float64], strata: Sequence[int]) -> NDArray[np.float64]:
    parts = [gains[start : start + size] for start, size in _blocks(strata)]
    return np.concatenate([part - mean(part) for part in parts])


def _blocks(strata: Sequence[int]) -> list[tuple[int, int]]:
    return list(zip(itertools.accumulate(strata, initial=0), strata, strict=False))


def _spread(now: list[NDArray[np.float64]], years: list[NDArray[np.float64]]) -> tuple[float, int]:
    """Return the standard deviation of class gains inside years, an effect taken out."""
    groups = [now[0], np.concatenate(now[1:]), *years]
    df = sum(max(0, group.size - 1) for group in groups)
    total = math.fsum(squares(group) for group in groups if group.size)
    return (math.sqrt(total / df) if df else math.nan), df


def _reaches(
    values: NDArray[np.float64], drawn: _Draws, observed: float, slack: float
) -> NDArray[np.bool_]:
    # A draw that an effect moves more than the observed one cannot speak against it.
    return (np.abs(values) >= abs(observed) - slack) | (np.abs(drawn.slope) > 1 + TIE)


def _p_value(values: NDArray[np.float64], drawn: _Draws, observed: float, slack: float) -> float:
    # A comparison with NaN is false: it would count as a draw that does not reach.
    if not (math.isfinite(observed) and np.isfinite(values).all()):
        return math.nan
    return _share(_reaches(values, drawn, observed, slack), exact=drawn.exact)


def _share(reached: NDArray[np.bool_], *, exact: bool) -> float:
    count = int(np.count_nonzero(reached))
    return count / reached.size if exact else (count + 1) / (reached.size + 1)


def year_gains(year: str, gains: NDArray[np.float64]) -> YearGains:
    """Return what the class gains of one year were like; two classes at least."""
    spread = math.sqrt(squares(gains) / (gains.size - 1))
    return YearGains(year, int(gains.size), mean(gains), spread)
