"""Pseudonyms: names become HMACs under a key that never lies beside the data."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import stat
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from posanalytics import labels
from posanalytics.wording import say

_KEY_BYTES = 32
_PSEUDONYM_HEX = 24  # 96 bits: two pupils of a whole country do not collide


class KeyUnusable(Exception):
    """The key is missing, readable by others, or not the one that the data were made with."""


@dataclass(frozen=True)
class Key:
    """The secret of one school; ``id`` may be shown, ``secret`` may not."""

    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """Return the public name of the key: which key, not what it is."""
        return hmac.new(self.secret, b"key id", hashlib.sha256).hexdigest()[:16]

    def pseudonym(self, *parts: str) -> str:
        """Return the pseudonym of the parts: 96 bits of HMAC-SHA256, hex."""
        message = "\x1f".join(parts).encode()
        return hmac.new(self.secret, message, hashlib.sha256).hexdigest()[:_PSEUDONYM_HEX]


@dataclass(frozen=True)
class Identity:
    """Two pseudonyms of one pupil: by surname and given name, and with the patronymic too."""

    short: str
    full: str


def key_path() -> Path:
    """Return where the key lies: POSANALYTICS_KEY_FILE, else the user's data folder."""
    chosen = os.environ.get("POSANALYTICS_KEY_FILE")
    if chosen:
        return Path(chosen)
    import platformdirs

    return platformdirs.user_data_path("posanalytics", appauthor=False) / "key"


def read_key(*, create: bool = True) -> Key:
    """Return the key, made on first use; raise KeyUnusable where it is not safe to use."""
    path = key_path()
    if not path.exists():
        if not create:
            raise KeyUnusable(say("privacy.key_missing", name=path.name))
        _write_key(path)
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyUnusable(say("privacy.key_open", name=path.name))
    try:
        secret = bytes.fromhex(path.read_text("ascii").strip())
    except (ValueError, OSError):
        secret = b""
    if len(secret) != _KEY_BYTES:
        raise KeyUnusable(say("privacy.key_damaged", name=path.name))
    return Key(secret)


def _write_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as handle:
        handle.write(secrets.token_hex(_KEY_BYTES) + "\n")


def identity(key: Key, name: str, *, entered: int) -> Identity:
    """Return the pseudonyms of a pupil who entered grade 1 in that year.

    The year tells namesakes of different parallels apart and stays the same as a pupil moves up.
    ``full`` is empty where the export gives no patronymic. «Пётр Ёлкин» is «Ёлкин Пётр».
    """
    words = labels.same_pupil_words(labels.pupil_words(name))
    year = str(entered)
    full = key.pseudonym("full", year, *words) if len(words) > 2 else ""  # noqa: PLR2004
    return Identity(key.pseudonym("short", year, *words[:2]), full)


_BEGINNING = 4  # letters by which a name is looked up


