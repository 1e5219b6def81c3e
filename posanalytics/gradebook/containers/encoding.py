"""Find out in which encoding a Russian text file was saved."""

from __future__ import annotations

import codecs
import contextlib
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CANDIDATES = ("cp1251", "cp866", "koi8-r", "mac-cyrillic")
_UNMARKED = ("utf-16-le", "utf-16-be")
_TEXT = re.compile(r"[\t\r\n -~Ѐ-џ\u00a0«»№–—·…°„“”]")
_MOST_ODD = 0.02  # of the letters of a text
_META = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{2,20})", re.IGNORECASE)
_XML = re.compile(rb"^<\?xml[^>]{0,100}encoding\s*=\s*[\"']([\w-]{2,20})", re.IGNORECASE)
_SAMPLE = 200_000

# Letters of Russian from the most to the least frequent (National Corpus of Russian order):
# the earlier a letter stands, the more a text made of it looks like Russian.
_FREQUENT = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
_WEIGHT = {letter: 1 - place / 20 for place, letter in enumerate(_FREQUENT)}
_WORD = re.compile(r"[^\W\d_a-zA-Z]+")
_ODD = re.compile(r"[^\w\x00-\x7f]")
_NEUTRAL = set("«»№–—·… \u00a0°„“”")


class TextDamaged(Exception):
    """A text whose encoding is known has bytes that cannot be in it."""


def decoded(data: bytes) -> tuple[str, str]:
    """Return the text and the encoding it was read in.

    A byte order mark decides, then strict UTF-8, then what the page declares, then the encoding
    in which the letters are most like Russian. Raises TextDamaged rather than read a damaged
    UTF-8 or UTF-16 text in another encoding: its names would come out as other names.

    >>> decoded("Ёлкин Пётр".encode("cp866"))
    ('Ёлкин Пётр', 'cp866')
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _strictly(data, name), name
    if b"\x00" in data:
        return _unmarked(data)
    for name in ("utf-8", *_declared(data)):
        try:
            return data.decode(name), name
        except (UnicodeDecodeError, LookupError):
            continue
    if _damaged_utf8(data):
        raise TextDamaged
    best = max(_CANDIDATES, key=lambda name: _russian(data[:_SAMPLE].decode(name, "replace")))
    return data.decode(best, errors="replace"), best


def _strictly(data: bytes, name: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        raise TextDamaged from error


def _unmarked(data: bytes) -> tuple[str, str]:
    """Return a UTF-16 text that lacks its mark: zero bytes are in no other text."""
    for name in _UNMARKED:
        with contextlib.suppress(UnicodeDecodeError):
            text = data.decode(name)
            if len(_TEXT.findall(text)) >= (1 - _MOST_ODD) * len(text):
                return text, name
    raise TextDamaged


def _damaged_utf8(data: bytes) -> bool:
    """Return whether a text is UTF-8 but for a few bytes: other encodings are not even nearly."""
    text = data.decode("utf-8", errors="replace")
    odd, letters = text.count("\ufffd"), sum(letter > "\x7f" for letter in text)
    return odd * 10 < letters


def _declared(data: bytes) -> tuple[str, ...]:
    match = _XML.search(data[:200]) or _META.search(data[:4096])
    name = match[1].decode("ascii").lower() if match else ""
    # A page may only claim a byte encoding of Russian: «utf-7» and the like are an attack.
    known = {"windows-1251", "cp1251", "cp866", "ibm866", "koi8-r", "koi8-u"}
    return (name,) if name in known else ()


def _russian(text: str) -> float:
    """Return how much the text looks like Russian: frequent letters, in words of one shape."""
    score = 0.0
    for word in _WORD.findall(text):
        score += sum(_WEIGHT.get(letter, -2.0) for letter in word.lower())
        if not (word.islower() or word.isupper() or word.istitle()):
            score -= len(word)
    return score - 2.0 * sum(letter not in _NEUTRAL for letter in _ODD.findall(text))
