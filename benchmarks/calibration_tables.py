"""What `calibration.py` prints and draws: tables for docs/methods.md and the chart beside them."""

from __future__ import annotations

import math
from collections import Counter

CODES = ("A", "B", "C", "D", "E~", "E", "F")
FIRM, CONCLUSIONS = ("A", "E"), ("A", "B", "E", "E~")


def share(found, *codes):
    """Return the percentage of the verdicts named."""
    total = sum(found.values())
    return 100 * sum(found.get(code, 0) for code in codes) / total if total else math.nan


def _doubted(found):
    """Return the percentage of schools whose archive was set aside."""
    return 100 * found["set_aside"] / sum(found["every"].values())


def heading():
    """Return the first two lines of the table of all cells."""
    names = ("world", "effect", "design", "archive", *CODES)
    names += ("A+E", "any", "any if apart", "set aside")
    return "| " + " | ".join(names) + " |\n" + "|---" * len(names) + "|"


def line(found):
    """Return one line of the table of all cells."""
    every, apart = found["every"], found["apart"]
    values = [share(every, code) for code in CODES]
    values += [share(every, *FIRM), share(every, *CONCLUSIONS)]
    return (
        f"| {found['world']} | {found['effect']:+.1f} | {found['design']} | {found['years']} | "
        + " | ".join(f"{value:.1f}" for value in values)
        + f" | {share(apart, *CONCLUSIONS):.1f} ({sum(apart.values())}) | {_doubted(found):.1f} |"
    )


def by_world(cells):
    """Return a table of the worst design of every world when nothing is true."""
    columns = ("world", "A+E at most", "any at most", "any if not F", "any if apart")
    columns += ("archive set aside", "F")
    lines = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    for world in dict.fromkeys(c["world"] for c in cells):
        null = [c for c in cells if c["world"] == world and c["effect"] == 0]
        # One against one without an archive is refused whatever comes out.
        judged = [c for c in null if (c["design"], c["years"]) != ("1 v 1", 0)]
        apart, whole = (_together(judged, name) for name in ("apart", "every"))
        doubted = [_doubted(c) for c in null if c["years"]]
        parts = [
            _worst(null, FIRM),
            _worst(null, CONCLUSIONS),
            f"{share(whole - Counter(F=whole['F']), *CONCLUSIONS):.1f}",
            f"{share(apart, *CONCLUSIONS):.1f}",
            f"{min(doubted):.0f}–{max(doubted):.0f}",
            f"{share(whole, 'F'):.1f}",
        ]
        lines.append(f"| {world} | " + " | ".join(parts) + " |")
    return "\n".join(lines)


def _together(cells, name):
    return sum((Counter(c[name]) for c in cells), Counter())


def _worst(cells, codes):
    value, design, years = max((share(c["every"], *codes), c["design"], c["years"]) for c in cells)
    return f"{value:.1f} ({design}{', archive' if years else ''})"


def by_design(cells, designs, effects):
    """Return a table of the world of class shocks: with two years of archive / without any."""
    shown = {
        (c["design"], c["effect"], c["years"]): c["every"] for c in cells if c["world"] == "shocks"
    }
    columns = {"0: A+E": (0.0, "A", "E"), "0: B+E~": (0.0, "B", "E~"), "0: F": (0.0, "F")}
    for effect in effects[1:]:
        columns |= {f"+{effect}: {code}": (effect, code) for code in ("A", "B")}
    lines = ["| classes | " + " | ".join(columns) + " |", "|---" * (1 + len(columns)) + "|"]
    for design in (f"{innovative} v {control}" for innovative, control in designs):
        values = [
            " / ".join(f"{share(shown[design, effect, years], *codes):.1f}" for years in (2, 0))
            for effect, *codes in columns.values()
        ]
        lines.append(f"| {design} | " + " | ".join(values) + " |")
    return "\n".join(lines)
