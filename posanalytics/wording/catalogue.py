"""Look up a sentence by its key in the YAML catalogues beside this file, Russian first."""

from __future__ import annotations

import functools
import locale
import os
from importlib import resources
from typing import Any


def language() -> str:
    """Return the language of the interface, ru or en: POSANALYTICS_LANG, else the locale."""
    chosen = os.environ.get("POSANALYTICS_LANG", "")
    if not chosen:
        names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
        chosen = next((name for name in names if name), None) or locale.getlocale()[0] or "ru"
    return "en" if chosen.lower().startswith("en") else "ru"


@functools.cache
def catalogue(room: str) -> dict[str, dict[str, str]]:
    """Return the sentences of one room: key → language → sentence."""
    import yaml

    text = resources.files("posanalytics.wording").joinpath(f"{room}.yml").read_text("utf-8")
    # The parser in C takes a tenth of the time, which every command and every report waits for.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loaded: dict[str, dict[str, str]] = yaml.load(text, Loader=loader)  # noqa: S506 - it is safe
    return loaded


def say(key: str, /, *, lang: str | None = None, **slots: Any) -> str:
    """Return the sentence under ``room.name`` with its slots filled.

    >>> say("common.done", lang="ru")
    'Готово'
    """
    room, _, name = key.partition(".")
    sentences = catalogue(room)[name]
    return sentences[lang or language()].format(**slots)
