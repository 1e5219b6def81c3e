"""How big a difference is when pupils come in classes: standardised, with an honest interval.

Two answers, because there are two spreads: between pupils of one class (within) and between all
pupils (total). Formulas of Hedges 2007 with classes of unequal size, as eefAnalytics codes them,
and the corrections of the What Works Clearinghouse for studies that forgot the classes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtri, stdtr

from posanalytics.evaluation.effect_size import EffectSize, one_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

# What WWC imputes where nobody measured it: tests of achievement, and anything else.
ICC_ACHIEVEMENT = 0.20
ICC_OTHER = 0.10


class Spreads(NamedTuple):
    """Variances between classes and inside them, such as a mixed model gives."""

    between: float
    inside: float

    @property
    def icc(self) -> float:
        """Return the share that lies between classes."""
        total = self.between + self.inside
        return self.between / total if total > 0 else math.nan


@dataclass(frozen=True)
class ClusterEffect:
    """The difference in standard deviations inside classes and over all pupils."""

    within: EffectSize
    total: EffectSize
    icc: float

    def tidy(self) -> pd.DataFrame:
        """Return a row for each of the two."""
        import pandas as pd

        return pd.concat([self.within.tidy(), self.total.tidy()], ignore_index=True)


def cluster_effect(
    difference: float,
    spreads: Spreads,
    sizes: tuple[Sequence[int], Sequence[int]],
    *,
    confidence: float = 0.95,
) -> ClusterEffect:
    """Return d_W = b/s_W and d_T = (b/s_T)·√(1 − ρ·c), Hedges 2007 with unequal classes.

    `sizes` holds the pupils of every innovative class and of every control class.
    Var(d_W) = (N₁ + N₀)/(N₁N₀)·(1 + (ñ − 1)ρ)/(1 − ρ) + d_W²/(2(N − M)); Var(d_T) is equation 19
    of the paper. With one class in an arm d_T is not defined: its ν divides by the classes less
    one. NaN then, and without any spread.

    >>> found = cluster_effect(2.0, Spreads(0.0, 4.0), ([10, 10], [10, 10]))
    >>> found.within.estimate  # without a spread between classes 2/√4
    1.0
    """
    rho = spreads.icc
    arms = [np.sort(np.asarray(arm, dtype=np.float64)) for arm in sizes]
    n1, n0 = (float(arm.sum()) for arm in arms)
    pupils, classes = n1 + n0, sum(arm.size for arm in arms)
    if not spreads.inside > 0 or not min(n1, n0):
        nothing = EffectSize(math.nan, math.nan, math.nan, math.nan, "cluster_within")
        return ClusterEffect(nothing, nothing, rho)
    typical = (n0 * _squares(arms[0]) / n1 + n1 * _squares(arms[1]) / n0) / pupils
    pairs = (n1 + n0) / (n1 * n0)
    within = difference / math.sqrt(spreads.inside)
    within_variance = pairs * (1 + (typical - 1) * rho) / (1 - rho)
    within_variance += within**2 / (2 * (pupils - classes)) if pupils > classes else math.nan
    total, total_variance = _total(difference, spreads, arms, pairs * (1 + (typical - 1) * rho))
    return ClusterEffect(
        _with_interval(within, within_variance, confidence, "cluster_within"),
        _with_interval(total, total_variance, confidence, "cluster_total"),
        rho,
    )


def _squares(sizes: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    return float((sizes**2).sum())


def _total(
    difference: float,
    spreads: Spreads,
    arms: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]],
    sampling: float,
) -> tuple[float, float]:
    """Return d_T and its variance."""
    if min(arm.size for arm in arms) < 2:  # noqa: PLR2004 - ν needs two classes
        return math.nan, math.nan
    rho, pupils = spreads.icc, float(sum(arm.sum() for arm in arms))
    df = pupils - 2
    nu = [(arm.sum() ** 2 - _squares(arm)) / (arm.sum() * (arm.size - 1)) for arm in arms]
    spent = sum(float(n) * arm.size for n, arm in zip(nu, arms, strict=True))
    shrunk = 1 - rho * ((pupils - spent) + float(sum(nu)) - 2) / df
    effect = difference / math.sqrt(spreads.between + spreads.inside) * math.sqrt(shrunk)
    a = sum(
        (arm.sum() ** 2 * _squares(arm) + _squares(arm) ** 2 - 2 * arm.sum() * (arm**3).sum())
        / arm.sum() ** 2
        for arm in arms
    )
    b = sum(float(n) * (arm.size - 1) for n, arm in zip(nu, arms, strict=True))
    spread = df * (1 - rho) ** 2 + float(a) * rho**2 + 2 * b * rho * (1 - rho)
    return effect, sampling + effect**2 * spread / (2 * df * (df - rho * (df - b)))


def _with_interval(effect: float, variance: float, confidence: float, method: str) -> EffectSize:
    error = math.sqrt(variance) if variance > 0 else math.nan
    reach = float(ndtri(0.5 + confidence / 2)) * error
    return EffectSize(effect, error, effect - reach, effect + reach, method)


# --- corrections of the What Works Clearinghouse -------------------------------------------


@dataclass(frozen=True)
class Corrected:
    """A t that was computed without classes, corrected for them."""

    statistic: float
    df: float
    p_value: float

    method = "wwc_clustering"

    def tidy(self) -> pd.DataFrame:
        """Return the corrected test as a table of one row."""
        return one_row(self, ("statistic", "df", "p_value", "method"))


def df_clustered(pupils: float, class_size: float, *, icc: float = ICC_ACHIEVEMENT) -> float:
    """Return h, the degrees of freedom of pupils in classes (Hedges 2007; WWC 5.0, E.21).

    h = ((N − 2) − 2(n − 1)ρ)²/((N − 2)(1 − ρ)² + n(N − 2n)ρ² + 2(N − 2n)ρ(1 − ρ)). It does not
    refuse: one class against one of 25 gives 48, so the number of classes must be judged apart.

    >>> round(df_clustered(100, 5, icc=0.1), 1)
    94.4
    """
    n = class_size
    below = (
        (pupils - 2) * (1 - icc) ** 2
        + n * (pupils - 2 * n) * icc**2
        + 2 * (pupils - 2 * n) * icc * (1 - icc)
    )
    return ((pupils - 2) - 2 * (n - 1) * icc) ** 2 / below


def df_pustejovsky(pupils: float, class_size: float, *, icc: float = ICC_ACHIEVEMENT) -> float:
    """Return υ = n²M(M − 2)/(M((n − 1)ρ + 1)² + (M − 2)(n − 1)(1 − ρ)²) (Pustejovsky 2016).

    >>> round(df_pustejovsky(100, 5, icc=0.1), 2)
    92.29
    """
    n, classes = class_size, pupils / class_size
    below = classes * ((n - 1) * icc + 1) ** 2 + (classes - 2) * (n - 1) * (1 - icc) ** 2
    return n**2 * classes * (classes - 2) / below


def clustering_corrected(
    statistic: float, pupils: float, class_size: float, *, icc: float = ICC_ACHIEVEMENT
) -> Corrected:
    """Return t·√(((N − 2) − 2(n − 1)ρ)/((N − 2)(1 + (n − 1)ρ))) with h degrees of freedom.

    WWC 4.1, appendix E: for a t that took pupils for independent. A sensitivity line only: the
    share between classes is imputed, not measured.

    >>> found = clustering_corrected(2.0, 100, 5, icc=0.1)
    >>> round(found.statistic, 3), round(found.df, 1)  # 2·√(97.2/137.2)
    (1.683, 94.4)
    """
    n = class_size
    factor = ((pupils - 2) - 2 * (n - 1) * icc) / ((pupils - 2) * (1 + (n - 1) * icc))
    corrected, df = statistic * math.sqrt(factor), df_clustered(pupils, n, icc=icc)
    return Corrected(corrected, df, min(1.0, 2 * float(stdtr(df, -abs(corrected)))))


@dataclass(frozen=True)
class OneArm:
    """A comparison whose innovative pupils sit in classes and whose control pupils do not.

    `pupils` in both arms, `unclustered` of them in the arm without classes (Hedges & Citkowicz
    2015).
    """

    pupils: float
    unclustered: float
    class_size: float
    icc: float = ICC_ACHIEVEMENT

    method = "one_arm_clustering"

    def tidy(self) -> pd.DataFrame:
        """Return what classes in one arm change, as a table of one row."""
        return one_row(self, ("pupils", "icc", "inflation", "shrinkage", "df", "method"))

    @property
    def inflation(self) -> float:
        """Return η = 1 + (n·N₀/N − 1)ρ, by which classes inflate the sampling variance."""
        return 1 + (self.class_size * self.unclustered / self.pupils - 1) * self.icc

    @property
    def shrinkage(self) -> float:
        """Return √γ, γ = 1 − (N₀ + n − 2)ρ/(N − 2), the factor of the standardised difference."""
        lost = (self.unclustered + self.class_size - 2) * self.icc / (self.pupils - 2)
        return math.sqrt(1 - lost)

    @property
    def df(self) -> float:
        """Return h of a comparison with classes in one arm."""
        more = self.pupils - self.unclustered - self.class_size
        above = ((self.pupils - 2) * (1 - self.icc) + more * self.icc) ** 2
        below = (
            (self.pupils - 2) * (1 - self.icc) ** 2
            + more * self.class_size * self.icc**2
            + 2 * more * (1 - self.icc) * self.icc
        )
        return above / below

    def variance(self, effect: float, *, r2: float = 0.0, covariates: int = 0) -> float:
        """Return (1/N₁ + 1/N₀)·η·(1 − R²) + g²/(2(h − q)) of an effect adjusted by q covariates."""
        pairs = 1 / (self.pupils - self.unclustered) + 1 / self.unclustered
        return pairs * self.inflation * (1 - r2) + effect**2 / (2 * (self.df - covariates))
