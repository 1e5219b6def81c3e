"""Read mutants of every known export in workers and say what came of them.

    python tests/hostile/fuzz.py --rounds 200 [--minutes 10] [--seed N] [--family bent]

One round is one mutant per export and family. The tests run a few rounds; this runs any number,
or as many as there is time for.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, get_args

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from layouts import all_layouts
from layouts.layout import Layout

from hostile.mutations import Case, Family, Judged, judged
from posanalytics.gradebook import Hints, guard
from posanalytics.workers import Pool

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BAD = ("wrong", "unexplained", "lost")
# The library that reads .xls may end a process on damaged bytes; nothing else may.
_BIFF = b"\xd0\xcf\x11\xe0"


def originals() -> list[Layout]:
    """Return the exports that mutants are made of: all layouts, one demo export per kind."""
    from posanalytics.demo.exports import exports
    from posanalytics.demo.school import simulate

    kinds: dict[tuple[str, bytes], Layout] = {}
    for name, data in exports(simulate()):
        file = name.rpartition("/")[2]
        hints = Hints(school_year=name.split("/")[0])
        layout = Layout(title=name, file=file, data=data, format="", hints=hints)
        kinds.setdefault((file[:6], data[:4]), layout)
    return [*all_layouts(), *kinds.values()]


def cases(
    layouts: Sequence[Layout], *, rounds: int, seed: int, families: Sequence[Family]
) -> Iterator[Case]:
    """Yield the mutants of a run; the same seed gives the same ones."""
    for turn in range(rounds):
        for number, layout in enumerate(layouts):
            for family in families:
                own = seed + turn * 1_000_000 + number
                yield Case(layout.data, layout.file, layout.hints, family, own)


def run(found: Sequence[Case], *, workers: int = 2) -> Iterator[tuple[Case, Judged]]:
    """Yield every mutant with its verdict; a lost worker is a bad one, but for mutants of .xls."""
    with Pool(judged, found, workers=workers, limits=guard.LIMITS) as pool:
        for number, state, value in pool.answers():
            case = found[number]
            if state != "done":
                verdict = "explained" if case.data.startswith(_BIFF) else "lost"
                yield case, Judged(verdict, f"{state}: {case.file}, seed {case.seed}")
            elif value:
                yield case, value


def main() -> int:
    """Run the rounds and print how many mutants came to what; return 1 where one was misread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--family", choices=get_args(Family), action="append")
    given = parser.parse_args()
    families = given.family or get_args(Family)
    begun, counts, bad, lost = time.monotonic(), Counter(), {}, Counter()
    layouts = originals()
    for turn in range(given.rounds):
        if time.monotonic() - begun > 60 * given.minutes:
            break
        todo = list(cases(layouts, rounds=1, seed=given.seed + 10_000 * turn, families=families))
        for case, (verdict, how, detail) in run(todo):
            counts[case.family, verdict] += 1
            if verdict in BAD:
                key = f"{how.partition(', seed')[0]}: {detail}"
                bad.setdefault(key[:100], f"{how}: {detail}")
            if how.startswith(("died", "too_", "not_")):
                lost[how.partition(":")[0]] += 1
    for key, number in sorted(counts.items()):
        print(f"{key[0]:10} {key[1]:12} {number}")  # noqa: T201
    print(f"lost workers {dict(lost)}, {time.monotonic() - begun:.0f} s")  # noqa: T201
    for line in bad.values():
        print("MISREAD", line[:400])  # noqa: T201
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
