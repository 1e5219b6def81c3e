"""Columns of texts as places among their different texts: what repeats is handled once.

A mark repeats its class, subject, term and day thousands of times. As categories in alphabetical
order they are compared, sorted and grouped as whole numbers, and text again only where it is
written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa


def coded_frame(tables: Sequence[pa.Table]) -> pd.DataFrame:
    """Return tables under each other, dictionary columns as categories in alphabetical order."""
    return pd.DataFrame(
        {name: _under([table[name] for table in tables]) for name in tables[0].column_names}
    )


def _under(columns: Sequence[pa.ChunkedArray]) -> pd.Categorical | np.ndarray:
    """Return columns of one name under each other."""
    import pyarrow as pa

    if not pa.types.is_dictionary(columns[0].type):
        return np.concatenate([column.to_numpy() for column in columns])
    known: dict[str, int] = {}
    places = [_places(chunk, known) for column in columns for chunk in column.chunks]
    return _placed(list(known), np.concatenate(places or [np.empty(0, dtype="int32")]))


def _places(chunk: pa.DictionaryArray, known: dict[str, int]) -> np.ndarray:
    """Return the place of each row's text among the known ones, to which new ones are added."""
    own = [known.setdefault(text, len(known)) for text in chunk.dictionary.to_pylist()]
    places: np.ndarray = np.array(own, dtype="int32")[chunk.indices.to_numpy()]
    return places


def _placed(texts: Sequence[str], places: np.ndarray) -> pd.Categorical:
    """Return rows by the place of their text; the texts may repeat and stand in any order."""
    different = sorted(set(texts))
    known = {text: place for place, text in enumerate(different)}
    width = np.min_scalar_type(-max(len(different), 1))
    moved = np.fromiter((known[text] for text in texts), dtype=width, count=len(texts))
    categories = pd.Index(different, dtype="str")
    return pd.Categorical.from_codes(moved[places], categories=categories, validate=False)


def coded(texts: Sequence[str]) -> pd.Categorical:
    """Return texts as categories in alphabetical order."""
    return _placed(texts, np.arange(len(texts)))


def _codes(column: pd.Series) -> np.ndarray:
    codes: np.ndarray = column.cat.codes.to_numpy()
    return codes


def changed(column: pd.Series, change: Callable[[str], str]) -> pd.Series:
    """Return a coded column with each different text changed once."""
    told = _placed(list(map(change, column.cat.categories)), _codes(column))
    return pd.Series(told, index=column.index)


def chosen(column: pd.Series, where: pd.Series, other: pd.Series) -> pd.Series:
    """Return a coded column, and ``other`` in the rows where the mask holds."""
    texts = [*column.cat.categories, *other.cat.categories]
    moved = _codes(other).astype("int32") + len(column.cat.categories)
    told = _placed(texts, np.where(where, moved, _codes(column)))
    return pd.Series(told, index=column.index)


def joined(one: pd.Series, other: pd.Series, join: Callable[[str, str], str]) -> pd.Series:
    """Return one text of two coded columns, made once for each different pair."""
    firsts, seconds = one.cat.categories.tolist(), other.cat.categories.tolist()
    pairs = _codes(one).astype("int64") * max(len(seconds), 1) + _codes(other)
    places, different = pd.factorize(pairs)
    texts = [
        join(firsts[pair // len(seconds)], seconds[pair % len(seconds)])
        for pair in different.tolist()
    ]
    return pd.Series(_placed(texts, places), index=one.index)


def trimmed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose coded columns know no text that stands in none of its rows."""
    told = {name: _trimmed(frame[name]) for name in _coded_columns(frame)}
    return frame.assign(**told)


def _trimmed(column: pd.Series) -> pd.Series:
    categories = column.cat.categories
    used = np.bincount(_codes(column), minlength=len(categories)) > 0
    if used.all():
        return column
    places = (np.cumsum(used) - 1)[_codes(column)]
    kept = pd.Categorical.from_codes(places, categories=categories[used], validate=False)
    return pd.Series(kept, index=column.index)


def texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with its coded columns as texts."""
    return frame.astype(dict.fromkeys(_coded_columns(frame), "str"))


def _coded_columns(frame: pd.DataFrame) -> list[str]:
    return [name for name, kind in frame.dtypes.items() if isinstance(kind, pd.CategoricalDtype)]
