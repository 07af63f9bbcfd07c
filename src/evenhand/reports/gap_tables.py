"""City-wide gaps, verdicts and the models beside the five, as tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from evenhand.equity.verdicts import Verdict
from evenhand.reports.model_tables import number, ratio_cell, term_words
from evenhand.reports.printed_tables import PrintedTable
from evenhand.reports.told_models import EVERYTHING, ToldModels
from evenhand.studies.hypotheses import EXACT, LEVEL, STAND_IN, AskedAtOnce, NamedGap
from evenhand.studies.other_models import OtherModel


def gap_table(gaps: Sequence[NamedGap]) -> PrintedTable:
    """Hours of the whole city were everybody of a minority and were nobody, and the gap between the two."""
    rows = [_row(one) for one in gaps]
    notes = ["Everybody's mean hours with the minority share set to 1 and to 0 (g-computation); null hypothesis: no gap."]
    notes += [f"{one.name}: {one.words}." for one in gaps]
    notes += list(_interval_notes(gaps))
    notes += ["A gap is adjusted, not causal: only what stands in the model is held equal."]
    return PrintedTable(
        "The gap of the whole city", ("Gap", "Hours, minority", "Hours, others", "Gap in hours", "Gap in per cent"), tuple(rows), tuple(notes)
    )


def _interval_notes(gaps: Sequence[NamedGap]) -> Iterator[str]:
    """How the intervals came about, and of which gaps, where they did not all come about in one way."""
    names: dict[tuple[str, str], list[str]] = {}
    for one in gaps:
        if one.gap is not None:
            names.setdefault((one.gap.method, one.gap.errors), []).append(one.name)
    for (method, errors), of in names.items():
        whose = f" of {', '.join(of)}" if len(names) > 1 else ""
        yield f"Intervals{whose}: 95 %, {method}, errors {errors}."
    if len(names) > 1:
        yield f"{STAND_IN} stands in where, without some one block group, a gap has no error by {EXACT}."


def verdict_table(verdicts: Sequence[Verdict], asked: Sequence[AskedAtOnce]) -> PrintedTable:
    """Each hypothesis with what may be said of it, and how it reads among all that were `asked`."""
    rows = tuple((one.hypothesis, one.claim, one.outcome, ratio_cell((one.ratio, one.ratio_low, one.ratio_high))) for one in verdicts)
    notes = [f"{one.hypothesis}: {one.words} Assumed: {one.assumed}." for one in verdicts] + [_asked_words(asked)]
    return PrintedTable("What may be said of the hypotheses", ("Hypothesis", "Claim", "Verdict", "Ratio [95 % interval]"), rows, tuple(notes))


def _asked_words(asked: Sequence[AskedAtOnce]) -> str:
    """How many contrasts are below 5 % by themselves, and how many once it counts that all of them were asked."""
    tested = [one for one in asked if math.isfinite(one.p_value)]
    alone = [one for one in tested if one.p_value < LEVEL]
    left = [f"{one.hypothesis} ({_p_words(one.holm)})" for one in alone if one.holm < LEVEL]
    lost = [f"{one.hypothesis} ({_p_words(one.p_value)} by itself, {_p_words(one.holm)} by Holm)" for one in alone if one.holm >= LEVEL]
    words = f"Several hypotheses at once: p against no difference is below 5 % by itself in {len(alone)} of {len(tested)} contrasts, each tested once"
    words += f"; by Holm, which counts that all were asked, in {len(left)}" if alone else ""
    words += f": {', '.join(left)}." if left else "."
    return f"{words} No difference to claim as if it were the one question asked: {', '.join(lost)}." if lost else words


def _p_words(p_value: float) -> str:
    return "< 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def other_table(models: Sequence[OtherModel], gate: ToldModels = EVERYTHING) -> PrintedTable:
    """Model 3's question by other models: ratios side by side, each column naming what its ratio is of; `gate` says what may be told."""
    told = [one for one in models if one.ratios]
    terms = [term for term in dict.fromkeys(term for one in told for term in one.ratios) if term != "Intercept"]
    rows = [(term_words(term), *(_ratio(one.ratios.get(term)) for one in told)) for term in terms]
    rows.append(("Households", *(gate.rows_words(one.n) for one in told)))
    notes = [f"{one.name}: {one.ratio_name}, errors {one.errors}{_still_out(one, gate)}." for one in told]
    notes += [f"{one.name} is of fewer households; left out: {one.left_out}." for one in told if one.left_out]
    notes += [f"{one.name} did not converge; its figures are not to be used." for one in told if not one.converged]
    notes += [f"{one.name}: {words}" for one in told for words in one.warnings]
    notes += [f"{one.name} cannot be fitted: {one.why}" for one in models if one.why]
    notes.append("A ratio that moves with the unit rests on the model more than on the city. A hazard ratio below 1 is a longer wait.")
    for hours in (hours for one in told for hours in one.hours):
        gap = f"{number(hours.gap_hours, 1)} h [{number(hours.conf_low, 1)}, {number(hours.conf_high, 1)}]"
        notes.append(
            f"Person-period, mean hours up to {number(hours.horizon_hours, 1)} h: {hours.setting} less {hours.reference}: {gap}, an association."
        )
    return PrintedTable(
        "Model 3 in other units and by other models", ("Term", *(f"{one.name}: {one.ratio_name}" for one in told)), tuple(rows), tuple(notes)
    )


def _still_out(one: OtherModel, gate: ToldModels) -> str:
    """How many were still out; in a report for publication that stands among the counts of the groups, or nowhere."""
    return "" if gate.is_gated else f", {one.n_still_out:,} still out when the records end"


def _ratio(found: tuple[float, float, float] | None) -> str:
    return "–" if found is None else ratio_cell(found)


def _row(one: NamedGap) -> tuple[str, ...]:
    gap = one.gap
    if gap is None:
        return one.name, "–", "–", f"cannot be told: {one.why}", "–"
    return (
        one.name,
        number(gap.hours, 1),
        number(gap.reference_hours, 1),
        f"{number(gap.gap_hours, 1)} [{number(gap.conf_low, 1)}, {number(gap.conf_high, 1)}]",
        f"{number(gap.gap_percent, 1)} [{number(gap.percent_low, 1)}, {number(gap.percent_high, 1)}]",
    )
