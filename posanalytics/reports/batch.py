"""Which reports there should be, which of them are due, and the index over them."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import html
import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from posanalytics import labels, periods
from posanalytics.reports import history, index, parameters, runner
from posanalytics.reports.downloads import folder
from posanalytics.store import files
from posanalytics.store.ledger import Made
from posanalytics.wording import say, signed
from posanalytics.workspace import NotLoaded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from posanalytics.evaluation.compare import Evaluation
    from posanalytics.study import Study
    from posanalytics.workspace import Workspace

_ORDER = ("dynamics", "data_quality", "class_profile")
_WORKPLACE = "start"  # a place to work in JupyterLab, no report


class UnknownNotebook(Exception):
    """There is no notebook of that name."""


class BeforeStart(parameters.ParameterRefused):
    """The comparison has not begun in the term that was asked for."""


@dataclass(frozen=True)
class Outcome:
    """What became of one report."""

    output: str
    state: Literal["made", "renewed", "restored", "kept", "failed"]
    message: str = ""
    errno: int = 0


def program(workspace: Workspace, *, term: str = "") -> list[runner.Job]:
    """Return the reports that the plan calls for in a term."""
    chosen = workspace.known_term(term)
    jobs = [
        job_for(workspace, name, {"term": chosen})
        for name in ("data_quality", "dynamics")
        if not (name == "dynamics" and _before_start(workspace, chosen))
    ]
    jobs += [
        job_for(workspace, "class_profile", {"class_label": label, "term": chosen})
        for label in workspace.plan.compared_classes
        if chosen in workspace.terms_of.get(label, [])
    ]
    return jobs + _asked_for(workspace, chosen, {job.output.name for job in jobs})


def _asked_for(workspace: Workspace, chosen: str, known: set[str]) -> list[runner.Job]:
    """Return the reports that somebody asked for by name and that can still be made.

    A page of an earlier term says what was said then: it is left as it is.
    """
    jobs = []
    for made in _standing(workspace):
        given = json.loads(made.parameters)
        if made.output in known or (made.notebook in _ORDER and given.get("term") != chosen):
            continue
        with contextlib.suppress(UnknownNotebook, parameters.ParameterRefused, NotLoaded):
            job = job_for(workspace, made.notebook, given)
            # Under another name it would be another page.
            jobs += [job] if job.output.name == made.output else []
    return jobs


def _standing(workspace: Workspace) -> list[Made]:
    """Return the reports on record whose page is there."""
    made = workspace.ledger.reports().values()
    return [item for item in made if (workspace.reports / item.output).is_file()]


def outdated(workspace: Workspace) -> set[str]:
    """Return the pages that were made from other data, another plan or another version."""
    plan = files.sha256_of(workspace.root / "plan.yml")
    return {made.output for made in _standing(workspace) if _is_outdated(workspace, made, plan)}


def _is_outdated(workspace: Workspace, made: Made, plan: str) -> bool:
    notebook = workspace.notebooks / f"{made.notebook}.ipynb"
    try:
        key = _key_of(workspace, notebook, json.loads(made.parameters), plan)
    except parameters.ParameterRefused:  # the notebook is gone or cannot be read
        return True
    return key != made.key


def _before_start(workspace: Workspace, term: str) -> bool:
    """Return whether a term lies before the comparison although later ones are known."""
    order, start = periods.term_order, workspace.plan.comparison.start
    return order(term) < order(start) <= order(workspace.latest_term)


def job_for(workspace: Workspace, name: str, given: Mapping[str, Any]) -> runner.Job:
    """Return the job of one notebook; refuse unknown notebooks and parameters."""
    notebook = workspace.notebooks / f"{name}.ipynb"
    if name == _WORKPLACE:
        raise UnknownNotebook(say("batch.workplace", name=name))
    if not notebook.is_file():
        known = sorted(path.stem for path in workspace.notebooks.glob("*.ipynb"))
        known = [stem for stem in known if stem != _WORKPLACE]
        key = "unknown_notebook" if known else "no_notebooks"
        raise UnknownNotebook(say(f"batch.{key}", name=name, known=", ".join(known)))
    complete = dict(given)
    declared = parameters.declared(notebook)
    if "term" in declared:
        complete["term"] = workspace.known_term(str(complete.get("term", "")))
        if name == "dynamics" and _before_start(workspace, complete["term"]):
            raise BeforeStart(_told_start(workspace, complete["term"]))
    if "class_label" in declared:
        complete["class_label"] = workspace.known_class(str(complete.get("class_label", "")))
    checked = parameters.checked(notebook, complete)
    checked = {
        key: value for key, value in checked.items() if not _says_nothing(declared[key], value)
    }
    stem = index.slug(name, *(_name_part(key, checked[key]) for key in sorted(checked)))
    return runner.Job(
        notebook=notebook,
        parameters=checked,
        workspace=workspace.root,
        output=workspace.reports / f"{stem}.html",
        executed=workspace.processed / "executed" / f"{stem}.ipynb",
        facts=parameters.Facts(
            title=title(notebook, checked),
            subtitle=_term_title(checked),
            school=workspace.plan.school,
            audience=_audience(name),
            sources=_inputs(workspace, name, checked)[:12],
            generated=_today(),
        ),
    )


def _says_nothing(parameter: parameters.Parameter, value: object) -> bool:
    """Return whether a yes or no is what the notebook takes anyway: the page is the same."""
    return isinstance(value, bool) and value == parameter.default


def _name_part(name: str, value: object) -> object:
    """Return what a parameter adds to the name of a page: a yes is told by its own name."""
    return (name if value else f"no_{name}") if isinstance(value, bool) else value


def _told_start(workspace: Workspace, term: str) -> str:
    start = workspace.plan.comparison.start
    return say("batch.before_start", term=periods.term_told(term), start=periods.term_told(start))


def title(notebook: Path, given: Mapping[str, Any]) -> str:
    """Return the question of a report; a notebook of the school's own asks it in its heading."""
    name = notebook.stem
    own = "" if name in _ORDER else _own_title(notebook)
    asked = own or question(name, str(given.get("class_label", "")))
    return say("batch.for_meeting", lang="ru", question=asked) if given.get("meeting") else asked