class Redactor:
    """Replaces names of pupils in texts that leave memory, such as problems and file names."""

    def __init__(self, names: dict[str, str]) -> None:
        """Take names as they stand in the exports, each with what to write instead."""
        self._instead = {
            _folded(form): alias for name, alias in names.items() for form in _forms(name)
        }
        # A school has thousands of names and a text has one or two: by their first letters the
        # few that can stand in it are found, instead of trying all at every place.
        self._by_beginning: dict[str, list[str]] = {}
        for form in filter(None, self._instead):
            self._by_beginning.setdefault(form.split()[0][:_BEGINNING], []).append(form)
        self._lengths = {len(beginning) for beginning in self._by_beginning}
        self._surnames = {
            _folded(word): alias for name, alias in names.items() for word in _surnames(name)
        }
        self._stems = {_stem(surname): alias for surname, alias in self._surnames.items()}

    def __call__(self, text: str) -> str:
        """Return the text with every known name replaced."""
        if not self._instead or not text:
            return text
        normal = unicodedata.normalize("NFC", text)
        words = sorted(self._possible(_plain(normal)), key=len, reverse=True)
        if not words:
            return normal
        gap = r"[\s_\u00a0-]+"
        patterns = (gap.join(map(_either_e, word.split())) for word in words)
        return re.sub("|".join(patterns), self._alias, normal, flags=re.IGNORECASE)

    def caption(self, text: str) -> str:
        """Return a title with known surnames replaced too where they stand alone, in any case.

        Only for names of files, sheets, subjects and works: in a sentence a surname may be a word.

        >>> Redactor({"Щукарь Варвара": "[ученик]"}).caption("Щукаря_7Б.xls")
        '[ученик]_7Б.xls'
        """
        return _WORD.sub(lambda match: self._lone(match[0]), self(text)) if text else text

    def sentence(self, text: str) -> str:
        """Return a sentence with every known name replaced, surnames alone where it quotes them."""
        return _QUOTE.sub(lambda match: self.caption(match[0]), self(text))

    def _lone(self, word: str) -> str:
        folded = _plain(word)
        if labels.is_school_word(word) or folded == _PUPIL_WORD:
            return word
        alias = self._surnames.get(folded)
        found = _CASE.fullmatch(folded) if alias is None else None
        if found and len(found[1]) >= _BEGINNING:
            alias = self._stems.get(found[1])
        return word if alias is None else alias

    def _possible(self, text: str) -> list[str]:
        """Return the forms of names all whose words are in the text."""
        begun = {
            text[at : at + length]
            for length in self._lengths
            for at in range(len(text) - length + 1)
        }
        return [
            form
            for beginning in begun & self._by_beginning.keys()
            for form in self._by_beginning[beginning]
            if all(word in text for word in form.split())
        ]

    def _alias(self, match: re.Match[str]) -> str:
        words = " ".join(re.split(r"[\s_\u00a0-]+", match[0]))
        return self._instead.get(_folded(words), say("privacy.pupil", lang="ru"))


def _folded(text: str) -> str:
    return _plain(labels.squeezed(text))


def _plain(text: str) -> str:
    """Return the text in one case and without «ё», its spaces as they are."""
    return text.casefold().replace("ё", "е")


_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_QUOTE = re.compile(r"[«“][^»”]*[»”]")
_PUPIL_WORD = "ученик"  # of what stands instead of a name
# The endings that Russian surnames take: «Щукаря», «Рыбаковым».
_CASE = re.compile(r"(.+?)(?:а|у|ом|ым|е|ой|ы|ых|ю|ем|я|и|ь|ей|й|ий|ого|ому)?")
_SHORTEST_ALONE = 3
_SURNAME_SECOND = re.compile(
    r".{2,}(?:[оеё]в|[оеё]ва|[иы]н|[иы]на|[сц]кий|[сц]кая|енко|чук)", re.IGNORECASE
)


def _surnames(name: str) -> list[str]:
    """Return the words of a name that are told alone: the first, a second that looks like one."""
    words = labels.squeezed(name).split()
    found = [*words[:1], *(word for word in words[1:2] if _SURNAME_SECOND.fullmatch(word))]
    return [word for word in found if len(word) >= _SHORTEST_ALONE and _WORD.fullmatch(word)]


def _stem(surname: str) -> str:
    return re.sub(r"(?:ий|[аяьйыио])$", "", surname)


def _forms(name: str) -> list[str]:
    """Return how a name may stand in a text: both orders, and with an initial."""
    words = labels.squeezed(name).split()
    if len(words) < 2:  # noqa: PLR2004
        return [name]
    surname, given = words[0], words[1]
    return [name, f"{surname} {given}", f"{given} {surname}", f"{surname} {given[0]}."]


def _either_e(word: str) -> str:
    return re.escape(word).replace("е", "[её]")


_TWO_NAMES = re.compile(
    r"(?<![А-Яа-яЁё])[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?(?:(?:[\s_\u00a0-]+|(?<=\.))[А-ЯЁ](?:[а-яё]+|\.)){1,3}"
)


