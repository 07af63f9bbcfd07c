"""Numbers that people read out over the phone: eight random digits and a check digit.

Random, so that a number tells nothing about how many came before; the check digit (Damm's quasigroup of order 10) catches every single wrong digit
and every swap of two neighbours. Imported requests keep their source's id, which has no check digit of ours.

References
----------
H. M. Damm (2004), Total anti-symmetrische Quasigruppen, dissertation, Philipps-Universität Marburg: the order-10 table.
"""

from __future__ import annotations

import re
import secrets
from functools import lru_cache

_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
LENGTH = 9
SERVABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def new_reference() -> str:
    """Nine digits, the last one a check digit; the first is not 0. Uniqueness is the database's to keep: draw again on a collision."""
    digits = str(10_000_000 + secrets.randbelow(90_000_000))
    return digits + str(check_digit(digits))


def check_digit(digits: str) -> int:
    """The digit that makes `digits` + digit valid."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim


def is_valid(reference: str) -> bool:
    """Whether it is one of our numbers, typed right."""
    return len(reference) == LENGTH and reference.isascii() and reference.isdigit() and check_digit(reference) == 0


def normalised(typed: str) -> str:
    """What somebody typed, without spaces, and without the hyphens with which nine digits are shown."""
    compact = re.sub(r"[\s#]", "", typed)
    digits = compact.replace("-", "")
    return digits if is_valid(digits) else compact


@lru_cache(maxsize=16_384)  # a queue shows the same hundred again and again
def spoken(reference: str) -> str:
    """As shown to people: 123-456-789; a source's id as it is."""
    return f"{reference[:3]}-{reference[3:6]}-{reference[6:]}" if is_valid(reference) else reference
