"""Make the school that R and posanalytics both judge: `python school.py` writes school.csv.

Two parallels of five classes, 12 to 19 pupils, four terms, three subjects; five classes are
innovative from term 3 on. Marks are 2 to 5. Everything comes from raw PCG64 words, so the file is
the same on every machine.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.random import PCG64
from scipy.special import ndtri

SEED = 20_251_104
INNOVATIVE = ("5A", "5C", "6B", "6D", "6E")
SUBJECTS = ("algebra", "history", "physics")
TERMS = 4
START = 3
EFFECT = 0.3


def normal(source: PCG64, *shape: int) -> np.ndarray:
    """Return standard normal numbers from raw words: PCG64's stream is fixed for ever."""
    words = np.asarray(source.random_raw(int(np.prod(shape))))
    return ndtri((words.astype(np.float64) + 0.5) / 2.0**64).reshape(shape)


def rows() -> list[tuple[str, str, int, str, int, int]]:
    """Return pupil, class, innovative, subject, term and mark of every mark."""
    source = PCG64(SEED)
    found = []
    for place, label in enumerate(f"{grade}{letter}" for grade in "56" for letter in "ABCDE"):
        new = int(label in INNOVATIVE)
        size = 12 + (3 * place) % 8
        level = 3.6 + 0.2 * normal(source, 1)[0]
        drift = 0.15 * normal(source, TERMS)
        pupils = 0.6 * normal(source, size)
        work = 0.5 * normal(source, size, len(SUBJECTS), TERMS)
        for p in range(size):
            for s, subject in enumerate(SUBJECTS):
                for t in range(TERMS):
                    risen = EFFECT * new * (t + 1 >= START)
                    value = level + pupils[p] + drift[t] + risen + work[p, s, t]
                    mark = int(np.clip(np.rint(value), 2, 5))
                    found.append((f"{label}-{p + 1:02}", label, new, subject, t + 1, mark))
    return found


def main() -> None:
    """Write the file beside this script."""
    path = Path(__file__).with_name("school.csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("pupil", "class_label", "innovative", "subject", "term", "mark"))
        table.writerows(rows())


if __name__ == "__main__":
    main()
