"""The tables of a study's report: how households came into it, groups, both presets, the published figures with ours beside them, what was checked.

Modelling choice: counts of households pass the disclosure gate as they are written; means and coefficients describe everybody. The smallest and the
largest value of a column are one household's, and are printed nowhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from evenhand.equity.verdicts import Verdict
from evenhand.reports.disclosure_cells import WITHHELD
from evenhand.reports.model_tables import count_notes, decimals_for, number, term_words
from evenhand.reports.printed_tables import PrintedTable
from evenhand.reports.study_report.counts import StudyCounts
from evenhand.reports.study_report.words import group_label
from evenhand.reports.told_models import FEW_CARRY, ToldModels
from evenhand.studies.five_models import FIVE_MODELS
from evenhand.studies.group_facts import GroupFacts
from evenhand.studies.published_study import COEFFICIENTS, PLACE
from evenhand.studies.results import Claim, DataNote, FlowStep
from evenhand.studies.study_run import PresetStudy, StudyResults

STANDINGS = {"holds": "holds", "depends": "depends", "cannot_be_said": "cannot be said"}


def group_table(results: StudyResults, counts: StudyCounts) -> PrintedTable:
    """Everybody and both groups, as they are."""
    facts = results.groups.groups
    told = [
        ("Households of the study", "households"),
        ("… never out", "never_out"),
        ("… still out when the readings end", "still_out"),
        ("… that reported in the window", "reported"),
    ]
    rows = [
        *((words, *(counts.of(one, what).text for one in facts)) for words, what in told),
        ("Share that reported", *(counts.share(one, "reported", "households") for one in facts)),
        ("Half had power again within, hours (median)", *(_told(number(one.median_hours, 1), one, counts) for one in facts)),
        (
            "Mean hours without power [95 % interval]",
            *(_told(_interval(one.mean_hours, one.mean_low, one.mean_high, 1), one, counts) for one in facts),
        ),
    ]
    notes = (
        "Minority households: at least half of the members are of a minority (all but non-Hispanic white).",
        f"Medians and means are Kaplan–Meier estimates: who was still out counts as long as it was seen. Means count each outage up to "
        f"{number(facts[0].horizon_hours, 0)} hours, to which the records of both groups reach; intervals by block group. Nothing is held equal.",
    )
    return PrintedTable("Who was out, for how long, and who reported", ("", *(group_label(one) for one in facts)), tuple(rows), notes)


def _told(figure: str, group: GroupFacts, counts: StudyCounts) -> str:
    """A figure of a group that is large enough to be told of."""
    return figure if counts.of(group, "households").value is not None else "withheld"


def flow_table(steps: Sequence[FlowStep], counts: StudyCounts) -> PrintedTable:
    """From all premises to the households of the models: how many at each step, and why the others left."""
    rows = tuple((step.words, counts.step(place).text, _left(step, place, counts)) for place, step in enumerate(steps))
    return PrintedTable("From all premises to the households of the models", ("Step", "Households", "Left here, and why"), rows)


def _left(step: FlowStep, place: int, counts: StudyCounts) -> str:
    told = [f"{why}: {cell.text}" for why in step.left if (cell := counts.left(place, why)) is not None]
    return "; ".join(told) or "–"


def notes_table(notes: Sequence[DataNote], counts: StudyCounts) -> PrintedTable:
    """What a reader must know of the inputs."""
    return PrintedTable(
        "What was found in the inputs", ("", "Finding"), tuple((str(place), counts.note(note)) for place, note in enumerate(notes, start=1))
    )


def outcome(one: Verdict) -> str:
    """The verdict, or that it is withheld."""
    return WITHHELD if one.note == FEW_CARRY else one.outcome


def verdict_words(results: StudyResults) -> PrintedTable:
    """Each hypothesis: the claim, what was found, and the verdict by both presets."""
    other = {one.hypothesis: outcome(one) for one in results.other.verdicts}
    rows = tuple((one.claim, one.words, outcome(one), other[one.hypothesis]) for one in results.main.verdicts)
    head = ("Claim", "What was compared and found", f"Verdict ({results.main.name})", f"Verdict ({results.other.name})")
    return PrintedTable("Claims of the study, and what may be said of them", head, rows)


def short_verdicts(results: StudyResults) -> PrintedTable:
    """Each hypothesis as a council reads it: the claim, the ratio, and the verdict by both presets."""
    other = {one.hypothesis: outcome(one) for one in results.other.verdicts}
    rows = tuple(
        (one.claim, _interval(one.ratio, one.ratio_low, one.ratio_high, 2), outcome(one), other[one.hypothesis]) for one in results.main.verdicts
    )
    head = ("Claim", "Ratio [95 % interval]", f"By {results.main.name}", f"By {results.other.name}")
    notes = ("A ratio of 1.10 is 10 % more; what is compared with what stands in appendix C.",)
    return PrintedTable("Claims of the study, and the verdict by both presets", head, rows, notes)


def claim_rows(claims: Sequence[Claim]) -> PrintedTable:
    """Every sentence of the study with its standing and the figures that it follows from."""
    rows = tuple((one.text, f"{STANDINGS[one.standing]}{_on(one)}", one.because) for one in claims)
    return PrintedTable("What holds, what depends, and what cannot be said", ("Sentence", "Standing", "Because"), rows)


def preset_table(main: PresetStudy, other: PresetStudy, counts: StudyCounts, everybody: GroupFacts) -> PrintedTable:
    """Both presets' choices, one a row, where they differ marked as such."""
    names = list(dict.fromkeys([*main.built.choices, *other.built.choices]))
    rows = [("households of the models", counts.of(everybody, "households").text, counts.other.text, "")]
    for name in names:
        one, two = (_choice(study.built.choices.get(name)) for study in (main, other))
        rows.append((name.replace("_", " "), one, two, "" if one == two else "differs"))
    weighted, errors = (["yes" if s.fits.is_weighted else "no" for s in (main, other)], [s.fits.errors[0] for s in (main, other)])
    rows.append(("weights in the models", weighted[0], weighted[1], "" if weighted[0] == weighted[1] else "differs"))
    rows.append(("standard errors", errors[0], errors[1], "" if errors[0] == errors[1] else "differs"))
    return PrintedTable("The two presets", ("Choice", main.name, other.name, ""), tuple(rows))


