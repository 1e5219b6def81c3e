"""Which reports there should be, which of them are due, and the index over them."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from posanalytics import periods
from posanalytics.reports import history, index, parameters, runner
from posanalytics.reports.downloads import folder
from posanalytics.store import files
from posanalytics.store.ledger import Made
from posanalytics.wording import say, signed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from posanalytics.evaluation.compare import Evaluation
    from posanalytics.study import Study
    from posanalytics.workspace import Workspace

_ORDER = ("dynamics", "data_quality", "class_profile")


class UnknownNotebook(Exception):
    """There is no notebook of that name."""


@dataclass(frozen=True)
class Outcome:
    """What became of one report."""

    output: str
    state: Literal["made", "kept", "failed"]
    message: str = ""
    errno: int = 0


def program(workspace: Workspace, *, term: str = "") -> list[runner.Job]:
    """Return the reports that the plan calls for in a term."""
    chosen = workspace.known_term(term)
    jobs = [
        job_for(workspace, "data_quality", {"term": chosen}),
        job_for(workspace, "dynamics", {"term": chosen}),
    ]
    return jobs + [
        job_for(workspace, "class_profile", {"class_label": label, "term": chosen})
        for label in workspace.plan.compared_classes
        if chosen in workspace.terms_of.get(label, [])
    ]


def job_for(workspace: Workspace, name: str, given: Mapping[str, Any]) -> runner.Job:
    """Return the job of one notebook; refuse unknown notebooks and parameters."""
    notebook = workspace.notebooks / f"{name}.ipynb"
    if not notebook.is_file():
        known = sorted(path.stem for path in workspace.notebooks.glob("*.ipynb"))
        key = "unknown_notebook" if known else "no_notebooks"
        raise UnknownNotebook(say(f"batch.{key}", name=name, known=", ".join(known)))
    complete = dict(given)
    declared = parameters.declared(notebook)
    if "term" in declared:
        complete["term"] = workspace.known_term(str(complete.get("term", "")))
    if "class_label" in declared:
        complete["class_label"] = workspace.known_class(str(complete.get("class_label", "")))
    checked = parameters.checked(notebook, complete)
    stem = index.slug(name, *(checked[key] for key in sorted(complete)))
    label = str(checked.get("class_label", ""))
    return runner.Job(
        notebook=notebook,
        parameters=checked,
        workspace=workspace.root,
        output=workspace.reports / f"{stem}.html",
        executed=workspace.processed / "executed" / f"{stem}.ipynb",
        facts=parameters.Facts(
            title=_question(name, label),
            subtitle=_term_title(checked),
            school=workspace.plan.school,
            audience=_audience(name),
            sources=_inputs(workspace, name, checked)[:12],
            generated=_today(),
        ),
    )


def _question(name: str, label: str) -> str:
    key = name if name in _ORDER else "other"
    return say(f"batch.question_{key}", lang="ru", name=name, label=label)


def _audience(notebook: str) -> str:
    return "analyst" if notebook == "data_quality" else "team"


def _term_title(given: Mapping[str, Any]) -> str:
    return periods.term_name(given["term"]) if given.get("term") else ""


def _today() -> str:
    return f"{dt.datetime.now(dt.UTC).astimezone():%d.%m.%Y}"


def make(
    workspace: Workspace,
    jobs: Sequence[runner.Job],
    *,
    processes: int,
    always: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> list[Outcome]:
    """Make the jobs whose inputs changed or whose page is missing or altered; write the index."""
    known = workspace.ledger.reports()
    plan = files.sha256_of(workspace.root / "plan.yml")
    keys = {job.output.name: _key(workspace, job, plan) for job in jobs}
    due = [job for job in jobs if always or not _stands(job, keys[job.output.name], known)]
    if not due and (workspace.reports / "index.html").exists():
        return [Outcome(job.output.name, "kept") for job in jobs]
    study = functools.cache(functools.partial(_study, workspace))
    results = runner.run_reports(
        due,
        processes=processes,
        progress=(lambda done, total, _: progress(done, total)) if progress else None,
        meanwhile=functools.partial(_prepare_index, study),
    )
    outcomes = {job.output.name: Outcome(job.output.name, "kept") for job in jobs}
    for job, result in zip(due, results, strict=True):
        name = job.output.name
        outcomes[name] = Outcome(
            name, "made" if result.succeeded else "failed", result.failure, result.errno or 0
        )
        if result.succeeded:
            workspace.ledger.record(_made(job, keys[name]))
    _write_index(workspace, study(), [o for o in outcomes.values() if o.state == "failed"])
    return list(outcomes.values())


def _inputs(workspace: Workspace, notebook: str, given: Mapping[str, Any]) -> str:
    """Return the digest of the data that a notebook reads: a class profile reads one class."""
    if notebook == "class_profile":
        digests: Mapping[str, str] = workspace.tables.manifest["classes"]
        return str(digests.get(str(given.get("class_label")), ""))
    return workspace.tables.digest


def _key(workspace: Workspace, job: runner.Job, plan: str) -> str:
    inputs = files.digest_of_texts([_inputs(workspace, job.notebook.stem, job.parameters), plan])
    return runner.job_key(job.notebook, job.parameters, inputs)


def _stands(job: runner.Job, key: str, known: Mapping[str, Made]) -> bool:
    made = known.get(job.output.name)
    return bool(
        made
        and made.key == key
        and job.output.is_file()
        and files.sha256_of(job.output) == made.sha256
        and folder.whole(job.output)
    )


def _made(job: runner.Job, key: str) -> Made:
    return Made(
        output=job.output.name,
        key=key,
        sha256=files.sha256_of(job.output),
        notebook=job.notebook.stem,
        parameters=json.dumps(dict(job.parameters), ensure_ascii=False, sort_keys=True),
        made_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    )


def write_index(workspace: Workspace) -> None:
    """Write the index over the reports that stand."""
    _write_index(workspace, _study(workspace), [])


def _study(workspace: Workspace) -> Study:
    from posanalytics.study import Study

    return Study(workspace)


def _prepare_index(study: Callable[[], Study]) -> None:
    """Find the verdicts while the first reports are made; what fails here fails again later."""
    with contextlib.suppress(Exception):
        _ = study().evaluations


def _write_index(workspace: Workspace, study: Study, failed: Sequence[Outcome]) -> None:
    """Write the index: verdicts of the term, then every report that stands."""
    made = [
        item
        for item in workspace.ledger.reports().values()
        if (workspace.reports / item.output).is_file()
    ]
    made.sort(key=lambda item: (_rank(item.notebook), item.output))
    made.sort(key=_term_of, reverse=True)  # the latest term first; the order within it stays
    quality = index.slug("data_quality", study.term) + ".html"
    problems = study.problems()
    index.write_index(
        workspace.reports,
        [
            *_verdicts(study, {item.output for item in made}),
            *(_entry(workspace, item) for item in made),
            *(index.IndexEntry(question=o.output, failure=o.message) for o in failed),
        ],
        school=workspace.plan.school,
        term_title=periods.term_name(study.term),
        problems=int(problems["severity"].isin(["error", "warning"]).sum()),
        problems_href=quality if (workspace.reports / quality).is_file() else "",
        generated=_today(),
        history=_history(study, made),
    )


def _term_of(made: Made) -> tuple[Any, ...]:
    term = str(json.loads(made.parameters).get("term", ""))
    return periods.term_order(term) if term else ()


def _history(study: Study, made: Sequence[Made]) -> list[index.IndexEntry]:
    """Return the primary verdict of every term with a meeting report, the latest first."""
    terms = _on_record(study, made)
    return [
        index.IndexEntry(
            question="",
            href=past.page,
            term=periods.term_name(term),
            headline=past.headline,
            code=past.code,
            reliability=past.reliability,
            outcome=past.outcome,
            difference=past.difference,
        )
        for term, past in sorted(
            terms.items(), key=lambda item: periods.term_order(item[0]), reverse=True
        )
    ]


def _on_record(study: Study, made: Sequence[Made]) -> dict[str, history.PastVerdict]:
    """Put the verdicts of new and remade meeting reports on record; return those that stand."""
    from posanalytics.study import Study as StudyOfTerm

    folder = study.workspace.processed
    before = history.known(folder)
    found = {}
    for page in (item for item in made if item.notebook == "dynamics"):
        term = str(json.loads(page.parameters)["term"])
        past = before.get(term)
        if past is None or past.key != page.key:
            then = study if term == study.term else StudyOfTerm(study.workspace, term)
            past = _past(then.evaluations[0], term, page) if then.evaluations else None
        if past is not None:
            found[term] = past
    history.record(folder, found)
    return found


def _past(answer: Evaluation, term: str, page: Made) -> history.PastVerdict:
    return history.PastVerdict(
        term=term,
        page=page.output,
        key=page.key,
        outcome=answer.outcome.title,
        headline=answer.verdict.headline,
        code=answer.verdict.code,
        reliability=answer.verdict.reliability,
        difference=_difference(answer),
    )


def _difference(answer: Evaluation) -> history.Difference | None:
    """Return the difference with its interval, none where the verdict refuses one."""
    found = (answer.estimate, answer.conf_low, answer.conf_high)
    usable = answer.verdict.code != "F" and all(map(math.isfinite, found))
    return history.Difference(*(round(value, 6) for value in found)) if usable else None


def _rank(notebook: str) -> int:
    return _ORDER.index(notebook) if notebook in _ORDER else len(_ORDER)


def _verdicts(study: Study, pages: set[str]) -> list[index.IndexEntry]:
    meeting = index.slug("dynamics", study.term) + ".html"
    return [
        index.IndexEntry(
            question=answer.outcome.title,
            href=meeting if answer.outcome.primary and meeting in pages else "",
            classes=study.plan.compared_classes,
            term=periods.term_name(study.term),
            headline=answer.verdict.headline,
            sentence=answer.verdict.sentence if answer.outcome.primary else _interval(answer),
            code=answer.verdict.code,
            reliability=answer.verdict.reliability,
            outcome=answer.outcome.title,
            primary=answer.outcome.primary,
            difference=_difference(answer),
        )
        for answer in study.evaluations
    ]


def _interval(answer: Evaluation) -> str:
    """Return the difference of a secondary outcome in one line, or why there is none."""
    if answer.verdict.code == "F":
        return answer.verdict.sentence
    return say(
        "batch.interval",
        lang="ru",
        estimate=signed(answer.estimate),
        low=signed(answer.conf_low),
        high=signed(answer.conf_high),
        pupils=answer.pupils,
    )


def _entry(workspace: Workspace, made: Made) -> index.IndexEntry:
    given = json.loads(made.parameters)
    label = str(given.get("class_label", ""))
    return index.IndexEntry(
        question=_question(made.notebook, label),
        href=made.output,
        classes=(label,) if label else (),
        term=_term_title(given),
        audience=_audience(made.notebook),
        downloads=tuple(folder.linked(workspace.reports / made.output)),
    )
