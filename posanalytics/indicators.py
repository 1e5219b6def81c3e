"""School indicators by their exact rules: mean mark, успеваемость, качество, СОУ, categories.

Rules: Сетевой город, help page on indicators (DOMAIN notes, section 1.1). Quality by subject
(share of 4 and 5 among pupils in one subject) and quality by class (share of pupils without a 3
or lower in any subject) are different things and carry different names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from posanalytics import periods, scales

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

# What the exports write in place of a mark (FORMATS notes, codes of absence). A pupil who came
# late was at the lesson; a code that names no reason is kept apart rather than guessed.
REASONS = {
    "б": "ill", "бол": "ill",
    "уп": "excused", "у": "excused", "ув": "excused", "уваж": "excused",
    "нп": "unexcused",
    "оп": "late",
}  # fmt: skip
ABSENCES = ("ill", "excused", "unexcused", "unnamed")
# СОУ weights after Simonov; н/а weighs 7 in Сетевой город, other programs leave it out.
SOU_WEIGHTS = {5: 100, 4: 64, 3: 36, 2: 16}
SOU_NOT_ASSESSED = 7
_COUNTED = ("assessed", "not_assessed")


def sou(counts: Mapping[int, int], *, not_assessed: int = 0) -> float:
    """Return СОУ in percent: Σ weight × pupils / N, N with н/а and without exempt pupils.

    >>> round(sou({5: 6, 4: 14, 3: 5}), 2)
    67.04
    """
    everyone = sum(counts.values()) + not_assessed
    weighed = sum(SOU_WEIGHTS[mark] * number for mark, number in counts.items())
    return (weighed + SOU_NOT_ASSESSED * not_assessed) / everyone if everyone else np.nan


def banded(term_marks: pd.DataFrame) -> pd.DataFrame:
    """Return term marks that count in indicators, each with its band 5, 4, 3, 2 or н/а (0).

    Exempt pupils and pupils without a mark do not count; н/а counts in N.
    """
    counted = term_marks[
        (term_marks["status"].eq("assessed") & term_marks["mark"].notna())
        | term_marks["status"].eq("not_assessed")
    ]
    bands = [
        scales.band(mark) if status == "assessed" else 0
        for mark, status in zip(counted["mark"], counted["status"], strict=True)
    ]
    return counted.assign(band=np.asarray(bands, dtype="int64"))


def class_indicators(term_marks: pd.DataFrame) -> pd.DataFrame:
    """Return the classic indicators, one row per class, subject and term."""
    rows = banded(term_marks)
    keys = ["class_label", "subject", "term"]
    counts = pd.DataFrame(
        {f"count_{mark}": rows["band"].eq(mark).astype("int64") for mark in (5, 4, 3, 2)}
        | {"not_assessed": rows["band"].eq(0).astype("int64")}
    )
    sums = pd.concat([rows[keys], counts], axis=1).groupby(keys, as_index=False).sum()
    exempt = term_marks[term_marks["status"].eq("exempt")].groupby(keys).size()
    sums["exempt"] = [int(exempt.get(tuple(key), 0)) for key in sums[keys].to_numpy()]
    return sums.assign(**_ratios(sums))


def _ratios(sums: pd.DataFrame) -> dict[str, pd.Series]:
    n5, n4, n3, n2 = (sums[f"count_{mark}"] for mark in (5, 4, 3, 2))
    marks = n5 + n4 + n3 + n2
    pupils = marks + sums["not_assessed"]
    weighed = sum(SOU_WEIGHTS[m] * sums[f"count_{m}"] for m in SOU_WEIGHTS)
    return {
        "pupils": pupils,
        "mean": (5 * n5 + 4 * n4 + 3 * n3 + 2 * n2) / marks.where(marks > 0),
        "success": (n5 + n4 + n3) / pupils,
        "quality_subject": (n5 + n4) / pupils,
        "sou": (weighed + SOU_NOT_ASSESSED * sums["not_assessed"]) / pupils,
    }


def class_categories(term_marks: pd.DataFrame) -> pd.DataFrame:
    """Return отличники, хорошисты, резерв and качество по классу, one row per class and term.

    «С одной „4“» and «с одной „3“» are parts of хорошисты and троечники, not further groups.
    """
    rows = banded(term_marks)
    keys = ["class_label", "term", "pupil"]
    counts = pd.DataFrame(
        {f"n{mark}": rows["band"].eq(mark).astype("int64") for mark in (5, 4, 3, 2, 0)}
    )
    pupils = pd.concat([rows[keys], counts], axis=1).groupby(keys, as_index=False).sum()
    failing = pupils["n2"].gt(0)
    unclear = ~failing & pupils["n0"].gt(0)
    satisfactory = ~failing & ~unclear & pupils["n3"].gt(0)
    good = ~failing & ~unclear & ~satisfactory & pupils["n4"].gt(0)
    excellent = ~failing & ~unclear & ~satisfactory & ~good
    flags = pupils[["class_label", "term"]].assign(
        pupils=1,
        excellent=excellent.astype("int64"),
        good=good.astype("int64"),
        one_four=(good & pupils["n4"].eq(1)).astype("int64"),
        satisfactory=satisfactory.astype("int64"),
        one_three=(satisfactory & pupils["n3"].eq(1)).astype("int64"),
        failing=failing.astype("int64"),
        not_assessed=unclear.astype("int64"),
    )
    sums = flags.groupby(["class_label", "term"], as_index=False).sum()
    return sums.assign(
        quality_class=(sums["excellent"] + sums["good"]) / sums["pupils"],
        success_class=1 - (sums["failing"] + sums["not_assessed"]) / sums["pupils"],
    )


def quality_reserve(term_marks: pd.DataFrame) -> pd.DataFrame:
    """Return in which subject the only 3 or the only 4 stands, one row per class, term, subject.

    ``one_three`` and ``one_four`` add up to the reserve of class_categories.
    """
    rows = banded(term_marks)
    pupil = ["class_label", "term", "pupil"]
    numbers = {
        mark: rows["band"].eq(mark).groupby([rows[key] for key in pupil]).transform("sum")
        for mark in (4, 3, 2, 0)
    }
    whole = numbers[2].eq(0) & numbers[0].eq(0)
    three = whole & rows["band"].eq(3) & numbers[3].eq(1)
    four = whole & rows["band"].eq(4) & numbers[3].eq(0) & numbers[4].eq(1)
    flags = rows[["class_label", "term", "subject"]].assign(
        one_three=three.astype("int64"), one_four=four.astype("int64")
    )
    sums = flags.groupby(["class_label", "term", "subject"], as_index=False).sum()
    classes = class_categories(term_marks)[["class_label", "term", "pupils", "quality_class"]]
    return sums.merge(classes, on=["class_label", "term"], validate="many_to_one")


def term_means(
    term_marks: pd.DataFrame, *, groups: Mapping[str, str], by: Sequence[str] = ()
) -> pd.DataFrame:
    """Return the mean mark of each group by term: every pupil's own mean first, then their mean.

    ``groups`` maps class labels to group names; other classes are left out. The interval is the
    95 % t interval over pupils: it describes the pupils, not how ordinary classes differ.
    """
    rows = _taught(term_marks)
    rows = rows[rows["class_label"].isin(list(groups))]
    rows = rows.assign(group=rows["class_label"].map(groups))
    keys = ["group", *by, "term"]
    means = rows.groupby([*keys, "pupil"], as_index=False)["mark"].mean()
    result = means.groupby(keys, as_index=False)["mark"].agg(
        mean="mean", spread="std", pupils="size"
    )
    half = _half_width(result["spread"], result["pupils"])
    return result.assign(conf_low=result["mean"] - half, conf_high=result["mean"] + half).drop(
        columns="spread"
    )


def group_means(gains: pd.DataFrame) -> pd.DataFrame:
    """Return the mean before the start of each role: every pupil's own mean first."""
    pupils = gains.groupby(["role", "pupil"], as_index=False)["before"].mean()
    result = pupils.groupby("role", as_index=False)["before"].agg(
        mean="mean", spread="std", pupils="size"
    )
    half = _half_width(result["spread"], result["pupils"])
    result = result.assign(conf_low=result["mean"] - half, conf_high=result["mean"] + half)
    return result.rename(columns={"role": "group"}).drop(columns="spread")


