"""The chart of `calibration.py` as SVG: false conclusions, then verdicts by world and by design."""

from __future__ import annotations

from html import escape

from calibration_tables import CODES, CONCLUSIONS, FIRM, share
from made_up_schools import HOLDING, WORLDS

NOTES = {
    "none": "only pupils differ",
    "shocks": "class shocks of 0.15 mark",
    "lone": "all other classes joined",
    "imbalance": "innovative begin lower",
    "parallels": "parallels differ in gain",
    "unequal": "innovative vary threefold",
    "drift": "this year twice as wild",
    "lone-drift": "drift, nobody to see it by",
    "selected": "the weakest were chosen",
}
MEANINGS = {
    "A": "A grew more", "B": "B more, few data", "C": "C the same", "D": "D cannot be told",
    "E~": "E~ less, caution", "E": "E grew less", "F": "F no conclusion",
}  # fmt: skip
COLOURS = {
    "A": "#0b6b6b", "B": "#86c0bb", "C": "#5f84ad", "D": "#e9ecee", "E~": "#ecc39a",
    "E": "#b4621a", "F": "#a7afb5",
}  # fmt: skip
DARK = ("A", "C", "E")
INK, MUTED, RULE, FALSE = "#1c2226", "#5b656d", "#dfe3e6", "#8c3f5d"
WIDTH, EDGE, LEFT, GAP = 860, 20, 258, 16
DOTS_ROW, BAR_ROW, BAR, GROUP = 30, 22, 16, 28
TICKS, ALLOWED, LEAST_WRITTEN = (0, 10, 20, 30), 5, 9
SHOWN = ("2 v 4", 2)


def chart(cells, effects):
    """Return the chart of all cells."""
    found = {(c["world"], c["design"], c["years"], c["effect"]): c["every"] for c in cells}
    worlds = [w for w in WORLDS if any(c["world"] == w for c in cells)]
    groups = {
        "Assumptions hold": [w for w in worlds if w in HOLDING],
        "One assumption is broken": [w for w in worlds if w not in HOLDING],
    }
    by_world = {
        group: [(w, NOTES[w], [found[w, *SHOWN, e] for e in effects]) for w in names]
        for group, names in groups.items()
    }
    designs = list(dict.fromkeys(c["design"] for c in cells))
    by_design = {
        group: [
            (f"{d} classes", "", [found["shocks", d, years, e] for e in effects]) for d in designs
        ]
        for group, years in (("Two years of archive", 2), ("No archive", 0))
    }
    parts = [_text(EDGE, 36, "How often each verdict comes up", size=20, weight=600)]
    y = _false_conclusions(parts, cells, groups, 68)
    y = _legend(parts, y + 34)
    y = _bars(parts, "Every world: 2 v 4 classes, two years of archive", by_world, effects, y + 34)
    y = _bars(parts, "Every design: class shocks of 0.15 mark", by_design, effects, y + 44)
    return _svg(parts, y + 18)


def _svg(parts, height):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="system-ui, -apple-system, \'Segoe UI\', sans-serif" fill="{INK}" role="img" '
        'aria-label="Share of each verdict by world, design and true effect">\n'
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


# --- dots: conclusions where nothing is true -------------------------------------------------


def _false_conclusions(parts, cells, groups, y):
    """Draw a dot per design, firm conclusions above all conclusions; return where it ends."""
    parts.append(_text(EDGE, y, "Nothing is true: conclusions all the same", size=15, weight=600))
    parts += _key(y + 24)
    top = y = y + 52
    rows = []
    for group, worlds in groups.items():
        rows.append(_text(EDGE, y + 12, group, fill=MUTED))
        y += GROUP - 6
        for world in worlds:
            null = [c["every"] for c in cells if (c["world"], c["effect"]) == (world, 0)]
            rows += [*_label(world, NOTES[world], y + 17), *_dots(null, y)]
            y += DOTS_ROW
        y += 8
    parts += _scale(top, y - 4) + rows
    return y + 12


def _key(y):
    worst = "a dot per design, 18 in all; the worst is written out"
    return [
        _dot(EDGE + 5, y - 4), _text(EDGE + 16, y, "A or E, said firmly"),
        _dot(EDGE + 150, y - 4, full=False),
        _text(EDGE + 161, y, "any conclusion, B and E~ as well"),
        _text(WIDTH - EDGE, y, worst, fill=MUTED, anchor="end"),
    ]  # fmt: skip


