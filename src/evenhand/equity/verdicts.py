"""What an interval allows to be said of a claim: supported, contradicted, equivalent or inconclusive.

Modelling choice: a claim is about the direction of a ratio, and a margin around 1 is declared beforehand (default ±5 %): differences inside it are
held too small to matter. With the 95 % interval of the ratio:

    equivalent     the whole interval lies inside the margin, whichever side of 1 it lies on
    supported      the whole interval lies on the claimed side of 1, and not inside the margin
    contradicted   the whole interval lies on the other side, and not inside the margin
    inconclusive   anything else; an interval that reaches over 1 and out of the margin is no evidence of equality

"Equivalent" by a 95 % interval is stricter than two one-sided tests at 5 %, which use the 90 % interval. A claim of "no difference" is supported
where the interval is equivalent, contradicted where it lies wholly outside of the margin.

References: Schuirmann (1987), J. Pharmacokinetics and Biopharmaceutics 15:657–680; Lakens (2017), Social Psychological and Personality Science
8:355–362 (equivalence and its margin).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from evenhand.equity.errors import MarginInvalid

Claim = Literal["above", "below", "none"]
Outcome = Literal["supported", "contradicted", "equivalent", "inconclusive"]
MARGIN: Final = 0.05
MOST_RATIO: Final = 1000.0  # a ratio beyond it says no more than that it is large


@dataclass(frozen=True, slots=True)
class Verdict:
    """A claim and what may be said of it: `ratio` with its interval is what was compared, `words` say it, `assumed` names what it rests on.

    `note` says why there is no interval, or why it is by other errors than those asked for; empty where neither is so.
    """

    hypothesis: str
    claim: str
    outcome: Outcome
    ratio: float
    ratio_low: float
    ratio_high: float
    margin: float
    words: str
    assumed: str
    note: str = ""


def judge(ratio_low: float, ratio_high: float, claim: Claim, *, margin: float = MARGIN) -> Outcome:
    """The outcome for a ratio's interval; `inconclusive` where it is not known.

    >>> judge(1.06, 1.15, "above")
    'supported'
    >>> judge(0.99, 1.02, "above")
    'equivalent'
    >>> judge(0.90, 1.02, "above")
    'inconclusive'
    """
    refuse_margin(margin)
    if not (math.isfinite(ratio_low) and math.isfinite(ratio_high)):
        return "inconclusive"
    inside = 1.0 - margin <= ratio_low and ratio_high <= 1.0 + margin
    if claim == "none":
        outside = ratio_low > 1.0 + margin or ratio_high < 1.0 - margin
        return "supported" if inside else "contradicted" if outside else "inconclusive"
    if inside:
        return "equivalent"
    side = "above" if ratio_low > 1.0 else "below" if ratio_high < 1.0 else ""
    return "inconclusive" if not side else "supported" if side == claim else "contradicted"


def refuse_margin(margin: float) -> None:
    """Raise MarginInvalid where the margin is no share between 0 and 1."""
    if not 0.0 < margin < 1.0:
        raise MarginInvalid(margin)


def verdict(
    hypothesis: str,
    comparison: str,
    ratio: tuple[float, float, float],
    claim: Claim,
    *,
    claim_words: str,
    assumed: str,
    margin: float = MARGIN,
    note: str = "",
) -> Verdict:
    """Judge one claim.

    Parameters
    ----------
    hypothesis
        Its name: `H1`.
    comparison
        What is compared with what, in words that fit before "is": "the wait of a minority household that did not report, beside a like one".
    ratio
        Ratio, and the ends of its 95 % interval.
    claim
        Which side of 1 is claimed; `none` claims no difference that matters.
    claim_words
        The claim as a sentence.
    assumed
        What the comparison rests on.
    margin
        Half width of the margin of equivalence, as a share: 0.05 is ±5 %.
    note
        Why there is no interval, or why it is by other errors than those asked for, in words that continue a sentence.
    """
    value, low, high = ratio
    outcome = judge(low, high, claim, margin=margin)
    words = f"{comparison}: {ratio_words(ratio, note)}. {_said(outcome, claim, margin, has_interval=math.isfinite(low) and math.isfinite(high))}"
    return Verdict(hypothesis, claim_words, outcome, value, low, high, margin, words, assumed, note)


def ratio_words(ratio: tuple[float, float, float], note: str = "") -> str:
    """A ratio as a change with its 95 % interval, or that there is none; `note` says why.

    >>> ratio_words((1.1, 1.04, 1.16))
    '+10.0 % (95 % interval +4.0 % to +16.0 %)'
    >>> ratio_words((1.1, float("nan"), float("nan")), "nothing is left without one area")
    '+10.0 %, without an interval: nothing is left without one area'
    """
    value, low, high = ratio
    if not math.isfinite(value):
        return f"no estimate{f': {note}' if note else ''}"
    if not (math.isfinite(low) and math.isfinite(high)):
        return f"{percent_words(value)}, without an interval{f': {note}' if note else ''}"
    return f"{percent_words(value)} (95 % interval {percent_words(low)} to {percent_words(high)}{f', {note}' if note else ''})"


def percent_words(ratio: float) -> str:
    """A ratio as a change, with a true minus sign; a large one as it is, at most "> 1,000 times"; a dash where there is none.

    >>> [percent_words(ratio) for ratio in (0.9, 25.0, 1.3e8)]
    ['−10.0 %', '25.0 times', '> 1,000 times']
    """
    if not math.isfinite(ratio):
        return "–"
    if ratio > MOST_RATIO:
        return f"> {MOST_RATIO:,.0f} times"
    change = 100.0 * (ratio - 1.0)
    return f"{change:+.1f} %".replace("-", "−") if abs(change) < 1000 else f"{ratio:,.1f} times"


def _said(outcome: Outcome, claim: Claim, margin: float, *, has_interval: bool) -> str:
    if not has_interval:
        return "Inconclusive: without an interval nothing is told."
    within = f"±{100.0 * margin:g} %"
    if claim == "none":
        return {
            "supported": f"Any difference lies within {within}: no difference that matters.",
            "contradicted": f"The difference is larger than {within}.",
        }.get(outcome, f"Inconclusive: the interval reaches beyond {within} and not clear of it.")
    return {
        "supported": "The claim is supported.",
        "contradicted": "The opposite is found.",
        "equivalent": f"Any difference lies within {within}: too small to matter.",
        "inconclusive": "Inconclusive: this is no evidence of a difference, and none of equality.",
    }[outcome]
