"""What a synthetic study city is asked to be: its size, its seed, and the effects that are true in it.

Modelling choice: what was printed is taken as printed (effects, mean hours, the share that reported in the window, who was sampled), and what was
printed nowhere is a default here, so that it can be asked for otherwise.

Reference: Xu & Tang (2020), Public Administration Review 80:962–975, tables 2 to 4.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from evenhand.twin.errors import StudyCityUnusable
from evenhand.twin.panel import AREA_COLUMNS, HOURS_EFFECTS, HOUSEHOLD_COLUMNS, PARTICIPATION_EFFECTS
from evenhand.twin.readings_mixes import FaultMix

REPORTERS, OTHERS = 665, 79_000  # households that reported in the window, and that did not
SAMPLED_REPORTERS, SAMPLED_OTHERS = 515, 3_000  # … of them in the printed models
REPORTING_SHARE: Final = REPORTERS / (REPORTERS + OTHERS)
LOG_SAMPLING_ODDS: Final = math.log((SAMPLED_REPORTERS / REPORTERS) / (SAMPLED_OTHERS / OTHERS))
PRINTED_CONSTANT: Final = 17.878  # of the logit, fitted to the sample
POPULATION_CONSTANT: Final = PRINTED_CONSTANT - LOG_SAMPLING_ODDS
WINDOW_HOURS: Final = 48.0  # only reports of the first two days count
LEAST_HOUSEHOLDS: Final = 50
FULL_SIZE, FULL_BLOCK_GROUPS = 82_000, 170


@dataclass(frozen=True, slots=True)
class StudyCityRecipe:
    """What to draw.

    `hours_effects` act on the log of the mean hours, `participation_effects` on the log odds of reporting; both name columns of the panel, or two
    with a colon. `mean_hours` is the mean of a sample drawn as the authors drew theirs. `alpha` is the NB2 dispersion within block groups,
    `block_group_spread` the standard deviation of the block groups' effects on log hours. `never_out` and `still_out` are shares of the households;
    the latter wait longer than any model says. Together these four give such a sample about the printed spread of hours and the printed log
    likelihoods: the public record says that 3 % of the customers kept their power, but those likelihoods leave room for hardly more than 1 % zeros.
    `mix` is the meters' faults.
    """

    households: int = FULL_SIZE
    seed: int = 8311
    days: int = 21
    hours_effects: Mapping[str, float] = field(default_factory=lambda: dict(HOURS_EFFECTS))
    participation_effects: Mapping[str, float] = field(default_factory=lambda: dict(PARTICIPATION_EFFECTS))
    reporting_share: float = REPORTING_SHARE
    mean_hours: float = 75.134
    alpha: float = 0.12
    block_group_spread: float = 0.15
    never_out: float = 0.01
    still_out: float = 0.001
    mix: str | FaultMix = "ordinary"

    @property
    def block_groups(self) -> int:
        """170 at 82,000 households and in proportion above; below, fewer but not so few, since errors by block group need some."""
        share = self.households / FULL_SIZE
        return min(max(round(FULL_BLOCK_GROUPS * max(share, math.sqrt(share))), 4), self.households // 10)

    def refuse_unusable(self) -> None:
        """Raises StudyCityUnusable with every fault at once."""
        faults = []
        if self.households < LEAST_HOUSEHOLDS:
            faults.append(f"at least {LEAST_HOUSEHOLDS} households are needed, and {self.households} came")
        faults += [
            f"{name} was expected {words}, and {getattr(self, name):g} came"
            for name, words, least, most in (
                ("reporting_share", "between 0 and 0.5", 0.0, 0.5),
                ("never_out", "from 0 to 0.5", -1.0, 0.5),
                ("still_out", "from 0 to 0.5", -1.0, 0.5),
                ("mean_hours", "between 10 and 150", 10.0, 150.0),
                ("alpha", "between 0 and 2", 0.0, 2.0),
            )
            if not least < getattr(self, name) < most or getattr(self, name) < 0.0
        ]
        known = {*AREA_COLUMNS, *HOUSEHOLD_COLUMNS}
        for name, allowed in (("hours_effects", known | {"participation"}), ("participation_effects", known - {"community_participation"})):
            unknown = sorted({part for term in getattr(self, name) for part in term.split(":")} - allowed)
            faults += [f"{name} names {column!r}, which can have no effect here" for column in unknown]
        if faults:
            raise StudyCityUnusable(faults)
