"""The second factor of signing in: a code from an authenticator app, or one of ten recovery codes that work once each.

A code works once: the time step it belongs to must be later than the last one that was accepted, and that is decided by the database, so that the
same code sent twice at once passes once. Of recovery codes only keyed hashes are kept; they are random (59 bits), so that a fast hash is enough.
Switching it on, off, or resetting it ends the person's other sessions and stands in the history of changes.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.db import transaction
from django.utils.crypto import salted_hmac

from evenhand.web.accounts import administrative_history, sessions, totp
from evenhand.web.accounts.models import Account
from evenhand.web.accounts.people import cities_concerned
from evenhand.web.accounts.roles import Role

RECOVERY_CODES: Final = 10
_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that looks like something else
_RECOVERY_LENGTH: Final = 12
_LONGEST_CODE: Final = 40


class Rule(StrEnum):
    """Who must have a second factor (EVENHAND_SECOND_FACTOR). Everybody may."""

    OPTIONAL = "optional"
    ADMINISTRATORS = "administrators"
    EVERYBODY = "everybody"


def must_have(person: Account, rule: Rule) -> bool:
    """Whether the instance asks this person for a second factor."""
    return rule is Rule.EVERYBODY or (rule is Rule.ADMINISTRATORS and person.role == Role.ADMINISTRATOR)


@transaction.atomic
def switch_on(person: Account, secret: str, code: str, *, at: datetime, session_key: str | None = None) -> Sequence[str] | None:
    """Confirm a secret by a first code of it; returns the recovery codes, to be shown once, or None if the code is wrong."""
    step = totp.step_of(secret, code, at)
    if step is None:
        return None
    plain = _new_recovery_codes()
    person.totp_secret, person.totp_confirmed_at, person.totp_last_step = secret, at, step
    person.recovery_codes = [_hash(person, one) for one in plain]
    _save(person)
    sessions.end_sessions(person, but=session_key, real_at=at)
    _note(person, by=person, before="off", after="on", at=at)
    return plain


def accept(person: Account, code: str, *, at: datetime) -> bool:
    """Whether a code of the app, or a recovery code, lets this person in now. Either works once."""
    typed = "".join(code[:_LONGEST_CODE].split()).replace("-", "").lower()
    return _accept_from_app(person, typed, at) if typed.isdecimal() and len(typed) == totp.DIGITS else _accept_recovery(person, typed)


@transaction.atomic
def renew_recovery_codes(person: Account, *, at: datetime) -> Sequence[str]:
    """Ten new codes, to be shown once; the old ones work no more."""
    plain = _new_recovery_codes()
    person.recovery_codes = [_hash(person, one) for one in plain]
    person.save(update_fields=["recovery_codes"])
    _note(person, by=person, before="on", after="on, new recovery codes", at=at)
    return plain


def switch_off(person: Account, *, at: datetime, session_key: str | None = None) -> None:
    """By the person, who gave password and code before."""
    _clear(person, by=person, after="off", at=at, but=session_key)


def reset(person: Account, by: Account | None, at: datetime) -> None:
    """By an administrator, for somebody who lost phone and codes: the password alone lets in then. All sessions end. `at` is real time."""
    _clear(person, by=by, after="reset", at=at, but=None)


@transaction.atomic
def _clear(person: Account, *, by: Account | None, after: str, at: datetime, but: str | None) -> None:
    had_one = person.has_second_factor
    person.totp_secret, person.totp_confirmed_at, person.recovery_codes = "", None, []
    _save(person)
    sessions.end_sessions(person, but=but, real_at=at)
    if had_one:
        _note(person, by=by, before="on", after=after, at=at)


def _save(person: Account) -> None:
    person.save(update_fields=["totp_secret", "totp_confirmed_at", "totp_last_step", "recovery_codes"])


def _accept_from_app(person: Account, typed: str, at: datetime) -> bool:
    step = totp.step_of(person.totp_secret, typed, at) if person.has_second_factor else None
    if step is None:
        return False
    # The condition in the update is what makes a code work once, also for two requests in the same instant.
    return bool(Account.objects.filter(pk=person.pk, totp_secret=person.totp_secret, totp_last_step__lt=step).update(totp_last_step=step))


@transaction.atomic
def _accept_recovery(person: Account, typed: str) -> bool:
    locked = Account.objects.select_for_update(no_key=True).get(pk=person.pk)
    wanted = _hash(person, typed)
    rest = [kept for kept in locked.recovery_codes if not hmac.compare_digest(kept, wanted)]
    if not locked.has_second_factor or len(rest) == len(locked.recovery_codes):
        return False
    locked.recovery_codes = person.recovery_codes = rest
    locked.save(update_fields=["recovery_codes"])
    return True


def _new_recovery_codes() -> list[str]:
    plain = ["".join(secrets.choice(_ALPHABET) for _letter in range(_RECOVERY_LENGTH)) for _code in range(RECOVERY_CODES)]
    return ["-".join(code[start : start + 4] for start in range(0, _RECOVERY_LENGTH, 4)) for code in plain]


def _hash(person: Account, code: str) -> str:
    return salted_hmac("evenhand.recovery", f"{person.pk} {code.replace('-', '')}", algorithm="sha256").hexdigest()


def _note(person: Account, *, by: Account | None, before: str, after: str, at: datetime) -> None:
    for city in cities_concerned(person):
        administrative_history.record(city, by, "account", person.username, {"second_factor": before}, {"second_factor": after}, at)
