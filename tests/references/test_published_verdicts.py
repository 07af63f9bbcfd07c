"""Verdicts on the published table (Xu & Tang 2020, table 4): its coefficients and errors, judged by our rule with the normal 95 % interval.

Expected: what the study's text concludes, and the percentages that follow from its coefficients by hand.
"""

from __future__ import annotations

import math

import pytest

from evenhand.equity.verdicts import Claim, Outcome, judge, verdict

PUBLISHED = [
    ("H1: minority share, model 3", 0.103, 0.023, "above", "supported", "+10.8 %"),
    ("H2b: minority share, model 1", 0.842, 0.192, "above", "supported", "+132.1 %"),
    ("H3b: interaction, model 3", -0.259, 0.049, "below", "supported", "−22.8 %"),
    ("service rule: one more request, model 4", -0.012, 0.001, "below", "equivalent", "−1.2 %"),
    ("fair service rule: interaction, model 5", 0.0003, 0.002, "none", "supported", "+0.0 %"),
]


@pytest.mark.parametrize(("name", "estimate", "error", "claim", "outcome", "percent"), PUBLISHED)
def test_the_published_coefficients_lead_to_the_published_conclusions(
    *, name: str, estimate: float, error: float, claim: Claim, outcome: Outcome, percent: str
) -> None:
    # One more request is far inside ±5 %: it is small by itself, which is why the product judges it by the spread of requests (10 in the study).
    ratio = tuple(math.exp(estimate + side * 1.959964 * error) for side in (0, -1, 1))
    found = verdict(name, name, (ratio[0], ratio[1], ratio[2]), claim, claim_words="", assumed="")
    assert found.outcome == outcome
    assert percent in found.words


def test_the_service_rule_by_the_spread_of_requests_is_supported() -> None:
    # Ten requests: e^(-0.12 ± 1.96 · 0.01) = 0.887 [0.870, 0.904], clear of 0.95.
    assert judge(math.exp(-0.12 - 0.0196), math.exp(-0.12 + 0.0196), "below") == "supported"


def test_percentages_of_the_text_follow_from_the_coefficients() -> None:
    assert 100 * math.expm1(0.103) == pytest.approx(10.85, abs=0.005)
    assert 100 * math.expm1(0.103 - 0.259) == pytest.approx(-14.44, abs=0.005)
    assert 100 * math.expm1(0.103 - 0.069 - 0.259) == pytest.approx(-20.1, abs=0.05)
    assert 100 * math.expm1(-0.012) == pytest.approx(-1.19, abs=0.005)