def _own_title(notebook: Path) -> str:
    import nbformat

    from posanalytics.reports import page

    # A notebook that is gone or broken still has a line in the index, under its name.
    with contextlib.suppress(OSError, ValueError, nbformat.reader.NotJSONError):
        found = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
        return page.title_of(found)
    return ""


def question(name: str, label: str) -> str:
    """Return the question that a notebook answers, as its page asks it."""
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
            name,
            _became(known.get(name), keys[name]) if result.succeeded else "failed",
            result.failure,
            result.errno or 0,
        )
        if result.succeeded:
            workspace.ledger.record(_made(job, keys[name]))
    _write_index(workspace, study(), [o for o in outcomes.values() if o.state == "failed"])
    return list(outcomes.values())


def _became(before: Made | None, key: str) -> Literal["made", "renewed", "restored"]:
    """Return what making a page was: the same one stood before, or an older one, or none."""
    if before is None:
        return "made"
    return "restored" if before.key == key else "renewed"


def _inputs(workspace: Workspace, notebook: str, given: Mapping[str, Any]) -> str:
    """Return the digest of the data that a notebook reads: a class profile reads one class."""
    if notebook == "class_profile":
        digests: Mapping[str, str] = workspace.tables.manifest["classes"]
        return str(digests.get(str(given.get("class_label")), ""))
    return workspace.tables.digest


def _key(workspace: Workspace, job: runner.Job, plan: str) -> str:
    return _key_of(workspace, job.notebook, job.parameters, plan)


def _key_of(workspace: Workspace, notebook: Path, given: Mapping[str, Any], plan: str) -> str:
    inputs = files.digest_of_texts([_inputs(workspace, notebook.stem, given), plan])
    return runner.job_key(notebook, given, inputs)


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
    from posanalytics import briefing

    made = _standing(workspace)
    old = outdated(workspace)
    made.sort(key=lambda item: (_rank(item.notebook), item.output))
    made.sort(key=_term_of, reverse=True)  # the latest term first; the order within it stays
    quality = index.slug("data_quality", study.term) + ".html"
    problems = study.problems()
    index.write_index(
        workspace.reports,
        [
            *_verdicts(study, {item.output for item in made}),
            *(_entry(workspace, item, outdated=item.output in old) for item in made),
            *(index.IndexEntry(question=o.output, failure=o.message) for o in failed),
        ],
        school=workspace.plan.school,
        term_title=periods.term_name(study.term),
        problems=int(problems["severity"].isin(["error", "warning"]).sum()),
        problems_href=quality if (workspace.reports / quality).is_file() else "",
        notes=int(problems["severity"].eq("note").sum()),
        why=briefing.why_not_told(study),
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
    given = {page: json.loads(page.parameters) for page in made if page.notebook == "dynamics"}
    # A page for a meeting keeps its verdict covered: the index leads to the open one.
    for page in (page for page in given if not given[page].get("meeting")):
        term = str(given[page]["term"])
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


def _entry(workspace: Workspace, made: Made, *, outdated: bool) -> index.IndexEntry:
    given = json.loads(made.parameters)
    label = str(given.get("class_label", ""))
    return index.IndexEntry(
        question=title(workspace.notebooks / f"{made.notebook}.ipynb", given),
        href=made.output,
        classes=(label,) if label else (),
        term=_term_title(given),
        audience=_audience(made.notebook),
        downloads=tuple(folder.linked(workspace.reports / made.output)),
        mentions=_mentions(workspace, made),
        outdated=outdated,
    )


def _mentions(workspace: Workspace, made: Made) -> tuple[str, ...]:
    """Return the subjects and classes that stand on a page, for the search of the index."""
    text = html.unescape((workspace.reports / made.output).read_text("utf-8"))
    body = text[text.find("<main") : text.find("</main>")]
    marks = workspace.tables["term_marks"]
    subjects = [name for name in sorted(marks["subject"].unique()) if name in body]
    classes = [
        label
        for label in sorted(marks["class_label"].unique(), key=labels.class_order)
        if re.search(rf"(?<!\w){re.escape(label)}(?!\w)", body)
    ]
    return (*classes, *subjects)
