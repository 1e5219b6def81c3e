"""A made-up school with a known true effect, simulated and exported in the real formats."""

from posanalytics.demo.folder import write_demo
from posanalytics.demo.school import DEFAULT_EFFECT, DEFAULT_SEED, School, Truth, simulate

__all__ = ["DEFAULT_EFFECT", "DEFAULT_SEED", "School", "Truth", "simulate", "write_demo"]
