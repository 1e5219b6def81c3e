"""How far the difference between innovative and control classes can be believed."""

__all__ = [
    "archive",
    "attrition",
    "compare",
    "design",
    "effect_size",
    "equivalence",
    "estimators",
    "inference",
    "power",
    "verdict",
]