def _half_width(spread: pd.Series, pupils: pd.Series) -> pd.Series:
    from scipy.special import stdtrit

    df = (pupils - 1).clip(lower=1)
    return (stdtrit(df, 0.975) * spread / np.sqrt(pupils)).where(pupils > 1)


def _taught(term_marks: pd.DataFrame) -> pd.DataFrame:
    taught = {term for term in term_marks["term"].unique() if periods.is_taught(term)}
    return term_marks[term_marks["term"].isin(taught) & term_marks["mark"].notna()]


def class_band(term_marks: pd.DataFrame) -> pd.DataFrame:
    """Return where ordinary classes lie by term: lowest tenth to highest tenth of class means."""
    rows = _taught(term_marks)
    means = rows.groupby(["term", "class_label", "pupil"], as_index=False)["mark"].mean()
    classes = means.groupby(["term", "class_label"], as_index=False)["mark"].mean()
    grouped = classes.groupby("term")["mark"]
    band = pd.DataFrame(
        {
            "conf_low": grouped.quantile(0.1),
            "conf_high": grouped.quantile(0.9),
            "classes": grouped.size(),
        }
    )
    return band.reset_index()


def mark_shares(term_marks: pd.DataFrame, *, groups: Mapping[str, str]) -> pd.DataFrame:
    """Return shares of marks 2, 3, 4 and 5 by group and term, distribution before any mean."""
    rows = _taught(term_marks)
    rows = rows[rows["class_label"].isin(list(groups))]
    bands = [scales.band(mark) for mark in rows["mark"]]
    rows = rows.assign(group=rows["class_label"].map(groups), mark=bands)
    counts = rows.groupby(["group", "term", "mark"]).size()
    pupils = rows.groupby(["group", "term"])["pupil"].nunique()
    full = pd.MultiIndex.from_tuples(
        [(*pair, mark) for pair in pupils.index for mark in scales.FIVE_POINT],
        names=["group", "term", "mark"],
    )
    table = counts.reindex(full, fill_value=0).rename("count").reset_index()
    totals = table.groupby(["group", "term"])["count"].transform("sum")
    table["pupils"] = [
        int(pupils[pair]) for pair in zip(table["group"], table["term"], strict=True)
    ]
    return table.assign(share=table["count"] / totals)


