"""From exports to tidy tables: read what is new, join pupils, publish a generation."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from posanalytics import labels, periods, privacy, schema
from posanalytics.gradebook import guard
from posanalytics.gradebook.reading import Reading
from posanalytics.schema import Problem
from posanalytics.store import pieces, tables
from posanalytics.store.sources import exports_below, sources_of
from posanalytics.store.spellings import read_spellings
from posanalytics.wording import say
from posanalytics.workers import Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from posanalytics.plan import Plan
    from posanalytics.store.sources import Source
    from posanalytics.workers import State


# Exports whose pieces are written together: a load that is killed loses their reading.
_AT_ONCE = 16
_Item = TypeVar("_Item")


@dataclass(frozen=True)
class SourceSummary:
    """One line of the table that `posanalytics load` prints."""

    file: str
    format: str
    classes: tuple[str, ...]
    pupils: int
    marks: int
    problems: int
    new: bool
    # How many of the marks a later export displaces.
    displaced: int = 0


@dataclass(frozen=True)
class LoadReport:
    """What a load did."""

    generation: int
    changed: bool
    sources: tuple[SourceSummary, ...]
    problems: tuple[Problem, ...] = field(repr=False)

    @property
    def quarantined(self) -> int:
        """Return how many exports could not be read at all."""
        return sum(not source.format for source in self.sources)


def ingest(  # noqa: PLR0913 - folders, plan, and how it is done
    raw: Path,
    processed: Path,
    *,
    plan: Plan,
    paths: Sequence[Path] | None = None,
    progress: Callable[[int, int], None] | None = None,
    jobs: int = 2,
) -> LoadReport:
    """Bring the tables in ``processed`` up to date with the exports in ``raw`` and in ``paths``.

    Unchanged exports are not read again; nothing is written where nothing changed. At most
    ``jobs`` exports are read at once. Raises KeyUnusable where the tables were made with another
    key.
    """
    current = tables.current_manifest(processed)
    # A lost key must not become a new one: the same pupils would get other pseudonyms.
    key = privacy.read_key(create=current is None)
    tables.check_key(current, key.id)
    sources = sources_of(sorted({*exports_below(raw), *(paths or ())}), raw)
    spellings = read_spellings(raw)
    state = _state(
        sources,
        plan,
        key.pseudonym("pupils.yml", spellings.content),
        codes=privacy.codes_digest(key),
    )
    if current and current.get("state") == state and tables.is_whole(processed, current):
        return _unchanged(current)
    read, new, whole = _read_all(sources, processed, key=key, progress=progress, jobs=jobs)
    # pandas is needed only where something is new.
    from posanalytics.store import consolidate

    firsts = _first_seen(current, sources)
    result = consolidate.consolidate(
        [(source.name, firsts[source.sha256], piece) for source, piece in read],
        plan=plan,
        key=key,
        names=privacy.known_names(key),
        spellings=spellings,
    )
    problems = tuple(sorted([*result.problems, *_absent(plan, result.tables["term_marks"])]))
    summaries = tuple(
        replace(
            _summary(source, piece, new=source.key in new),
            displaced=result.displaced.get(source.name, 0),
        )
        for source, piece in read
    )
    generation = tables.publish_generation(
        processed,
        {**result.tables, "problems": schema.problems_table(problems)},
        previous=current,
        about={
            # Where no worker could start, the next load tries again.
            "state": state if whole else "",
            "key_id": key.id,
            "first_seen": firsts,
            "sources": [{"file": s.name, "sha256": s.sha256, "key": s.key} for s, _ in read],
            "terms": _terms(result.tables["term_marks"]),
            "classes": _class_digests(result.tables["term_marks"]),
            "summaries": [summary.__dict__ for summary in summaries],
        },
    )
    return LoadReport(generation, changed=True, sources=summaries, problems=problems)


def _absent(plan: Plan, term_marks: pd.DataFrame) -> list[Problem]:
    """Name the compared classes of which no export holds a mark, where there are marks at all."""
    known = sorted(set(term_marks["class_label"]), key=labels.class_order)
    return [
        Problem(
            "warning",
            file="plan.yml",
            found=say("store.absent_class", label=label, known=", ".join(known)),
            expected=say("store.absent_class_expected"),
            remedy=say("store.absent_class_remedy"),
        )
        for label in plan.compared_classes
        if known and label not in known
    ]


def _state(sources: Sequence[Source], plan: Plan, spellings: str, *, codes: str) -> str:
    told = {
        "sources": sorted((s.name, s.key) for s in sources),
        "subjects": plan.subjects,
        "classes": plan.classes,
        "marking": plan.marking.model_dump(),
        # What the plan calls subjects and classes is what exports are asked about.
        "outcomes": sorted({subject for outcome in plan.outcomes for subject in outcome.subjects}),
        "compared": plan.compared_classes,
        "pupils": spellings,
        "codes": codes,
        "years": {
            y: {t: [str(d) for d in ds] for t, ds in ts.items()} for y, ts in plan.years.items()
        },
        "reader": pieces.READER_VERSION,
    }
    text = json.dumps(told, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _read_all(
    sources: Sequence[Source],
    processed: Path,
    *,
    key: privacy.Key,
    progress: Callable[[int, int], None] | None,
    jobs: int,
) -> tuple[list[tuple[Source, pieces.Piece]], set[str], bool]:
    stored = {
        s.key: piece and pieces.lean(piece)
        for s in sources
        for piece in [pieces.read_piece(processed / "pieces" / s.key)]
    }
    if not privacy.known_names(key):
        # Without the vault spellings cannot be compared: the exports tell the names again.
        stored = dict.fromkeys(stored)
    missing = [s for s in sources if stored[s.key] is None]
    lost: dict[str, State] = {}
    for some in batched(answers(missing, jobs=jobs, progress=progress), _AT_ONCE):
        lost |= {source.key: state for source, _, state in some if state != "done"}
        stored |= _kept(some, processed / "pieces", key)
    redact = redactor((), key)
    stored = {
        name: piece and _without_later_names(piece, processed / "pieces" / name, redact)
        for name, piece in stored.items()
    }
    told = [
        (source._replace(name=_told(redact.caption(source.name), source.key)), piece)
        for source in sources
        if (piece := stored[source.key]) is not None
    ]
    return told, {source.key for source in missing}, "not_started" not in lost.values()


def _kept(
    some: Sequence[tuple[Source, Reading, State]], folder: Path, key: privacy.Key
) -> dict[str, pieces.Piece]:
    """Write the pieces of some exports, so that a load that is stopped need not read them again."""
    redact = redactor((reading for _, reading, _ in some), key)
    kept = {}
    for source, reading, state in some:
        fresh = pieces.without_names(reading, key, redact)
        # A file whose worker was lost is tried again by the next load that has something to do.
        if state == "done":
            pieces.write_piece(folder / source.key, fresh)
        kept[source.key] = pieces.lean(fresh)
    return kept


def _without_later_names(
    piece: pieces.Piece, folder: Path, redact: privacy.Redactor
) -> pieces.Piece:
    """Return a piece without names that an export told after it was written."""
    again = pieces.redacted(piece, redact)
    whole = pieces.read_piece(folder) if again is not piece else None
    if whole:
        pieces.write_piece(folder, pieces.redacted(whole, redact))
    return again


def answers(
    missing: Sequence[Source], *, jobs: int, progress: Callable[[int, int], None] | None
) -> Iterator[tuple[Source, Reading, State]]:
    """Yield every export with its reading and the state of its worker, as they come."""
    workers = guard.workers_for(missing, jobs=jobs)
    with Pool(_read_one, missing, workers=workers, limits=guard.LIMITS) as pool:
        if missing:
            # Takes half a second, in which the workers start to read.
            import pandas as pd  # noqa: F401
        for done, (number, state, reading) in enumerate(pool.answers(), 1):
            source = missing[number]
            if progress:
                progress(done, len(missing))
            yield source, reading or guard.rejected(source.name, state), state


def batched(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """Yield the items as lists of that size, the last one as long as it is.

    >>> list(batched("елочка", 4))
    [['е', 'л', 'о', 'ч'], ['к', 'а']]
    """
    left = iter(items)
    while some := list(islice(left, size)):
        yield some


def _told(name: str, key: str) -> str:
    """Return a redacted name that still tells two pupils' files apart."""
    instead = say("privacy.pupil", lang="ru")
    return name.replace(instead, f"{instead[:-1]} {key[:6]}{instead[-1]}")


