"""What may be said at the end: every sentence of the study with its standing, from the verdicts of both presets and the checks of the design.

Modelling choice: a sentence *holds* where the verdict of the preset that leads is definite and nothing that was tried takes it away. It *depends*
where the other preset, another window, unit, definition or set of households, wider clusters, a single block group left out, or the number of
questions asked changes the verdict; each of these is named with what it finds. It *cannot be said* where the verdict of the preset that leads is not
definite: what the other preset finds then stands among the figures, and nobody claims it. What the design cannot tell at all (what causes what) is
among the last, with the figure that shows how little it would take. Worst cases (`is_extreme` rows) bound a figure and take no sentence away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from evenhand.equity.verdicts import MARGIN, Verdict, judge, percent_words, ratio_words
from evenhand.studies.five_models import StudyFits
from evenhand.studies.hypotheses import LEVEL, NamedGap
from evenhand.studies.hypotheses import verdicts as verdicts_of
from evenhand.studies.results import Claim, Diagnostic

Finding = Literal["above", "below", "equal", "unlike", "unknown"]
_SAID: Final[Mapping[Finding, str]] = {
    "above": "above 0 %",
    "below": "below 0 %",
    "equal": "inside the margin",
    "unlike": "beyond the margin",
    "unknown": "not told apart from none",
}


@dataclass(frozen=True, slots=True)
class _Wording:
    """The sentences of one comparison, by what is found; `whether` where nothing is."""

    above: str
    below: str
    equal: str
    whether: str

    def of(self, finding: Finding, ratio: float) -> str:
        if finding == "unlike":
            return self.above if ratio > 1.0 else self.below
        return {"above": self.above, "below": self.below, "equal": self.equal}.get(finding, self.whether)


# One of each pair of opposite claims: its verdict tells the other's.
_WORDINGS: Final[Mapping[str, _Wording]] = {
    "H1": _Wording(
        "Where nobody reports, minority households wait longer than others like them.",
        "Where nobody reports, minority households wait less long than others like them.",
        "Where nobody reports, minority households wait as long as others like them.",
        "Whether minority households wait longer than others like them where nobody reports.",
    ),
    "H2b": _Wording(
        "Minority households report more than others like them.",
        "Minority households report less than others like them.",
        "Minority households report about as often as others like them.",
        "Whether minority households report more or less than others like them.",
    ),
    "H3b": _Wording(
        "Among households that report, the gap is wider than among others.",
        "Among households that report, minority households come off better, beside others, than among those that do not.",
        "The gap is the same among households that report and among others.",
        "Whether the gap is another among households that report.",
    ),
    "gap among reporters": _Wording(
        "Among households that report, minority households wait longer than others like them.",
        "Among households that report, minority households wait less long than others like them.",
        "Among households that report, minority households wait as long as others like them.",
        "Whether minority households that report wait as long as others like them that report.",
    ),
    "service rule": _Wording(
        "Where a block group makes more requests, its households wait longer.",
        "Where a block group makes more requests, its households wait less long.",
        "Where a block group makes more requests, its households wait as long as elsewhere.",
        "Whether households of block groups that make more requests wait more or less long.",
    ),
    "fair service rule": _Wording(
        "The gap is wider where a block group makes more requests.",
        "The gap is smaller where a block group makes more requests.",
        "What requests go with is the same for minority households as for others.",
        "Whether what requests go with is the same for minority households as for others.",
    ),
}
# Claims of no difference: only an interval wholly beyond the margin contradicts them.
_OF_EQUALITY: Final = ("gap among reporters", "fair service rule")
_CITY: Final = _Wording(
    "Across the whole city, minority households wait longer than others like them.",
    "Across the whole city, minority households wait less long than others like them.",
    "Across the whole city, minority households wait as long as others like them.",
    "Whether minority households of the whole city wait longer than others like them.",
)
# What a sentence depends on, as it stands after "This depends on".
_ON: Final[Mapping[str, str]] = {
    "window": "the window in which a report counts",
    "landmark": "hours in which a reporter could not have been restored",
    "unit": "the unit of the hours",
    "rounding": "whether hours are rounded",
    "minority_definition": "who is called a minority household",
    "never_out": "whether households that were never out are counted",
    "missing_hours": "households whose hours are not known",
    "morans_i": "how wide a neighbourhood is taken to share its fate",
}


def claims(
    study: StudyFits, other: StudyFits, verdicts: Sequence[Verdict], gaps: Sequence[NamedGap], diagnostics: Sequence[Diagnostic]
) -> tuple[Claim, ...]:
    """The list of claims.

    Parameters
    ----------
    study, other
        The five models by the preset that leads, and by the other one.
    verdicts
        Of `study`; their margin is used throughout.
    gaps
        The city's gaps by `study`.
    diagnostics
        The checks; those of the design are read by name, others are left aside.

    Returns
    -------
    tuple of Claim
        What holds first, then what depends, then what cannot be said.
    """
    margin = next((one.margin for one in verdicts), MARGIN)
    checks = {one.name: one for one in diagnostics}
    theirs = {one.hypothesis: one for one in verdicts_of(other, margin=margin)}
    found = [
        _claim(one, theirs.get(one.hypothesis), (study.preset.name, other.preset.name), checks) for one in verdicts if one.hypothesis in _WORDINGS
    ]
    found += [*_of_city(gaps, checks, margin), *_causes(checks), *_unknowable(checks)]
    order = {"holds": 0, "depends": 1, "cannot_be_said": 2}
    return tuple(sorted(found, key=lambda one: order[one.standing]))


def _claim(mine: Verdict, theirs: Verdict | None, presets: tuple[str, str], checks: Mapping[str, Diagnostic]) -> Claim:
    finding, wording = _finding(mine), _WORDINGS[mine.hypothesis]
    other = _finding(theirs) if theirs else finding
    because = f"{_figures(mine)} by {presets[0]}"
    because += f"; {_figures(theirs)} by {presets[1]}." if theirs else "."
    if mine.hypothesis in _OF_EQUALITY:
        because += f" The margin is ±{100.0 * mine.margin:g} %."
    if finding == "unknown":
        return Claim(wording.whether, "cannot_be_said", because, about=mine.hypothesis)
    on = [f"the preset (by {presets[1]}: {_SAID[other]})"] if other != finding else []
    on += _dependences(mine.hypothesis, checks, finding)
    return Claim(wording.of(finding, mine.ratio), "depends" if on else "holds", because, tuple(on), mine.hypothesis)


def _finding(verdict: Verdict) -> Finding:
    """What was found, whatever was claimed."""
    if verdict.outcome == "inconclusive":
        return "unknown"
    if verdict.outcome == "equivalent":
        return "equal"
    if verdict.hypothesis in _OF_EQUALITY:
        return "equal" if verdict.outcome == "supported" else "unlike"
    return "above" if verdict.ratio > 1.0 else "below"


def _figures(verdict: Verdict) -> str:
    return ratio_words((verdict.ratio, verdict.ratio_low, verdict.ratio_high), verdict.note)


def _dependences(hypothesis: str, checks: Mapping[str, Diagnostic], finding: Finding) -> list[str]:
    """What changes a verdict, each in words with what it finds. That no difference matters is no p-value's business, nor a shuffle's."""
    found = _on_places(hypothesis, checks.get("influence"))
    for name, words in _ON.items():
        if name in checks and (changes := _changes(checks[name], hypothesis, turned_only=name == "landmark")):
            found.append(f"{words} ({changes})")
    if finding == "equal":
        return found
    found += _by_counting(hypothesis, checks.get("multiplicity"))
    return [*found, *_of_gap(checks)] if hypothesis == "H1" else found


def _changes(check: Diagnostic, hypothesis: str, *, turned_only: bool) -> str:
    """Settings at which the verdict is another than at the study's own, by what they find.

    Of a landmark only the opposite counts: it asks about fewer households, and being told less is no other answer.
    """
    own = [row for row in check.rows if row.get("hypothesis") == hypothesis and not row.get("why")]
    studied = next((row for row in own if row.get("is_as_studied")), None)
    if studied is None:
        return ""
    others = [row for row in own if not row["is_as_studied"] and not row["is_extreme"] and row["outcome"] != studied["outcome"]]
    if turned_only:
        others = [row for row in others if {row["outcome"], studied["outcome"]} == {"supported", "contradicted"}]
    by_words: dict[str, list[str]] = {}
    for row in others:
        by_words.setdefault(str(row["said"]), []).append(str(row["setting"]))
    return "; ".join(f"{said}: {', '.join(settings)}" for said, settings in by_words.items())


def _on_places(hypothesis: str, check: Diagnostic | None) -> list[str]:
    row = _row_of(check, hypothesis)
    if row is None or not row["block_groups_that_change_it"]:
        return []
    return [f"single block groups (leaving one out changes it for {row['block_groups_that_change_it']:,} of {row['block_groups']:,})"]


def _by_counting(hypothesis: str, check: Diagnostic | None) -> list[str]:
    row = _row_of(check, hypothesis)
    if row is None or not row["p_value"] < LEVEL <= row["holm"]:
        return []
    return [f"how many questions are asked (p = {row['p_value']:.3f} alone, {row['holm']:.3f} by Holm)"]


def _row_of(check: Diagnostic | None, hypothesis: str) -> Mapping[str, Any] | None:
    return next((row for row in check.rows if row.get("hypothesis") == hypothesis), None) if check else None


def _of_gap(checks: Mapping[str, Diagnostic]) -> list[str]:
    """What makes the gap one of block groups, or one that was there before."""
    found = []
    shuffled = checks.get("permutation")
    if shuffled and shuffled.figures.get("p-value", 0.0) >= LEVEL:
        found.append(f"comparing block groups with each other (within them, shuffling gives p = {shuffled.figures['p-value']:.3f})")
    quiet = checks.get("placebo")
    if quiet and quiet.standing == "trouble":
        found.append(f"a gap that was there before the storm ({percent_words(quiet.figures['H1 in the quiet week (ratio)'])} in a quiet week)")
    return found


def _of_city(gaps: Sequence[NamedGap], checks: Mapping[str, Diagnostic], margin: float) -> Iterator[Claim]:
    """The gap over everybody, in hours; it hangs on what the gap of those who do not report hangs on, who are nearly all."""
    by_name = {one.name: one for one in gaps}
    if "participation fixed" not in by_name:
        return
    adjusted = by_name["participation fixed"]
    gap, plain = adjusted.gap, by_name["unadjusted"].gap
    if gap is None:
        yield Claim(_CITY.whether, "cannot_be_said", f"No interval: {adjusted.why.rstrip('.')}.", about="city")
        return
    low, high = 1.0 + gap.percent_low / 100.0, 1.0 + gap.percent_high / 100.0
    ratio, finding = 1.0 + gap.gap_percent / 100.0, _found(low, high, margin)
    because = f"{_hours(gap.gap_hours)} on average, {ratio_words((ratio, low, high))}, adjusted, each household reporting or not as it did"
    on = []
    if plain is not None:
        of_plain = _found(1.0 + plain.percent_low / 100.0, 1.0 + plain.percent_high / 100.0, margin)
        because += f"; {_hours(plain.gap_hours)} unadjusted"
        if finding not in {of_plain, "unknown"}:
            on.append(f"whether house age, income and density are held equal (unadjusted: {_SAID[of_plain]})")
    if finding == "unknown":
        yield Claim(_CITY.whether, "cannot_be_said", f"{because}.", about="city")
        return
    on += _dependences("H1", checks, finding)
    yield Claim(_CITY.of(finding, ratio), "depends" if on else "holds", f"{because}.", tuple(on), "city")


def _found(low: float, high: float, margin: float) -> Finding:
    outcomes: dict[str, Finding] = {"supported": "above", "contradicted": "below", "equivalent": "equal"}
    return outcomes.get(judge(low, high, "above", margin=margin), "unknown")


def _hours(hours: float) -> str:
    return f"{hours:+.1f} h".replace("-", "−")


def _causes(checks: Mapping[str, Diagnostic]) -> Iterator[Claim]:
    """What no figure of this design can tell, each with the figure that shows it."""
    strength = checks.get("e_value")
    if strength and strength.figures:
        limit, point = strength.figures["H1 E-value of the interval"], strength.figures["H1 E-value"]
        because = f"Something unmeasured with ratios of {point:.2f} with the group and with the wait would explain the gap away"
        because += f", and ratios of {limit:.2f} would bring its interval to no difference." if limit > 1.0 else "; its interval needs nothing."
        yield Claim("Whether belonging to a minority is what makes a household wait.", "cannot_be_said", because)
    landmark = checks.get("landmark")
    if landmark:
        yield Claim("Whether reporting itself changes the wait.", "cannot_be_said", _of_reporting(landmark))


def _of_reporting(landmark: Diagnostic) -> str:
    rows = [row for row in landmark.rows if row.get("hypothesis") == "reporting" and not row.get("why")]
    flag = next((row for row in rows if row["is_as_studied"]), None)
    later = [row for row in rows if not row["is_as_studied"]]
    if flag is None or not later:
        return f"{landmark.meaning} Who reports had reasons to."
    told = ", ".join(f"{percent_words(row['ratio'])} from {row['setting']} on" for row in later)
    start = "The wait of reporters without minority members, beside like households that did not report, is "
    start += f"{percent_words(flag['ratio'])} by the study's flag and, without immortal time, {told}"
    return f"{start}; who reports had reasons to."


def _unknowable(checks: Mapping[str, Diagnostic]) -> Iterator[Claim]:
    quiet = checks.get("placebo")
    if quiet and quiet.standing == "not_testable":
        yield Claim("Whether the gap was there before the storm.", "cannot_be_said", quiet.meaning)
    elif quiet and quiet.standing == "caution" and _holds_storm(quiet.figures):
        yield Claim("Whether the same gap was there before the storm.", "cannot_be_said", quiet.meaning)
    lost = checks.get("missing_hours")
    if lost and lost.rows and lost.standing != "sound":
        yield Claim("How long those waited whose hours are not known to their end.", "cannot_be_said", lost.meaning)


def _holds_storm(figures: Mapping[str, float]) -> bool:
    """Does the quiet week's interval hold the storm's gap?"""
    low, high = figures["H1 in the quiet week, low (ratio)"], figures["H1 in the quiet week, high (ratio)"]
    return low <= figures["H1 in the storm (ratio)"] <= high


def question_of(about: str) -> str:
    """What a claim about a hypothesis, or about the city, answers, in the words that leave it open."""
    return (_CITY if about == "city" else _WORDINGS[about]).whether
