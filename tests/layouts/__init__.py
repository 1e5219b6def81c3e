"""Exports of every known system, made here with invented names, and what each of them says.

One module per format, each with its `LAYOUTS`. `tests/exports/test_exports_layouts.py` reads them
all; fuzzing and the hostile set start from the same bytes.
"""

from __future__ import annotations

import importlib
import pkgutil

from layouts.layout import Layout

__all__ = ["Layout", "all_layouts"]


def all_layouts() -> list[Layout]:
    """Return the layouts of every module of this folder."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"layouts.{name}") for name in names]
    return [layout for module in modules for layout in getattr(module, "LAYOUTS", ())]