def coefficient_table(number_of_model: str, studies: Sequence[PresetStudy], told: ToldModels) -> PrintedTable:
    """A model of the study's table 4 with ours beside it, as far as they may be `told`."""
    model = next(one for one in FIVE_MODELS if one.number == number_of_model)
    found = [{term.term: term for term in one.fits.fits[model.number].terms(one.fits.errors[0])} for one in studies]
    communities = ("study", *(str(one.built.choices.get("community", "")) for one in studies))
    rows = []
    for term in (*model.terms, "Intercept"):
        estimate, error = COEFFICIENTS[model.number][term]
        decimals = 4 if abs(estimate) < 0.001 or error < 0.001 else 3
        ours = (
            f"{number(t.estimate, decimals_for(t.std_error))} ({number(t.std_error, decimals_for(t.std_error))})" if t else "removed"
            for t in (one.get(term) for one in found)
        )
        if told.hides(model.number, term):
            ours = (WITHHELD for _ in found)
        rows.append((term_words(term, communities), f"{number(estimate, decimals)} ({number(error, decimals)})", *ours))
    head = ("Term", PLACE, *(f"{one.name} ({one.fits.errors[0]})" for one in studies))
    notes = count_notes(model, (PLACE, *(one.name for one in studies)), communities)
    if number_of_model == "1":
        notes = ["Logarithms of ratios (standard error). The printed table calls them ratios; its errors take households as independent.", *notes]
    return PrintedTable(f"Table 4, model {model.number}. {model.title}", head, tuple(rows), tuple(notes))


def _interval(value: float, low: float, high: float, decimals: int) -> str:
    if not math.isfinite(value):
        return "–"
    interval = f"[{number(low, decimals)}, {number(high, decimals)}]" if math.isfinite(low) and math.isfinite(high) else "(no interval)"
    return f"{number(value, decimals)} {interval}"


def _on(claim: Claim) -> str:
    return f" on {', '.join(claim.on)}" if claim.on else ""


def _choice(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
