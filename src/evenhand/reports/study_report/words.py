"""The sentences of a study's report, each made from numbers that the study found.

Modelling choice: a sentence is chosen by what was found and never written beforehand: a gap is called longer, shorter, too small to matter or not to
be told by its interval and the margin that was declared, and by nothing else. What a sentence compares is what a reader takes it to compare: like
households where the model holds things equal, all of them where it does not.
"""

from __future__ import annotations

import math
from datetime import datetime
from zoneinfo import ZoneInfo

import pyarrow.compute as pc

from evenhand.equity.standardised_gaps import StandardisedGap
from evenhand.equity.verdicts import Verdict, judge
from evenhand.reports.model_tables import number
from evenhand.reports.study_report.counts import StudyCounts
from evenhand.studies.group_facts import GroupFacts
from evenhand.studies.results import BuiltPanel
from evenhand.studies.study_run import PresetStudy, StudyResults

LIKE = "like households (house age, income and density as they are)"


def block_groups(built: BuiltPanel) -> int:
    """How many the households lie in; 0 where the panel does not say."""
    return int(pc.count_distinct(built.table["block_group"]).as_py()) if "block_group" in built.table.column_names else 0


def hours_words(hours: float) -> str:
    return f"{number(hours, 1)} hours"


def moment(at: datetime, timezone: str) -> str:
    """On the city's clock."""
    return f"{at.astimezone(ZoneInfo(timezone)):%-d %B %Y, %H:%M}"


def what_happened(results: StudyResults, counts: StudyCounts, timezone: str) -> str:
    """Who lost power, and for how long."""
    everybody = results.groups.groups[0]
    median = everybody.median_hours
    half = (
        f"half of all had power within {hours_words(median)}" if math.isfinite(median) else "more than half of all were still without it at the end"
    )
    end = moment(results.storm.readings_end, timezone)
    return f"{_out(everybody, counts)}; {half}, and {_still_out(everybody, counts)} when the readings end on {end}."


def _out(everybody: GroupFacts, counts: StudyCounts) -> str:
    """How many lost power; where the number may not be told it is because all did, or hardly any did not."""
    whole, out = counts.of(everybody, "households").text, counts.of(everybody, "out")
    if out.value is None:
        return (
            f"Nearly all of the study’s {whole} households lost power"
            if 2 * everybody.never_out < everybody.households
            else "Hardly any household lost power"
        )
    return f"{out.text} of the study’s {whole} households ({counts.share(everybody, 'out', 'households')}) lost power"


def _still_out(everybody: GroupFacts, counts: StudyCounts) -> str:
    still = counts.of(everybody, "still_out")
    if still.value is not None:
        return f"{still.text} were still out"
    return "hardly any were still out" if 2 * everybody.still_out < everybody.households else "nearly all were still out"


def the_gap(study: PresetStudy, margin: float) -> str:
    """How much longer minority households waited: as they are, then beside like ones, and what that allows to be said."""
    plain, adjusted = (next((one.gap for one in study.gaps if one.name == name), None) for name in ("unadjusted", "participation fixed"))
    if plain is None or adjusted is None:
        return "How much longer minority households waited cannot be told: the model of hours could not carry the question."
    first = f"All-minority households waited {_longer(plain)} than households without minority members when nothing else is held equal"
    return f"{first}, and {_longer(adjusted)} than {LIKE}: {_gap_conclusion(adjusted, margin)}."


def _longer(gap: StandardisedGap) -> str:
    side = "longer" if gap.gap_hours >= 0 else "shorter"
    interval = f"95 % interval {number(gap.conf_low, 1)} to {number(gap.conf_high, 1)}"
    return f"{number(abs(gap.gap_hours), 1)} hours {side} ({interval})"


def _gap_conclusion(gap: StandardisedGap, margin: float) -> str:
    outcome = judge(1.0 + gap.percent_low / 100.0, 1.0 + gap.percent_high / 100.0, "above", margin=margin)
    return {
        "supported": f"a wait {number(gap.gap_percent, 1)} % longer, which chance alone does not explain",
        "contradicted": f"a wait {number(-gap.gap_percent, 1)} % shorter, which chance alone does not explain",
        "equivalent": f"any difference lies within the ±{100 * margin:g} % that were declared too small to matter",
        "inconclusive": f"the interval reaches over zero and beyond ±{100 * margin:g} %, so this shows neither a gap nor equal waits",
    }[outcome]