def _read_one(source: Source) -> Reading:
    """Return what an export says (in a worker process)."""
    from posanalytics.gradebook import read

    try:
        return read.read_gradebook(
            source.path,
            hints=source.hints,
            name=source.name,
            mappings=source.mappings,
            called=source.called,
        )
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a reader's own mistake must cost one file, not all
        return _failed(source, error)


def _failed(source: Source, error: Exception) -> Reading:
    problem = Problem(
        "error",
        file=source.name,
        found=say("store.reader_failed", kind=type(error).__name__),
        expected=say("store.reader_failed_expected"),
        remedy=say("store.reader_failed_remedy"),
    )
    return Reading("", problems=[problem])


def redactor(readings: Iterable[Reading], key: privacy.Key) -> privacy.Redactor:
    """Return a redactor for every name ever seen, and add the new ones to the vault."""
    pupils = {pupil for reading in readings for pupil in pieces.pupil_names(reading)}
    named = {
        (who.full or who.short): labels.squeezed(name)
        for name, entered in sorted(pupils)
        for who in [privacy.identity(key, name, entered=entered)]
    }
    privacy.remember_names(key, named)
    everyone = {**privacy.known_names(key), **named}
    aliases = {}
    for name in everyone.values():
        words = name.split()
        aliases[name] = aliases[" ".join(words[:2])] = say("privacy.pupil", lang="ru")
    return privacy.Redactor(aliases)


