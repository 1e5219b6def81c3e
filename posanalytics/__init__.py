"""Honest comparison of innovative and control classes, for a school's learning community.

The names below are what a notebook needs; each is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Plan": "plan",
    "Problem": "schema",
    "Study": "study",
    "Workspace": "workspace",
    "appendix_of": "appendix",
    "attendance_figure": "figures",
    "baseline_figure": "figures",
    "blocks": "blocks",
    "briefing": "briefing",
    "categories_figure": "figures",
    "choices_figure": "figures",
    "class_categories": "indicators",
    "class_indicators": "indicators",
    "completeness": "indicators",
    "completeness_figure": "figures",
    "difference_figure": "figures",
    "distribution_figure": "figures",
    "dynamics_figure": "figures",
    "for_whom": "for_whom",
    "mark_shares": "indicators",
    "open_study": "study",
    "open_workspace": "workspace",
    "placebo_figure": "figures",
    "read_gradebook": "gradebook",
    "read_plan": "plan",
    "reserve_figure": "figures",
    "scrutiny": "scrutiny",
    "subjects_figure": "figures",
    "term_means": "indicators",
    "transition_figure": "figures",
    "transitions": "indicators",
}
__all__ = ["__version__", *sorted(_HOMES)]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        message = f"posanalytics has no name “{name}”. It has: {', '.join(sorted(_HOMES))}."
        raise AttributeError(message)
    home = importlib.import_module(f"posanalytics.{_HOMES[name]}")
    return home if _HOMES[name] == name else getattr(home, name)


def __dir__() -> list[str]:
    return __all__
