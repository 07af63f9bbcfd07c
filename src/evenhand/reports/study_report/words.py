"""The sentences of a study's report, each made from numbers that the study found.

Modelling choice: a sentence is chosen by what was found and never written beforehand: a gap is called longer, shorter, too small to matter or not to
be told by its interval and the margin that was declared, and by nothing else. Where the list of claims says that a finding depends on something, so
does the sentence. What a sentence compares is what a reader takes it to compare: like households where the model holds things equal, all of them
where it does not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pyarrow.compute as pc

from evenhand.equity.standardised_gaps import StandardisedGap
from evenhand.equity.verdicts import Outcome, Verdict, judge
from evenhand.reports.model_tables import number
from evenhand.reports.study_report.counts import StudyCounts
from evenhand.reports.told_models import FEW_CARRY
from evenhand.studies.group_facts import GroupFacts
from evenhand.studies.results import BuiltPanel, Claim
from evenhand.studies.study_run import PresetStudy, StudyResults

LIKE = "like households (house age, income and density as they are)"
_ASIDE = re.compile(r" \([^()]*\)")


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


def the_gap(study: PresetStudy, margin: float, claims: Sequence[Claim] = ()) -> str:
    """How much longer minority households waited: as they are, then beside like ones, and what that allows to be said."""
    found = [one for one in study.gaps if one.name in {"unadjusted", "participation fixed"}]
    plain, adjusted = (one.gap for one in found)
    if plain is None or adjusted is None:
        return f"How much longer minority households waited cannot be told: {'; '.join(dict.fromkeys(one.why for one in found if one.why))}."
    first = f"With nothing else held equal, all-minority households {_waited(plain, 'households without minority members', margin)}"
    second = f"beside {LIKE}, they {_waited(adjusted, 'those', margin)}: {_gap_conclusion(adjusted, margin)}"
    return f"{first}; {second}{_which_depends(claims, 'city')}."


def _waited(gap: StandardisedGap, others: str, margin: float) -> str:
    interval = (gap.conf_low, gap.conf_high)
    return _as_found(_outcome(gap, margin), gap.gap_hours, interval, others)


def _as_found(outcome: Outcome, hours: float, interval: tuple[float, float], others: str) -> str:
    """How long a group waited beside others, as far as the interval tells."""
    reach = f"95 % interval {number(interval[0], 1)} to {number(interval[1], 1)}"
    signed = f"{'+' if hours > 0 else ''}{number(hours, 1)} hours ({reach})"
    return {
        "supported": f"waited {number(hours, 1)} hours longer ({reach}) than {others}",
        "contradicted": f"waited {number(-hours, 1)} hours shorter ({reach}) than {others}",
        "equivalent": f"waited about as long as {others}, {signed}",
        "inconclusive": f"cannot be told to have waited longer or shorter than {others}, {signed}",
    }[outcome]


def _outcome(gap: StandardisedGap, margin: float) -> Outcome:
    return judge(1.0 + gap.percent_low / 100.0, 1.0 + gap.percent_high / 100.0, "above", margin=margin)


def without_asides(words: str) -> str:
    """What a claim depends on, without the figures in brackets."""
    return _ASIDE.sub("", words)


def _which_depends(claims: Sequence[Claim], about: str) -> str:
    """What the finding depends on, by the list of claims."""
    on = [without_asides(one) for claim in claims if claim.about == about for one in claim.on]
    return f"; this depends on {', '.join(on)}" if on else ""


def _gap_conclusion(gap: StandardisedGap, margin: float) -> str:
    return {
        "supported": f"a wait {number(gap.gap_percent, 1)} % longer, which chance alone does not explain",
        "contradicted": f"a wait {number(-gap.gap_percent, 1)} % shorter, which chance alone does not explain",
        "equivalent": f"any difference lies within the ±{100 * margin:g} % that were declared too small to matter",
        "inconclusive": f"the interval reaches over zero and beyond ±{100 * margin:g} %, so this shows neither a gap nor equal waits",
    }[_outcome(gap, margin)]


def who_was_heard(results: StudyResults, counts: StudyCounts) -> str:
    """How many reported, who, and whether reporting goes with another gap."""
    everybody = results.groups.groups[0]
    few = f"{counts.of(everybody, 'reported').text} of {counts.of(everybody, 'households').text} households"
    share = counts.share(everybody, "reported", "households")
    window = f"{results.wishes.window_hours:g} hours"
    odds, gap = (told(results.main, results.claims) for told in (_odds, _reporting_and_gap))
    return f"{few} ({share}) reported through 311 within {window}. {odds} {gap}"


def _odds(study: PresetStudy, claims: Sequence[Claim]) -> str:
    found = _verdict(study, "H2b")
    if not math.isfinite(found.ratio_low):
        return "Whether minority households reported more or less cannot be told."
    times = f"{number(found.ratio, 2)} times those of a like household ({number(found.ratio_low, 2)} to {number(found.ratio_high, 2)})"
    said = {
        "supported": "they reported more",
        "contradicted": "they reported less",
        "equivalent": "no difference that matters",
        "inconclusive": "which shows neither more reports nor fewer",
    }[found.outcome]
    return f"The odds that an all-minority household reported were {times}: {said}{_which_depends(claims, 'H2b')}."


def _reporting_and_gap(study: PresetStudy, claims: Sequence[Claim]) -> str:
    """Better or worse beside others, never narrower: a gap may turn over."""
    said = {
        "supported": "Beside others, minority households that reported came off better than those that did not",
        "contradicted": "Beside others, minority households that reported came off worse than those that did not",
        "equivalent": "Among those who reported the gap was the same but for what is too small to matter",
        "inconclusive": "Whether the gap was another among those who reported cannot be said",
    }[_verdict(study, "H3b").outcome]
    return f"{said}{_which_depends(claims, 'H3b')}."


def _verdict(study: PresetStudy, hypothesis: str) -> Verdict:
    return next(one for one in study.verdicts if one.hypothesis == hypothesis)


def the_groups(results: StudyResults) -> str:
    """Mean hours of both groups and their difference, nothing held equal."""
    found = results.groups
    if found.gap is None:
        return f"How long the two groups waited cannot be compared: {found.why}"
    _, minority, others = found.groups
    gap = found.gap
    low, high = (1.0 + end / others.mean_hours for end in (gap.conf_low, gap.conf_high))
    waited = _as_found(judge(low, high, "above", margin=results.wishes.margin), gap.gap_hours, (gap.conf_low, gap.conf_high), "these")
    return (
        f"Counting each outage up to {number(gap.horizon_hours, 0)} hours, {minority.group} waited {hours_words(minority.mean_hours)} on average and "
        f"{others.group} {hours_words(others.mean_hours)}: the former {waited}. Nothing is held equal in this."
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
    pairs = [(one, _verdict(results.other, one.hypothesis)) for one in results.main.verdicts if one.note != FEW_CARRY]
    apart = [
        f"{one.hypothesis} ({one.outcome} by {results.main.name}, {two.outcome} by {results.other.name})"
        for one, two in pairs
        if one.outcome != two.outcome
    ]
    same = f"{len(pairs) - len(apart)} of {len(pairs)} verdicts are the same by both presets"
    return f"{same}." if not apart else f"{same}; the others rest on the choice: {', '.join(apart)}."


def group_label(facts: GroupFacts) -> str:
    return facts.group[0].upper() + facts.group[1:]
