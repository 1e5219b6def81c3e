"""Find out in which encoding a Russian text file was saved."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CANDIDATES = ("cp1251", "cp866", "koi8-r")
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


def decoded(data: bytes) -> tuple[str, str]:
    """Return the text and the encoding it was read in.

    A byte order mark decides, then strict UTF-8, then what the page declares, then the encoding
    in which the letters are most like Russian.

    >>> decoded("Ёлкин Пётр".encode("cp866"))
    ('Ёлкин Пётр', 'cp866')
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data.decode(name, errors="replace"), name
    for name in ("utf-8", *_declared(data)):
        try:
            return data.decode(name), name
        except (UnicodeDecodeError, LookupError):
            continue
    best = max(_CANDIDATES, key=lambda name: _russian(data[:_SAMPLE].decode(name, "replace")))
    return data.decode(best, errors="replace"), best


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
