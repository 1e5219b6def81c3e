"""One function per figure: numbers in, a plotly figure out."""

from posanalytics.figures.attendance import attendance_figure
from posanalytics.figures.baseline import baseline_figure
from posanalytics.figures.categories import categories_figure
from posanalytics.figures.choices import choices_figure
from posanalytics.figures.completeness import completeness_figure
from posanalytics.figures.difference import difference_figure
from posanalytics.figures.distribution import distribution_figure
from posanalytics.figures.dynamics import dynamics_figure
from posanalytics.figures.placebo import placebo_figure
from posanalytics.figures.reserve import reserve_figure
from posanalytics.figures.subjects import subjects_figure
from posanalytics.figures.transitions import transition_figure

__all__ = [
    "attendance_figure",
    "baseline_figure",
    "categories_figure",
    "choices_figure",
    "completeness_figure",
    "difference_figure",
    "distribution_figure",
    "dynamics_figure",
    "placebo_figure",
    "reserve_figure",
    "subjects_figure",
    "transition_figure",
]
