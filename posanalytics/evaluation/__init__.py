"""How far the difference between innovative and control classes can be believed."""

__all__ = [
    "abilities",
    "archive",
    "attrition",
    "class_gains",
    "compare",
    "design",
    "effect_size",
    "equivalence",
    "estimators",
    "inference",
    "power",
    "sentences",
    "verdict",
]