def _first_seen(current: dict[str, object] | None, sources: Sequence[Source]) -> dict[str, int]:
    """Return the generation in which each content first came: the later one is the correction."""
    seen: dict[str, int] = dict(current.get("first_seen", {})) if current else {}  # type: ignore[call-overload]
    coming = tables.next_generation(current)
    # A mapping file beside an export changes how it is read, not when it came.
    return {s.sha256: seen.get(s.sha256, seen.get(s.key, coming)) for s in sources}


def _terms(term_marks: pd.DataFrame) -> dict[str, list[str]]:
    """Return the taught terms of every class: what is due is known without reading tables."""
    pairs = set(zip(term_marks["class_label"], term_marks["term"], strict=True))
    taught = sorted((label, term) for label, term in pairs if periods.is_taught(term))
    return {label: [t for other, t in taught if other == label] for label, _ in taught}


def _class_digests(term_marks: pd.DataFrame) -> dict[str, str]:
    """Return a digest of every class's marks: its profile depends on nothing else."""
    rows = term_marks.drop(columns=["source", "cell"])
    return {
        str(label): hashlib.sha256(own.to_csv(index=False).encode()).hexdigest()
        for label, own in rows.groupby("class_label")
    }


def _summary(source: Source, piece: pieces.Piece, *, new: bool) -> SourceSummary:
    # pandas is needed only where something is new.
    from posanalytics.store.scores import results_in

    parts = ("records", "listed", "scores", "codes")
    labels_found = {label for part in parts for (label,) in piece.distinct(part, "class_label")}
    people = {who for part in parts for who in piece.distinct(part, "short", "full")} - {("", "")}
    coded = {code for code, short in piece.distinct("scores", "code", "short") if not short}
    empty = not any(piece.rows(part) for part in ("records", "scores", "codes"))
    failed = empty and any(problem.severity == "error" for problem in piece.problems)
    return SourceSummary(
        file=source.name,
        format="" if failed else piece.format,
        classes=tuple(sorted(filter(None, labels_found), key=labels.class_order)),
        pupils=len(people) + len(coded),
        marks=piece.marks() + results_in(piece.scores),
        problems=len(piece.problems),
        new=new,
    )


def _unchanged(manifest: dict[str, object]) -> LoadReport:
    rows: list[dict[str, object]] = manifest["summaries"]  # type: ignore[assignment]
    summaries = tuple(
        replace(SourceSummary(**{**row, "classes": tuple(row["classes"])}), new=False)  # type: ignore[arg-type]
        for row in rows
    )
    return LoadReport(int(manifest["generation"]), changed=False, sources=summaries, problems=())  # type: ignore[call-overload]
