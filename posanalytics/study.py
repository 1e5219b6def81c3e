"""The questions that a notebook asks of one school about one term, each with its answer."""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from posanalytics import indicators, labels, panel, periods
from posanalytics.evaluation import compare
from posanalytics.evaluation.design import Design, Event, Lessons, Outcome
from posanalytics.evaluation.verdict import questions
from posanalytics.wording import listed, say
from posanalytics.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from posanalytics.evaluation.compare import Ability, Evaluation
    from posanalytics.plan import Outcome as PlannedOutcome

INNOVATIVE, CONTROL = "innovative", "control"


class Study:
    """The comparison of the plan as it stands in one term."""

    def __init__(self, workspace: Workspace, term: str = "") -> None:
        """Take a workspace and a term, by default the last one with marks of a compared class."""
        self.workspace = workspace
        self.plan = workspace.plan
        self.tables = workspace.tables
        self.term = workspace.known_term(term)
        self.year = periods.split_term(self.term)[0]

    def known_class(self, label: str = "") -> str:
        """Return a class under its normal label, the first innovative one where none is named."""
        return self.workspace.known_class(label)

    @property
    def terms(self) -> list[str]:
        """Return the taught terms that have term marks, in time."""
        found = self.tables["term_marks"]["term"].unique()
        return sorted(
            (t for t in found if periods.is_taught(t) and t[8] == self.plan.term_kind),
            key=periods.term_order,
        )

    @property
    def roles(self) -> dict[str, str]:
        """Return the compared classes with their role."""
        return dict.fromkeys(self.plan.comparison.innovative, INNOVATIVE) | dict.fromkeys(
            self.plan.control_classes, CONTROL
        )

    @property
    def names(self) -> dict[str, str]:
        """Return what a reader calls the two groups: «5А и 7Б», «контрольные 5Б, 6А и 7А»."""
        innovative = listed(sorted(self.plan.comparison.innovative, key=labels.class_order))
        control = sorted(self.plan.control_classes, key=labels.class_order)
        key = "workspace.control_class" if len(control) == 1 else "workspace.control_group"
        return {
            INNOVATIVE: innovative,
            CONTROL: say(key, lang="ru", classes=listed(control)),
        }

    def term_marks(self, *, year: str | None = None) -> pd.DataFrame:
        """Return the term marks of the plan's composite subjects, of one year if named."""
        rows = self.tables["term_marks"]
        rows = rows[rows["subject"].isin(self.plan.primary.subjects)]
        if year:
            rows = rows[rows["term"].str.startswith(year)]
        return rows

    def periods_compared(self) -> panel.Periods:
        """Return the terms before and after the start, up to the term that is reported."""
        return panel.periods_compared(self.term, self.plan.comparison.start, self.terms)

    def marks_so_far(self) -> pd.DataFrame:
        """Return the term marks of the composite subjects for the terms of the year so far."""
        return _until(self.term_marks(year=self.year), self.term)

    def means(self) -> pd.DataFrame:
        """Return means of innovative and control classes for the terms of the year so far."""
        rows = self.marks_so_far()
        return self._large(indicators.term_means(rows, groups=self.roles))

    def band(self) -> pd.DataFrame:
        """Return where the school's other classes lie in the terms of the year so far."""
        rows = self.marks_so_far()
        return indicators.class_band(rows[~rows["class_label"].isin(list(self.roles))])

    def _large(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of groups that the plan's audience may see."""
        return rows[rows["pupils"] >= self.plan.audience.team]

    def subject_means(self) -> pd.DataFrame:
        """Return means by subject of both groups, and of every ordinary class under its label."""
        rows = self.marks_so_far()
        roles = self.roles
        others = set(rows["class_label"].unique()) - set(roles)
        means = indicators.term_means(
            rows, groups=roles | {label: label for label in others}, by=["subject"]
        )
        ours = means["group"].isin([INNOVATIVE, CONTROL])
        return self._large(means.assign(role=means["group"].where(ours, "ordinary")))

    def attendance(self) -> pd.DataFrame:
        """Return missed lessons by reason in the classes and terms whose journals were loaded."""
        days = {
            f"{self.year}-{suffix}": days
            for suffix, days in self.plan.years.get(self.year, {}).items()
        }
        rows = indicators.attendance(self.tables["attendance"], self.tables["marks"], terms=days)
        return self._with_role(_until(self._large(rows), self.term))

    @property
    def compared_span(self) -> str:
        """Return the terms that are compared, in words."""
        compared = self.periods_compared()
        ends = dict.fromkeys([*compared.before[:1], *compared.after[-1:]])
        return " – ".join(map(periods.term_name, ends))

    @property
    def span_before(self) -> str:
        """Return the terms before the start, in words."""
        before = self.periods_compared().before
        return " – ".join(map(periods.term_name, dict.fromkeys([*before[:1], *before[-1:]])))

    def _with_role(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows with the role of their class, so that every page draws it alike."""
        named = rows["class_label" if "class_label" in rows else "group"]
        return rows.assign(role=[self.roles.get(label, "ordinary") for label in named])

    def class_shares(self, label: str) -> pd.DataFrame:
        """Return the distribution of marks of one class by term."""
        rows = indicators.mark_shares(self.class_marks(label), groups={label: label})
        return self._with_role(self._large(rows))

    def class_categories(self, label: str) -> pd.DataFrame:
        """Return отличники, хорошисты and the reserve of one class by term."""
        rows = indicators.class_categories(self.class_marks(label))
        return self._with_role(self._large(rows))

    def baseline(self) -> pd.DataFrame:
        """Return what the compared pupils had before the start, one row per group."""
        rows = self.gains()
        rows = rows[rows["role"].isin([INNOVATIVE, CONTROL])]
        return indicators.group_means(rows[rows["subject"].isin(self.plan.primary.subjects)])

    def moves(self) -> pd.DataFrame:
        """Return «было → стало» of both groups, counted over pupils and subjects."""
        return pd.concat(
            [
                indicators.transitions(self.class_gains(role)).assign(group=role)
                for role in (INNOVATIVE, CONTROL)
            ]
        )

    def results(self) -> pd.DataFrame:
        """Return every answer as one row under the columns of the glossary."""
        return pd.concat([answer.tidy() for answer in self.evaluations], ignore_index=True)

    def completeness(self) -> pd.DataFrame:
        """Return the share of listed pupils with marks, one row per class and term."""
        rows = self.tables["term_marks"]
        rows = rows[rows["term"].str.startswith(self.year)]
        return indicators.completeness(_until(rows, self.term), self.tables["enrolments"])

    def shares(self) -> pd.DataFrame:
        """Return the distribution of marks in innovative and control classes by term."""
        rows = self.marks_so_far()
        return self._large(indicators.mark_shares(rows, groups=self.roles))

    def gains(self, measure: panel.Measure | None = None) -> pd.DataFrame:
        """Return pupil gains of this year and of the archive, each class with its role."""
        return self._gains(self.periods_compared(), measure or _measure(self.plan.primary))

    @functools.cache  # noqa: B019 - a study lives as long as its notebook, and every block asks
    def _gains(self, compared: panel.Periods, measure: panel.Measure) -> pd.DataFrame:
        last = compared.after[-1] if compared.after else self.term
        year = periods.split_term(last)[0]
        # A year in which the new lessons already ran is no archive.
        start = periods.term_order(self.plan.comparison.start)
        archive = [
            k
            for k in self._years_back(year)
            if k > 0 and periods.term_order(periods.shifted(last, -k)) < start
        ]
        gains = panel.pupil_gains(
            self.tables["term_marks"],
            periods=compared,
            years_back=[0, *archive],
            measure=measure,
        )
        return panel.with_roles(
            gains,
            innovative=tuple(self.plan.comparison.innovative),
            control=self.plan.control_classes,
            year=year,
        )

    def class_gains(self, role: str) -> pd.DataFrame:
        """Return pupil gains of the classes in one role."""
        gains = self.gains()
        subjects = self.plan.primary.subjects
        return gains[gains["role"].eq(role) & gains["subject"].isin(subjects)]

    def _membership(self, outcome: Outcome) -> pd.DataFrame:
        """Return who has marks before and after in the outcome's own subjects and measure."""
        rows = self.tables["term_marks"]
        own = rows[rows["subject"].isin(outcome.subjects)]
        compared = self.periods_compared()
        return panel.membership(own, periods=compared, measure=outcome.measure)

    def membership(self) -> pd.DataFrame:
        """Return who has marks of the primary outcome before and after, or left or joined."""
        primary = next(outcome for outcome in self.outcomes if outcome.primary)
        return self._membership(primary)

    def _chosen_late(self) -> date | None:
        """Return the day on which the control was chosen, where that was after the start."""
        comparison = self.plan.comparison
        year, suffix = periods.split_term(comparison.start)
        begin, chosen = self.plan.years[year][suffix][0], comparison.chosen_on
        return chosen if chosen is not None and chosen > begin else None

    def _chosen_before(self) -> bool:
        """Return whether the control was chosen before the start and has not changed since."""
        sealed = self.workspace.ledger.seals()
        return self._chosen_late() is None and (not sealed or sealed[0][0] == self.plan.seal)

    @property
    def lessons(self) -> tuple[Lessons, ...]:
        """Return the new lessons of every innovative class that tells how many it has had.

        The dose enters here and nowhere else: the plan tells it, until lesson study counts it.
        Before the start nothing can have been given, so nothing is told.
        """
        if periods.term_order(self.term) < periods.term_order(self.plan.comparison.start):
            return ()
        return tuple(
            Lessons(class_label=own.class_label, given=own.given, planned=own.planned)
            for own in self.plan.comparison.lessons
            if own.given is not None
        )

    def design(self) -> Design:
        """Return the comparison of the plan in the words of the evaluation."""
        comparison = self.plan.comparison
        return Design(
            innovative=tuple(comparison.innovative),
            control=self.plan.control_classes,
            periods=self.periods_compared(),
            school_year=self.year,
            chosen_before=self._chosen_before(),
            chosen_late=self._chosen_late(),
            events=tuple(
                Event(class_label=event.class_label, term=event.term, what=event.what)
                for event in comparison.events
            ),
            lessons=self.lessons,
            teachers=comparison.teachers,
            starts=tuple(sorted(comparison.late.items())),
        )

    @functools.cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Return the plan's outcomes that are made of marks."""
        return tuple(
            Outcome(
                id=outcome.id,
                title=outcome.title,
                subjects=outcome.subjects,
                measure=_measure(outcome),
                primary=outcome.primary,
                negligible=outcome.negligible,
                weights=outcome.weights,
                instruments=outcome.instruments,
                common_work=outcome.common_work,
                vpr_in_gradebook=outcome.vpr_in_gradebook,
            )
            for outcome in self.plan.outcomes
            if outcome.of_marks
        )

    @property
    def outcomes_left_out(self) -> tuple[str, ...]:
        """Return the titles of the plan's outcomes that are not made of marks: not compared yet."""
        compared = {outcome.id for outcome in self.outcomes}
        left = (one for one in self.plan.outcomes if one.id not in compared)
        return tuple(
            f"{one.title} ({one.instrument})" if one.instrument else one.title for one in left
        )

    @functools.cached_property
    def evaluations(self) -> list[Evaluation]:
        """Return the answer for every outcome, the primary one first; seal the plan."""
        self.workspace.ledger.seal(self.plan.seal)
        # One call for all: Benjamini–Hochberg needs the whole family of subjects.
        answers = self._answers(self.outcomes)
        return sorted(answers, key=lambda answer: not answer.outcome.primary)

    @functools.cached_property
    def without_each_subject(self) -> dict[str, Evaluation]:
        """Return the primary answer as it would be had the plan left out one subject: by subject.

        Empty where nothing is concluded, or where the outcome has one subject.
        """
        primary, compared = self.evaluations[0], self.periods_compared()
        subjects = tuple(primary.weights)
        if primary.verdict.code == "F":
            return {}
        parts = {
            name: dataclasses.replace(
                primary.outcome, subjects=tuple(other for other in subjects if other != name)
            )
            for name in subjects
        }
        return compare.evaluate_without_each(
            primary,
            self._all_gains(compared),
            {name: self._membership(part) for name, part in parts.items()},
            history=self._history(compared, self.year),
        )

    def _answers(self, outcomes: Sequence[Outcome]) -> list[Evaluation]:
        return compare.evaluate(
            self._all_gains(self.periods_compared()),
            {outcome.id: self._membership(outcome) for outcome in outcomes},
            outcomes=outcomes,
            design=self.design(),
            history=self._history(self.periods_compared(), self.year),
        )

    def _all_gains(self, compared: panel.Periods) -> pd.DataFrame:
        """Return gains in every measure that an outcome of the plan uses."""
        measures = dict.fromkeys(outcome.measure for outcome in self.outcomes)
        return pd.concat([self._gains(compared, m).assign(measure=m) for m in measures])

    def _history(self, compared: panel.Periods, year: str) -> pd.DataFrame:
        """Return what the compared classes had term by term, in every measure.

        Where classes begin in different terms, these means are compared: then only pupils count
        who were there all the time.
        """
        together = (*compared.before, *compared.after) if self.plan.comparison.late else ()
        rows = self.tables["term_marks"]
        rows = rows[rows["term"].str[8] == self.plan.term_kind]
        measures = dict.fromkeys(outcome.measure for outcome in self.outcomes)
        return pd.concat(
            [
                panel.class_terms(
                    rows,
                    classes=self.plan.compared_classes,
                    year=year,
                    measure=measure,
                    together=together,
                ).assign(measure=measure)
                for measure in measures
            ]
        )

    def abilities(self) -> list[Ability]:
        """Return what the design could detect, without any gain of an innovative class.

        Before the start the first term after it is taken: a plan is checked before it begins.
        """
        start = self.plan.comparison.start
        last = max(self.term, start, key=periods.term_order)
        planned = panel.periods_compared(last, start, [*self.terms, start])
        year = periods.split_term(last)[0]
        design = dataclasses.replace(self.design(), periods=planned, school_year=year)
        measures = dict.fromkeys(outcome.measure for outcome in self.outcomes)
        before = pd.concat(
            [
                panel.baseline_marks(
                    self.tables["term_marks"], periods=planned, school_year=year, measure=measure
                ).assign(measure=measure)
                for measure in measures
            ]
        )
        return compare.design_abilities(
            self._all_gains(planned),
            design,
            self.outcomes,
            before=before,
            membership={outcome.id: self._membership(outcome) for outcome in self.outcomes}
            if self.term == last
            else None,
            history=self._history(planned, year),
        )

    def _years_back(self, year: str) -> list[int]:
        years = {periods.split_term(term)[0] for term in self.terms}
        return sorted(int(year[:4]) - int(other[:4]) for other in years if other <= year)

    @property
    def baseline_gap(self) -> float | None:
        """Return Hedges g before the start for the primary outcome, None where there is none."""
        return self.evaluations[0].baseline.g

    def archive_test(self) -> dict[str, Any]:
        """Return the archive test as `placebo_figure` takes it: the very draws that p counts.

        No draws where the archive is too small.
        """
        placebo = self.evaluations[0].placebo
        if not (placebo and placebo.usable):
            return {"differences": [], "observed": self.concluded}
        years = ", ".join(periods.year_name(year.school_year) for year in placebo.years)
        span = say("figures.placebo_span", lang="ru", period=self.compared_span, years=years)
        return {
            "differences": placebo.drawn,
            "observed": self.concluded,
            "reached": placebo.reached,
            "p_value": placebo.p_value,
            "classes": (placebo.pool, placebo.archived),
            "period": span,
        }

    @property
    def concluded(self) -> float:
        """Return the difference of the primary outcome, NaN where the comparison is refused."""
        primary = self.evaluations[0]
        return math.nan if primary.verdict.code == "F" else primary.estimate

    def questions(self) -> list[str]:
        """Return the questions for the discussion that fit the findings."""
        return questions(self.evaluations)

    @property
    def outcome_names(self) -> dict[str, str]:
        """Return what a reader calls every outcome."""
        return {answer.outcome.id: answer.outcome.title for answer in self.evaluations}

    def reserve(self, label: str) -> pd.DataFrame:
        """Return in which subject a single mark keeps pupils back, in the last term of a class.

        For the class teacher only (L1): a subject with one pupil nearly names the child, so no
        report shows this.
        """
        rows = self._large(indicators.quality_reserve(self.class_marks(label)))
        return rows[rows["term"].eq(max(rows["term"], key=periods.term_order, default=""))]

    def class_means(self, label: str) -> pd.DataFrame:
        """Return the mean mark of one class by subject and term."""
        rows = self.class_marks(label)
        means = indicators.term_means(rows, groups={label: label}, by=["subject"])
        return self._with_role(self._large(means))

    def class_marks(self, label: str) -> pd.DataFrame:
        """Return the term marks of one class in the year so far, every subject."""
        rows = self.tables["term_marks"]
        rows = rows[rows["class_label"].eq(label) & rows["term"].str.startswith(self.year)]
        return _until(rows, self.term)

    def problems(self) -> pd.DataFrame:
        """Return the problems of the current exports."""
        return self.tables["problems"]


def _measure(outcome: PlannedOutcome) -> panel.Measure:
    return "mean_mark" if outcome.measure == "mean_mark" else "term_mark"


def _until(rows: pd.DataFrame, term: str) -> pd.DataFrame:
    last = periods.term_order(term)
    kept = {
        t
        for t in rows["term"].unique()
        if periods.is_taught(t) and t[8] == term[8] and periods.term_order(t) <= last
    }
    return rows[rows["term"].isin(kept)]


def open_study(folder: Path | str | None = None, *, term: str = "") -> Study:
    """Return the study of a workspace folder (by default the current one) and a term."""
    return Study(open_workspace(folder), term)