def _dots(null, y):
    parts = []
    for codes, at in ((FIRM, y + 7), (CONCLUSIONS, y + 20)):
        values = sorted(share(found, *codes) for found in null)
        parts += [_dot(_along(value), at, full=codes == FIRM) for value in values]
        parts.append(
            _text(_along(values[-1]) + 8, at + 4, f"{values[-1]:.1f}", size=11, fill=FALSE)
        )
    return parts


def _scale(top, bottom):
    """Draw the axis and what a test at 5 % may cost."""
    parts = []
    for tick in TICKS:
        parts += [
            _line(_along(tick), top, bottom, RULE),
            _text(_along(tick), top - 6, f"{tick} %", fill=MUTED, anchor="middle"),
        ]
    at = _along(ALLOWED)
    return [
        *parts,
        _line(at, top, bottom, INK, dash="3 3"),
        _text(at, top - 6, f"{ALLOWED} %", anchor="middle", weight=600),
    ]


def _along(percent):
    return LEFT + 6 + percent * (WIDTH - LEFT - EDGE - 30) / 34


# --- bars: shares of verdicts ----------------------------------------------------------------


def _legend(parts, y):
    """Draw what the colours of bars mean; return where it ends."""
    x = EDGE
    for code in CODES:
        parts += [_box(x, y - 11, 12, 12, COLOURS[code]), _text(x + 18, y, MEANINGS[code])]
        x += 30 + 6.4 * len(MEANINGS[code])
    return y


def _bars(parts, title, groups, effects, y):
    """Draw a bar per row and effect under headings; return where it ends."""
    parts.append(_text(EDGE, y, title, size=15, weight=600))
    width = (WIDTH - LEFT - EDGE - GAP * (len(effects) - 1)) / len(effects)
    columns = [LEFT + i * (width + GAP) for i in range(len(effects))]
    for x, effect in zip(columns, effects, strict=True):
        words = f"+{effect} of a mark is true" if effect else "nothing is true"
        parts.append(_text(x, y + 30, words, weight=600))
    y += 18
    for group, rows in groups.items():
        parts.append(_text(EDGE, y + 12, group, fill=MUTED))
        y += GROUP - 6
        for name, note, found in rows:
            parts += _label(name, note, y + 12)
            for x, verdicts in zip(columns, found, strict=True):
                parts += _bar(x, y, width, verdicts)
            y += BAR_ROW
        y += 8
    return y - 8


def _bar(x, y, width, found):
    parts = []
    for code in CODES:
        percent = share(found, code)
        long = width * percent / 100
        if percent:
            parts.append(_box(x, y, long, BAR, COLOURS[code]))
        if percent >= LEAST_WRITTEN and code != "D":
            fill = "#ffffff" if code in DARK else INK
            parts.append(
                _text(x + long / 2, y + 12, f"{percent:.0f}", size=11, fill=fill, anchor="middle")
            )
        x += long
    return parts


def _label(name, note, y):
    return [
        _text(EDGE, y, name),
        *([_text(EDGE + 68, y, note, size=11, fill=MUTED)] if note else []),
    ]


# --- marks on paper --------------------------------------------------------------------------


def _text(  # noqa: PLR0913 - a place, words, and how they look
    x, y, words, *, size=12, fill=INK, weight=400, anchor="start"
):
    halo = 'stroke="#ffffff" stroke-width="3" paint-order="stroke" ' if fill == FALSE else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{fill}" '
        f'{halo}text-anchor="{anchor}">{escape(words)}</text>'
    )


def _box(x, y, width, height, fill):
    return f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}" fill="{fill}"/>'


def _dot(x, y, *, full=True):
    fill = f'fill="{FALSE}" fill-opacity=".7"' if full else f'fill="none" stroke="{FALSE}"'
    return f'<circle cx="{x:.1f}" cy="{y}" r="{4 if full else 3.5}" {fill}/>'


def _line(x, top, bottom, colour, *, dash="none"):
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}" stroke="{colour}" '
        f'stroke-dasharray="{dash}"/>'
    )