def attendance(
    absences: pd.DataFrame, marks: pd.DataFrame, *, terms: Mapping[str, tuple[date, date]]
) -> pd.DataFrame:
    """Return missed lessons by reason, one row per class and term whose journal was loaded.

    ``terms`` gives the first and last day of each term. A class and term counts as loaded where
    there is a dated mark or absence; lateness is counted beside the absences. ``pupils`` are all
    who have a mark or an absence then, ``subjects`` the subjects whose journals were loaded.
    """
    found = absences.assign(reason=[reason_of(code) for code in absences["reason"]])
    rows = pd.concat([found, marks[marks["date"].ne("")].assign(reason="")], ignore_index=True)
    days = {
        day: term
        for day in rows["date"].dropna().unique()
        for term, (first, last) in terms.items()
        if first.isoformat() <= day <= last.isoformat()
    }
    rows = rows.assign(term=rows["date"].map(days)).dropna(subset=["term"])
    grouped = rows.groupby(["class_label", "term"])
    counts = {
        reason: rows["reason"].eq(reason).groupby([rows["class_label"], rows["term"]]).sum()
        for reason in (*ABSENCES, "late")
    }
    sizes = {"pupils": grouped["pupil"].nunique(), "subjects": grouped["subject"].nunique()}
    return pd.DataFrame(counts | sizes).reset_index()


def reason_of(code: str) -> str:
    """Return the reason that a code of absence names: ill, excused, unexcused, late or unnamed.

    >>> [reason_of(code) for code in ("Б", "УП", "н/б", "ОП")]
    ['ill', 'excused', 'unnamed', 'late']
    """
    return REASONS.get(str(code).strip().rstrip(".").casefold(), "unnamed")


def transitions(gains: pd.DataFrame) -> pd.DataFrame:
    """Return «было → стало»: how many pupil-subject marks went from one band to another."""
    pairs = pd.DataFrame(
        {
            "before_mark": [scales.band(round(value)) for value in gains["before"]],
            "after_mark": [scales.band(round(value)) for value in gains["after"]],
        }
    )
    counts = pairs.groupby(["before_mark", "after_mark"]).size()
    full = pd.MultiIndex.from_product([scales.FIVE_POINT] * 2, names=["before_mark", "after_mark"])
    return counts.reindex(full, fill_value=0).rename("pupils").reset_index()


def completeness(term_marks: pd.DataFrame, enrolments: pd.DataFrame) -> pd.DataFrame:
    """Return the share of pupils present who have a mark, one row per class and term.

    Who came later is not yet present. Who left is told by an export alone: then the last term may
    be one without marks, else it is the last with a mark, and a blank after it is a gap.
    """
    marked = _taught(term_marks).groupby(["class_label", "term"])["pupil"].agg(set)
    rows = []
    for (label, term), found in marked.items():
        year = periods.split_term(term)[0]
        listed = enrolments[
            enrolments["class_label"].eq(label) & enrolments["school_year"].eq(year)
        ]
        known = listed[["pupil", "begin", "end"]].itertuples(index=False, name=None)
        due = {
            pupil
            for pupil, begin, end in known
            if pupil in found or _present(term, begin, end, marked.get((label, end), set()), pupil)
        }
        share = len(found & due) / len(due) if due else np.nan
        rows.append((label, term, len(found), share))
    return pd.DataFrame(rows, columns=["class_label", "term", "pupils", "share"])


def _present(term: str, begin: str, end: str, marked_last: set[str], pupil: str) -> bool:
    """Return whether a pupil without marks in the term was in the class to its end."""
    now = periods.term_order(term)
    if begin and periods.term_order(begin) > now:
        return False
    told = bool(end) and pupil not in marked_last
    return not (told and periods.term_order(end) <= now)
