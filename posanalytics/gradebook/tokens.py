"""Take one gradebook cell apart: marks, absences, statuses, and whatever cannot be understood.

The grammar is FORMATS.md section 8. Nothing is dropped: text that is no token comes back as a
token of kind «unknown», and the reader names its cell in a problem.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple

from posanalytics.labels import squeezed
from posanalytics.scales import HIGHEST

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Cell

TokenKind = Literal[
    "mark", "mean", "absence", "exempt", "not_assessed", "pass", "fail", "debt", "none", "unknown"
]
Grid = Literal["current", "term"]


class Token(NamedTuple):
    """One thing that a cell says; `raw` is how the cell says it.

    A sign stays in `raw` («4-»), a double mark is two tokens whose `raw` is the whole («5/4»), and
    a mark that does not count has the weight 0: what they are worth is the plan's to say.
    """

    kind: TokenKind
    value: float | None = None
    scale: str = "5"
    weight: float = 1.0
    raw: str = ""
    restored: bool = False


# A work counts twice or tenfold; «5*99999» is a slip of the hand.
_HEAVIEST = 20.0
_LOWEST = {"5": 1, "10": 1, "12": 1, "100": 0, "pass": 1}
# Marks that may be written without a separator or turned into a date by a spreadsheet.
_DIGITS = frozenset("2345")
_MONTHS = ("янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
# Formats in which Excel shows «5-апр»: what it makes of a typed 5/4, 5.4 or 5-4.
_DAY_MONTH = re.compile(r"^(?:\[[^\]]*\])?d{1,2}[-. /\\]*m{1,3}(?:;@)?$")

# Latin letters that look like Cyrillic ones, in lower case as they stand after casefold.
_FOLD = str.maketrans("aehkmotxcypb", "аенкмотхсурв")

_END = r"(?![^\W\d_])"
_WORDS: tuple[tuple[TokenKind, str], ...] = (
    ("exempt", rf"(?:освобожден[аоы]?|освоб\.?|осв\.?){_END}"),
    (
        "not_assessed",
        rf"(?:не\s?аттест\w*\.?|н\s?/\s?ат?\.?|н\.\s?а\.?|н\\а|не\s?атт\.?|на){_END}",
    ),
    ("fail", rf"(?:не\s?зач(?:тено|ет)?\.?|н/з|нз){_END}"),
    ("pass", rf"(?:зач(?:тено|ет)?\.?|зч){_END}"),
    ("absence", rf"(?:н/б|н/я|нб|уп|нп|от|оп|ув\.?|уваж\.?|бол\.?|н|б|у|п|о){_END}"),
)
_NUMBER = r"(?P<digits>\d+(?:[.,]\d+)*)(?P<sign>[+\-−–](?![\d]))?"
_WEIGHT = r"(?:\s?[✕×✖xх*]\s?(?P<weight>\d+(?:[.,]\d+)?))?"
# A criterion and its points, «A 6/8»: never two marks. Н and П before a pair are absences.
_CRITERION = r"(?<!\w)[авсdд]\s?\d+(?:[.,]\d+)?\s?/\s?\d+(?![\w/])"
_TOKEN = re.compile(
    rf"(?P<criterion>{_CRITERION})|"
    + "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _WORDS)
    + r"|(?P<double>(?<![\d/])[2-5]/[2-5](?!\s?[✕✖×*х])(?![\w/.,+\-−–]))"
    + rf"|(?P<number>{_NUMBER}{_WEIGHT}(?![\w]))"
    + r"|(?P<debt>[.•●])(?!\d)"
    + r"|(?P<none>[-–—−]+)(?=\s|$)"
    + r"|(?P<gap>[\s·,;/|]+)"
    + r"|(?P<unknown>[^\s·,;/|]+)"
)
# Marks as words, and a mark with its word in brackets: «хорошо», «5 (отл.)», «(4)».
_SPELLED = (
    (5.0, r"отл(?:ично)?\.?"),
    (4.0, r"хор(?:ошо)?\.?"),
    (3.0, r"уд(?:овл(?:етворительно)?)?\.?"),
    (2.0, r"неуд(?:овл(?:етворительно)?)?\.?|не\s?удовл(?:етворительно)?\.?"),
)
_ALONE = tuple(
    (value, re.compile(rf"(?:{word})|{value:.0f}\s*\(\s*(?:{word})\s*\)|\(\s*{value:.0f}\s*\)"))
    for value, word in _SPELLED
)
# «5.» in a column of term marks: a full stop that means nothing.
_STOPPED = re.compile(r"([1-5])\s?\.")
# A stray short code beside a mark (a school's own absence sign) does not make the mark doubtful;
# a word or another number beside it does.
_STRAY = re.compile(r"[^\W\d_]{1,3}\.?$")


def tokens(cell: Cell | str, *, grid: Grid, scale: str = "5") -> list[Token]:
    """Return everything one cell says, in the order it is written.

    >>> [(t.kind, t.value) for t in tokens("54", grid="current")]
    [('mark', 5.0), ('mark', 4.0)]
    >>> [(t.kind, t.value) for t in tokens("4,33", grid="term")]
    [('mean', 4.33)]
    >>> [t.kind for t in tokens("3·НП", grid="current")]
    ['mark', 'absence']
    """
    if isinstance(cell, str):
        return list(_text_tokens(squeezed(cell), grid, scale, typed=False))
    if cell.kind == "empty":
        return []
    if cell.kind == "date":
        return _restored(cell, scale)
    if cell.kind in {"error", "uncached", "logical"}:
        return [Token("unknown", None, scale, 1.0, cell.text)]
    return list(_text_tokens(cell.text, grid, scale, typed=cell.kind == "number"))


def _restored(cell: Cell, scale: str) -> list[Token]:
    day = cell.value
    if not isinstance(day, date):
        return [Token("unknown", None, scale, 1.0, cell.text)]
    raw = f"{day.day}-{_MONTHS[day.month - 1]}"
    both = {str(day.day), str(day.month)} <= _DIGITS
    if scale != "5" or not both or not _DAY_MONTH.match(cell.number_format.lower()):
        return [Token("unknown", None, scale, 1.0, raw)]
    values = (day.day, day.month)
    return [Token("mark", float(value), scale, 1.0, raw, restored=True) for value in values]


@functools.lru_cache(maxsize=4096)
def _text_tokens(text: str, grid: Grid, scale: str, *, typed: bool) -> tuple[Token, ...]:
    if any(letter.isnumeric() and not letter.isascii() for letter in text):
        # «５», «٥», «4²»: a digit that no gradebook writes may be anything.
        return (Token("unknown", None, scale, 1.0, text),)
    folded = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е").translate(_FOLD)
    whole = _whole_mark(folded, grid) if scale == "5" else None
    if whole is not None:
        return (Token("mark", whole, scale, 1.0, text),)
    found: list[Token] = []
    for match in _TOKEN.finditer(folded):
        kind = match.lastgroup
        # NFKC and case folding can change the length of odd text: then quote the folded form.
        raw = text[match.start() : match.end()] if len(text) == len(folded) else match[0]
        if kind == "number":
            found.extend(_numbers(match, raw, grid, scale, typed=typed))
        elif kind == "double" and scale == "5":
            # Both say «5/4»: the plan's rule for double marks finds them by it.
            found.extend(Token("mark", float(raw[at]), scale, 1.0, raw) for at in (0, 2))
        elif kind in {"double", "criterion"}:
            found.append(Token("unknown", None, scale, 1.0, raw))
        elif kind != "gap":
            found.append(Token(kind, None, scale, 1.0, raw))  # type: ignore[arg-type]
    if any(token.kind == "unknown" and not _STRAY.match(token.raw) for token in found):
        return (Token("unknown", None, scale, 1.0, text),)
    return tuple(found)


def _whole_mark(folded: str, grid: Grid) -> float | None:
    """Return the mark that a whole cell spells out; a point is a debt in a journal."""
    stopped = _STOPPED.fullmatch(folded.strip())
    if stopped and grid == "term":
        return float(stopped[1])
    return next((value for value, form in _ALONE if form.fullmatch(folded.strip())), None)


def _numbers(match: re.Match[str], raw: str, grid: Grid, scale: str, *, typed: bool) -> list[Token]:
    digits, weight = match["digits"], _number(match["weight"] or "1")
    if weight > _HEAVIEST:
        return [Token("unknown", None, scale, 1.0, raw)]
    marks = _marks(digits, grid, scale, typed=typed)
    if marks:
        return [Token("mark", mark, scale, weight, raw) for mark in marks]
    mean = _mean(digits, scale)
    if mean is not None and not match["sign"] and not match["weight"]:
        return [Token("mean", mean, scale, 1.0, raw)]
    return [Token("unknown", None, scale, 1.0, raw)]


def _marks(digits: str, grid: Grid, scale: str, *, typed: bool) -> list[float]:
    """Return the marks that a run of digits, points and commas stands for, none if it is not one.

    «4,5» in a journal is two marks, in a column of term marks a mean; «5,4» can be no mean.
    """
    parts = digits.split(",")
    if "." in digits or (typed and len(parts) > 1):
        return []
    if len(parts) == 1:
        return _whole(digits, grid, scale)
    listed = [part for part in parts if len(part) == 1 and part in _DIGITS]
    if scale != "5" or len(listed) < len(parts):
        return []
    if len(parts) == 2 and grid == "term" and _mean(digits, scale) is not None:  # noqa: PLR2004
        return []
    return [float(part) for part in listed]


def _whole(digits: str, grid: Grid, scale: str) -> list[float]:
    number = int(digits) if len(digits) <= 9 else -1  # noqa: PLR2004
    if scale in HIGHEST and _LOWEST[scale] <= number <= HIGHEST[scale]:
        return [float(number)]
    together = scale == "5" and grid == "current" and set(digits) <= _DIGITS
    return [float(digit) for digit in digits] if together and len(digits) <= 6 else []  # noqa: PLR2004


def _mean(digits: str, scale: str) -> float | None:
    if not re.fullmatch(r"(?:0|[1-9]\d{0,2})[.,]\d+", digits) or scale not in HIGHEST:
        return None
    value = _number(digits)
    return value if _LOWEST[scale] <= value <= HIGHEST[scale] else None


def _number(text: str) -> float:
    return float(text.replace(",", "."))
