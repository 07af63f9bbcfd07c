"""What an interval allows to be said. Margin ±5 % unless another is named."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.equity.errors import MarginInvalid
from evenhand.equity.verdicts import Claim, Outcome, judge, percent_words, ratio_words, verdict

RATIOS = st.floats(0.2, 5.0)


@pytest.mark.parametrize(
    ("low", "high", "claim", "outcome"),
    [
        (1.01, 1.20, "above", "supported"),
        (1.01, 1.20, "below", "contradicted"),
        (0.80, 0.99, "below", "supported"),
        (0.90, 1.20, "above", "inconclusive"),
        (0.96, 1.04, "above", "equivalent"),
        (1.01, 1.04, "above", "equivalent"),  # certainly more, and certainly too little to matter
        (0.96, 1.04, "none", "supported"),
        (0.96, 1.06, "none", "inconclusive"),
        (1.06, 1.20, "none", "contradicted"),
        (1.01, 1.20, "none", "inconclusive"),
    ],
)
def test_an_interval_decides(low: float, high: float, claim: Claim, outcome: Outcome) -> None:
    assert judge(low, high, claim) == outcome


@given(RATIOS, RATIOS)
def test_no_interval_supports_both_sides(first: float, second: float) -> None:
    low, high = sorted((first, second))
    assert not (judge(low, high, "above") == "supported" and judge(low, high, "below") == "supported")


@given(st.floats(0.9, 1.1) | RATIOS, st.floats(0.9, 1.1) | RATIOS, st.floats(0.0, 1.0), st.sampled_from(["above", "below", "none"]))
def test_a_wider_interval_keeps_what_was_unknown_and_never_turns_a_verdict_round(first: float, second: float, more: float, claim: Claim) -> None:
    low, high = sorted((first, second))
    narrow, wide = judge(low, high, claim), judge(low * (1.0 - more / 2.0), high * (1.0 + more), claim)
    assert wide == "inconclusive" or narrow != "inconclusive"
    assert {narrow, wide} != {"supported", "contradicted"}
    assert wide != "equivalent" or narrow == "equivalent"


def test_an_insignificant_effect_is_never_called_equality() -> None:
    found = verdict("H3", "Hours of one beside another", (1.02, 0.90, 1.15), "above", claim_words="One waits longer.", assumed="nothing")
    assert found.outcome == "inconclusive"
    assert found.words == (
        "Hours of one beside another: +2.0 % (95 % interval −10.0 % to +15.0 %). "
        "Inconclusive: this is no evidence of a difference, and none of equality."
    )


def test_a_ratio_beyond_a_thousand_says_only_that_it_is_large() -> None:
    assert [percent_words(ratio) for ratio in (1.5, 1000.0, 1000.1, 130_359_622.6, math.inf)] == [
        "+50.0 %", "1,000.0 times", "> 1,000 times", "> 1,000 times", "–",
    ]  # fmt: skip
    assert ratio_words((0.0, 0.0, 1.3e8)) == "−100.0 % (95 % interval −100.0 % to > 1,000 times)"


def test_an_unknown_interval_is_inconclusive() -> None:
    assert judge(math.nan, math.nan, "above") == "inconclusive"


@pytest.mark.parametrize("margin", [0.0, 1.0, -0.05, 5.0])
def test_a_margin_is_a_share(margin: float) -> None:
    with pytest.raises(MarginInvalid):
        judge(1.0, 1.1, "above", margin=margin)


def test_without_an_interval_the_words_say_why_and_nothing_is_concluded() -> None:
    found = verdict("H2", "Odds of one beside another", (1.9, math.nan, math.nan), "above", claim_words="More.", assumed="nothing", note="so it is")
    assert (found.outcome, found.note) == ("inconclusive", "so it is")
    assert found.words == "Odds of one beside another: +90.0 %, without an interval: so it is. Inconclusive: without an interval nothing is told."
    none = verdict("H2", "Odds of one beside another", (math.nan,) * 3, "above", claim_words="More.", assumed="nothing", note="its term was removed")
    assert none.words.startswith("Odds of one beside another: no estimate: its term was removed.")


def test_errors_that_stand_in_for_others_are_named_beside_the_interval() -> None:
    found = verdict("H2", "Odds of one beside another", (1.9, 1.2, 3.0), "above", claim_words="More.", assumed="nothing", note="by another error")
    assert "(95 % interval +20.0 % to +200.0 %, by another error)" in found.words
