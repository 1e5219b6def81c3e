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
    ``full`` is empty where the export gives no patronymic.
    """
    words = labels.pupil_words(name)
    year = str(entered)
    full = key.pseudonym("full", year, *words[:3]) if len(words) > 2 else ""  # noqa: PLR2004
    return Identity(key.pseudonym("short", year, *words[:2]), full)


class Redactor:
    """Replaces names of pupils in texts that leave memory, such as problems and file names."""

    def __init__(self, names: dict[str, str]) -> None:
        """Take names as they stand in the exports, each with what to write instead."""
        self._instead = {
            _folded(form): alias for name, alias in names.items() for form in _forms(name)
        }
        words = sorted(filter(None, self._instead), key=len, reverse=True)
        gap = r"[\s_\u00a0-]+"
        patterns = (gap.join(map(_either_e, word.split())) for word in words)
        self._pattern = re.compile("|".join(patterns), re.IGNORECASE) if words else None

    def __call__(self, text: str) -> str:
        """Return the text with every known name replaced."""
        if not self._pattern or not text:
            return text
        return self._pattern.sub(self._alias, unicodedata.normalize("NFC", text))

    def _alias(self, match: re.Match[str]) -> str:
        words = " ".join(re.split(r"[\s_\u00a0-]+", match[0]))
        return self._instead.get(_folded(words), say("privacy.pupil", lang="ru"))


def _folded(text: str) -> str:
    return labels.squeezed(text).casefold().replace("ё", "е")


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
    r"(?<![А-Яа-яЁё])[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?(?:[\s_\u00a0-]+[А-ЯЁ](?:[а-яё]+|\.)){1,2}"
)


def file_name(name: str) -> str:
    """Return a file's name without what looks like a person's: two capitalised words in a row.

    A file that cannot be read names nobody, so its name is judged by its look alone.

    >>> file_name("2025-26/Тестова Алиса 5А.xls"), file_name("Сводная ведомость 5А.xls")
    ('2025-26/[ученик] 5А.xls', 'Сводная ведомость 5А.xls')
    """
    clean = unicodedata.normalize("NFC", name)
    return _TWO_NAMES.sub(lambda _: say("privacy.pupil", lang="ru"), clean)


def remember_names(key: Key, names: dict[str, str]) -> None:
    """Add pseudonym → name to the vault beside the key, readable by its owner only."""
    if not names:
        return
    path = key_path().with_name(f"names-{key.id}.json")
    known = known_names(key)
    if names.items() <= known.items():
        return
    temporary = path.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        json.dump(dict(sorted({**known, **names}.items())), handle, ensure_ascii=False)
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
