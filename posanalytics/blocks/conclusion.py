"""The verdict with its reliability beside it, and what the data cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from posanalytics.blocks.block import Block, rendered
from posanalytics.wording import counted, decimal, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LEVELS = {"none": 0, "low": 1, "medium": 2, "high": 3}


def verdict_card(evaluation: Any, *, because: Sequence[str] | None = None) -> Block:
    """Return headline, sentence and caveat, and beside them how far they can be believed.

    Parameters
    ----------
    evaluation
        An Evaluation, or its Verdict alone (code, reliability, headline, sentence, caveats).
    because
        Lines under the reliability; without them the design of the comparison in numbers.
    """
    verdict = getattr(evaluation, "verdict", evaluation)
    level = str(verdict.reliability)
    lines = because if because is not None else design_lines(evaluation)
    return rendered(
        "verdict.html",
        code=str(verdict.code),
        headline=str(verdict.headline),
        sentence=str(verdict.sentence),
        caveats=_sentences(getattr(verdict, "caveats", ())),
        outcome=_title(evaluation),
        level=say(f"blocks.reliability_{level}"),
        bars=[place < LEVELS[level] for place in range(max(LEVELS.values()))],
        lines=[line for line in (*lines, getattr(verdict, "for_high", "")) if line],
    )


def _title(evaluation: Any) -> str:
    outcome = getattr(evaluation, "outcome", "")
    return outcome if isinstance(outcome, str) else str(getattr(outcome, "title", ""))


def _sentences(caveats: Any) -> list[str]:
    if isinstance(caveats, str):
        return [caveats] if caveats else []
    return [str(caveat) for caveat in caveats or ()]


def design_lines(evaluation: Any) -> list[str]:
    """Return the design of the comparison in words: classes, pupils, what could be noticed."""
    if not hasattr(evaluation, "tidy"):
        return []
    row = evaluation.tidy().to_dict("records")[0]
    lines = []
    if _known(row.get("classes_innovative")) and _known(row.get("classes_control")):
        lines.append(
            say(
                "blocks.against",
                innovative=_forms(row["classes_innovative"], "blocks.forms_class"),
                control=_forms(row["classes_control"], "blocks.forms_class_genitive"),
            )
        )
    if _known(row.get("pupils")):
        lines.append(say("blocks.matched", pupils=_forms(row["pupils"], "blocks.forms_pupil")))
    refused = row.get("verdict") == "F"
    if _known(row.get("minimum_detectable")) and not refused:
        lines.append(say("blocks.noticeable", marks=decimal(row["minimum_detectable"])))
    return lines


def _known(value: Any) -> bool:
    return value is not None and value == value  # noqa: PLR0124 - NaN is not equal to itself


def _forms(number: Any, key: str) -> str:
    return counted(round(float(number)), *say(key).split("|"))


def limits(items: Iterable[str], *, title: str | None = None) -> Block:
    """Return «Чего мы не знаем»: what these data cannot tell, one sentence each."""
    said = [item for item in items if item]
    return rendered("limits.html", items=said or [say("blocks.no_limits")], title=title or "")
