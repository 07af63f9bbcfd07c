"""Tables of gaps and verdicts name what each figure rests on, and how many questions were asked."""

from __future__ import annotations

import math
from dataclasses import replace

from evenhand.equity.standardised_gaps import StandardisedGap
from evenhand.equity.verdicts import verdict
from evenhand.reports.gap_tables import gap_table, verdict_table
from evenhand.studies.hypotheses import AskedAtOnce, NamedGap

GAP = StandardisedGap("minority_share", 1.0, 0.0, "fixed", 80.0, 75.0, 5.0, 1.0, 20.0, 3.0, 7.0, 6.7, 4.0, 9.0, "cr3", "delta", 900)


def asked(name: str, p_value: float, holm: float) -> AskedAtOnce:
    return AskedAtOnce(name, p_value, holm, holm, "")


def note_of(*tests: AskedAtOnce) -> str:
    return verdict_table((), tests).notes[-1]


def test_each_way_to_an_interval_names_its_gaps() -> None:
    stood_in = replace(GAP, errors="cr3_one_step")
    notes = gap_table(
        [NamedGap("one", "a", GAP), NamedGap("two", "b", stood_in), NamedGap("three", "c", GAP), NamedGap("four", "d", None, "so")]
    ).notes
    assert [note for note in notes if note.startswith(("Intervals", "cr3"))] == [
        "Intervals of one, three: 95 %, delta, errors cr3.",
        "Intervals of two: 95 %, delta, errors cr3_one_step.",
        "cr3_one_step stands in where, without some one block group, a gap has no error by cr3.",
    ]


def test_one_way_for_all_gaps_is_told_once() -> None:
    notes = gap_table([NamedGap("one", "a", GAP), NamedGap("two", "b", GAP)]).notes
    assert [note for note in notes if "errors" in note] == ["Intervals: 95 %, delta, errors cr3."]


def test_what_holm_leaves_and_what_it_takes_is_told_with_its_figures() -> None:
    tests = (asked("H1", 0.0001, 0.0004), asked("H2b", 0.04, 0.12), asked("H3b", 0.3, 0.6), asked("rule", 0.5, 0.6), asked("no", math.nan, math.nan))
    assert note_of(*tests) == (
        "Several hypotheses at once: p against no difference is below 5 % by itself in 2 of 4 contrasts, each tested once; by Holm, which counts "
        "that all were asked, in 1: H1 (< 0.001). No difference to claim as if it were the one question asked: H2b (0.040 by itself, 0.120 by Holm)."
    )


def test_where_no_contrast_is_found_holm_is_not_spoken_of() -> None:
    assert note_of(asked("H1", 0.4, 0.8), asked("H2b", 0.6, 0.8)) == (
        "Several hypotheses at once: p against no difference is below 5 % by itself in 0 of 2 contrasts, each tested once."
    )


def test_a_ratio_beyond_a_thousand_says_only_that_it_is_large() -> None:
    found = verdict("H2", "Odds of one beside another", (0.0, 0.0, 1.3e8), "above", claim_words="More.", assumed="nothing")
    assert verdict_table([found], ()).rows[0][-1] == "0.000 [0.000, > 1,000]"
