"""City-wide gaps, verdicts and the models beside the five, as tables."""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.equity.verdicts import Verdict
from evenhand.reports.model_tables import number, term_words
from evenhand.reports.printed_tables import PrintedTable
from evenhand.reports.told_models import EVERYTHING, ToldModels
from evenhand.studies.hypotheses import NamedGap
from evenhand.studies.other_models import OtherModel


def gap_table(gaps: Sequence[NamedGap]) -> PrintedTable:
    """Hours of the whole city were everybody of a minority and were nobody, and the gap between the two."""
    told = [one for one in gaps if one.gap is not None]
    rows = [_row(one) for one in gaps]
    notes = ["Everybody's mean hours with the minority share set to 1 and to 0 (g-computation); null hypothesis: no gap."]
    notes += [f"{one.name}: {one.words}." for one in gaps]
    notes += [f"Intervals: 95 %, {one.gap.method}, errors {one.gap.errors}." for one in told[:1] if one.gap]
    notes += ["A gap is adjusted, not causal: only what stands in the model is held equal."]
    return PrintedTable(
        "The gap of the whole city", ("Gap", "Hours, minority", "Hours, others", "Gap in hours", "Gap in per cent"), tuple(rows), tuple(notes)
    )


def verdict_table(verdicts: Sequence[Verdict]) -> PrintedTable:
    """Each hypothesis with what may be said of it."""
    rows = tuple((one.hypothesis, one.claim, one.outcome, _interval(one)) for one in verdicts)
    notes = [f"{one.hypothesis}: {one.words} Assumed: {one.assumed}." for one in verdicts]
    return PrintedTable("What may be said of the hypotheses", ("Hypothesis", "Claim", "Verdict", "Ratio [95 % interval]"), rows, tuple(notes))


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
    return "–" if found is None else f"{number(found[0], 3)} [{number(found[1], 3)}, {number(found[2], 3)}]"


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


def _interval(one: Verdict) -> str:
    return f"{number(one.ratio, 3)} [{number(one.ratio_low, 3)}, {number(one.ratio_high, 3)}]"
