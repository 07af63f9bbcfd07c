"""How much of each fault the synthetic readings carry.

Modelling choice: a mix is a table of shares and nothing else. `ordinary` is a storm as a well-kept utility sees it; `nasty` has every fault at
once. Shares that the nasty mix does not change are the ordinary ones. Every share is a probability for one meter, one outage, one reading or one
row, as its comment says; which ones are hit is decided by chance alone, never by what a rule could see.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from evenhand.twin.errors import TwinReadingsError


@dataclass(frozen=True, slots=True)
class FaultMix:
    """Shares, 0–1."""

    name: str
    never_out: float  # of meters; whole transformers keep their power
    still_out: float  # of meters: dark when the window ends
    lost: float  # of readings that a meter sent
    lost_as_null: float  # of the lost: a row without a value, instead of no row
    vacant: float  # of meters: a home that reads true zeros, most of them the whole window
    standby: float  # of meters: a home that reads almost nothing
    some_days: float  # of meters: whole days arrive or do not
    solar: float  # of meters; half export, half stand behind a register that counts imports only
    outage_as_gap: float  # of outages: no readings
    outage_as_zeros_then_gap: float  # of outages; what remains reads zero
    flicker: float  # of outages: power comes back for half an hour at most and goes again
    blip: float  # of outages: a short one some hours before
    second: float  # of outages: another one after it
    late: float  # of rows: they arrive hours or days after their time, half of them first as a row without a value
    double: float  # of rows
    breaker_off: float = 0.0  # of meters: switched off by the customer before the storm
    estimated: float = 0.0  # of outages: what did not arrive is filled with estimates, marked as such
    creep: float = 0.0  # of meters: a worn meter counts 1–3 Wh a half-hour by itself
    silence: float = 0.0  # of meters: hours without communication, with or without power


ORDINARY = FaultMix(
    name="ordinary",
    never_out=0.03,
    still_out=0.01,
    lost=0.02,
    lost_as_null=0.25,
    vacant=0.015,
    standby=0.025,
    some_days=0.01,
    solar=0.045,
    outage_as_gap=0.38,
    outage_as_zeros_then_gap=0.12,
    flicker=0.08,
    blip=0.03,
    second=0.03,
    late=0.015,
    double=0.01,
)
NASTY = replace(
    ORDINARY,
    name="nasty",
    never_out=0.10,
    still_out=0.03,
    lost=0.04,
    vacant=0.03,
    solar=0.09,
    breaker_off=0.02,
    estimated=0.06,
    creep=0.06,
    flicker=0.30,
    blip=0.10,
    second=0.10,
    silence=0.03,
    late=0.05,
    double=0.04,
)
MIXES = {mix.name: mix for mix in (ORDINARY, NASTY)}


def mix_named(mix: str | FaultMix) -> FaultMix:
    """The mix of this name; a mix of one's own is passed through."""
    if isinstance(mix, FaultMix):
        return mix
    if mix not in MIXES:
        raise TwinReadingsError("unknown_mix", f"A mix is one of {', '.join(MIXES)}, or a FaultMix; {mix!r} is none.", mix=mix)
    return MIXES[mix]
