"""Time-based one-time codes (TOTP, RFC 6238) as authenticator apps make them: HMAC-SHA-1, six digits, steps of 30 seconds since 1970.

A code of the step before or after counts too, for a phone whose clock is a little off or a hand that is a little slow. That a code works once is
the caller's to see to: `step_of` says which step it belongs to.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

STEP_SECONDS: Final = 30
DIGITS: Final = 6
DRIFT_STEPS: Final = 1
_SECRET_BYTES: Final = 20  # as long as SHA-1's output: RFC 4226, section 4, R6


def new_secret() -> str:
    """A random secret in Base32, 32 letters, without padding."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def code_of_step(secret: str, step: int, *, digits: int = DIGITS) -> str:
    """The code of one time step (RFC 4226, section 5.3)."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_at(moment: datetime) -> int:
    """The time step of a moment (aware)."""
    return int(moment.timestamp()) // STEP_SECONDS


def step_of(secret: str, code: str, moment: datetime) -> int | None:
    """Which step near `moment` has this code; None if none. Spaces in the code are what apps show, and do not count."""
    typed = "".join(code.split())
    now = step_at(moment)
    steps = range(max(0, now - DRIFT_STEPS), now + DRIFT_STEPS + 1)
    fitting = [step for step in steps if hmac.compare_digest(code_of_step(secret, step).encode(), typed.encode())]
    return fitting[-1] if fitting else None


def otpauth_uri(secret: str, *, name: str, issuer: str) -> str:
    """What an authenticator app reads from the QR code."""
    label = f"{quote(issuer, safe='')}:{quote(name, safe='')}"
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer}, quote_via=quote)}"


def in_groups(secret: str) -> str:
    """The secret in groups of four, for typing it by hand."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