def who_was_heard(results: StudyResults, counts: StudyCounts) -> str:
    """How many reported, who, and whether reporting goes with another gap."""
    everybody = results.groups.groups[0]
    few = f"{counts.of(everybody, 'reported').text} of {counts.of(everybody, 'households').text} households"
    share = counts.share(everybody, "reported", "households")
    window = f"{results.wishes.window_hours:g} hours"
    return f"{few} ({share}) reported through 311 within {window}; {_odds(results.main)}, and {_reporting_and_gap(results.main)}."


def _odds(study: PresetStudy) -> str:
    found = _verdict(study, "H2b")
    if not math.isfinite(found.ratio_low):
        return "whether minority households reported more or less cannot be told"
    times = f"{number(found.ratio, 2)} times those of a like household ({number(found.ratio_low, 2)} to {number(found.ratio_high, 2)})"
    said = {
        "supported": "they reported more",
        "contradicted": "they reported less",
        "equivalent": "no difference that matters",
        "inconclusive": "which shows neither more reports nor fewer",
    }[found.outcome]
    return f"the odds that an all-minority household reported were {times}: {said}"


def _reporting_and_gap(study: PresetStudy) -> str:
    narrows = _verdict(study, "H3b")
    return {
        "supported": "among those who reported the gap was narrower",
        "contradicted": "among those who reported the gap was wider",
        "equivalent": "among those who reported the gap was the same but for what is too small to matter",
        "inconclusive": "whether the gap was narrower or wider among those who reported cannot be said",
    }[narrows.outcome]


def _verdict(study: PresetStudy, hypothesis: str) -> Verdict:
    return next(one for one in study.verdicts if one.hypothesis == hypothesis)


def the_groups(results: StudyResults) -> str:
    """Mean hours of both groups and their difference, nothing held equal."""
    found = results.groups
    if found.gap is None:
        return f"How long the two groups waited cannot be compared: {found.why}"
    _, minority, others = found.groups
    gap = found.gap
    side = "longer" if gap.gap_hours >= 0 else "shorter"
    return (
        f"Counting each outage up to {number(gap.horizon_hours, 0)} hours, {minority.group} waited {hours_words(minority.mean_hours)} on average and "
        f"{others.group} {hours_words(others.mean_hours)}: {number(abs(gap.gap_hours), 1)} hours {side} "
        f"(95 % interval of the difference {number(gap.conf_low, 1)} to {number(gap.conf_high, 1)}). Nothing is held equal in this."
    )


def the_unheard(results: StudyResults, counts: StudyCounts) -> str:
    """How much of the outage the reports alone would have shown."""
    everybody, minority, others = results.groups.groups
    shares = " and ".join(f"{counts.share(one, 'out_unheard', 'out')} of {one.group}" for one in (minority, others))
    return (
        f"Of {counts.of(everybody, 'out').text} households of the study that lost power, {counts.of(everybody, 'out_unheard').text} "
        f"({counts.share(everybody, 'out_unheard', 'out')}) made no report in the window: {shares}. The meters know of them; the reports do not."
    )


def agreement(results: StudyResults) -> str:
    """Whether the verdicts rest on which preset one takes."""
    pairs = [(one, _verdict(results.other, one.hypothesis)) for one in results.main.verdicts]
    apart = [
        f"{one.hypothesis} ({one.outcome} by {results.main.name}, {two.outcome} by {results.other.name})"
        for one, two in pairs
        if one.outcome != two.outcome
    ]
    same = f"{len(pairs) - len(apart)} of {len(pairs)} verdicts are the same by both presets"
    return f"{same}." if not apart else f"{same}; the others rest on the choice: {', '.join(apart)}."


def group_label(facts: GroupFacts) -> str:
    return facts.group[0].upper() + facts.group[1:]