_SHOUTED = re.compile(r"(?<![А-Яа-яЁё])[А-ЯЁ]{3,}(?:[\s_\u00a0-]+[А-ЯЁ]{3,}){1,2}(?![А-Яа-яЁё])")
_NOT_TEXT = re.compile(r"[\ud800-\udfff]")


def file_name(name: str) -> str:
    """Return a file's name without what looks like a person's: two capitalised words in a row.

    A file that cannot be read names nobody, so its name is judged by its look alone.

    Words that schools call their files by are no names.

    >>> file_name("2025-26/Тестова Алиса 5А.xls"), file_name("Физика Оценки 5А.xls")
    ('2025-26/[ученик] 5А.xls', 'Физика Оценки 5А.xls')
    """
    clean = unicodedata.normalize("NFC", readable(name))
    return _SHOUTED.sub(_without_names, _TWO_NAMES.sub(_without_names, clean))


def readable(name: str) -> str:
    r"""Return a file's name that any terminal and file takes: bytes that are no text as escapes.

    >>> readable("\udcea\udceb.csv"), readable("a\x1b[2J.csv")
    ('\\xea\\xeb.csv', 'a[2J.csv')
    """
    told = _NOT_TEXT.sub(lambda match: f"\\x{ord(match[0]) & 0xFF:02x}", name)
    return "".join(letter for letter in told if letter.isprintable() or letter.isspace())


def _without_names(match: re.Match[str]) -> str:
    """Return capitalised words without those that no school calls its files by."""
    words = re.split(r"([\s_\u00a0-]+)", match[0])
    strange = [at for at in range(0, len(words), 2) if not labels.is_school_word(words[at])]
    if not strange:
        return match[0]
    first, last = strange[0], strange[-1]
    instead = say("privacy.pupil", lang="ru")
    return "".join([*words[:first], instead, *words[last + 1 :]])


def remember_names(key: Key, names: dict[str, str]) -> None:
    """Add pseudonym → name to the vault beside the key, readable by its owner only."""
    if not names:
        return
    path = key_path().with_name(f"names-{key.id}.json")
    known = known_names(key)
    if names.items() <= known.items():
        return
    _write_vault(path, dict(sorted({**known, **names}.items())))


def _write_vault(path: Path, content: object) -> None:
    """Write a file of the vault whole or not at all, readable by its owner only."""
    temporary = path.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        json.dump(content, handle, ensure_ascii=False)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)


def known_names(key: Key) -> dict[str, str]:
    """Return pseudonym → name from the vault, empty where there is none."""
    path = key_path().with_name(f"names-{key.id}.json")
    if not path.exists():
        return {}
    loaded: dict[str, str] = json.loads(path.read_text("utf-8"))
    return loaded


def remember_codes(key: Key, codes: list[dict[str, str]]) -> None:
    """Keep whose the codes of participants are beside the key; a new list corrects an old one.

    Codes and pupils are pseudonyms there: the file holds neither a name nor a code.
    """
    told = {(entry["code"], entry["subject"]) for entry in codes}
    # What is told of a code without a subject is told of all its subjects.
    kept = [e for e in known_codes(key) if not told & {(e["code"], e["subject"]), (e["code"], "")}]
    entries = [*kept, *codes]
    entries.sort(key=lambda entry: sorted(entry.items()))
    _write_vault(_codes_path(key), entries)


def known_codes(key: Key) -> list[dict[str, str]]:
    """Return the remembered codes, as `remember_codes` took them."""
    path = _codes_path(key)
    if not path.exists():
        return []
    loaded: list[dict[str, str]] = json.loads(path.read_text("utf-8"))
    return loaded


def codes_digest(key: Key) -> str:
    """Return a digest of the remembered codes: tables made without them are out of date."""
    path = _codes_path(key)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def _codes_path(key: Key) -> Path:
    return key_path().with_name(f"codes-{key.id}.json")
