"""The second factor of signing in: a code from an authenticator app, or one of ten recovery codes that work once each.

A code works once: the time step it belongs to must be later than the last one that was accepted, and that is decided by the database, so that the
same code sent twice at once passes once. The secret that codes are made from lies in the database sealed for this one account. Of recovery codes only
keyed hashes are kept; they are random (59 bits), so that a fast hash is enough. Both need the instance's secret key, the present or a former one.
Switching it on, off, or resetting it ends the person's other sessions and stands in the history of changes.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from evenhand.web.accounts import administrative_history, sessions, totp
from evenhand.web.accounts.models import Account
from evenhand.web.accounts.people import cities_concerned
from evenhand.web.accounts.roles import Role
from evenhand.web.core import sealed_words

logger = logging.getLogger("evenhand.accounts")
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


def sealed_secret(person: Account, secret: str) -> str:
    """A secret as it may lie in the database: only for this account, and only with a secret key of the instance can it be read."""
    return sealed_words.sealed(_purpose(person), secret)


def opened_secret(person: Account, seal: str) -> str | None:
    """What `sealed_secret` sealed; None if no key of the settings opens it."""
    return sealed_words.opened(_purpose(person), seal)


@transaction.atomic
def switch_on(person: Account, secret: str, code: str, *, at: datetime, session_key: str | None = None) -> Sequence[str] | None:
    """Confirm a secret by a first code of it; returns the recovery codes, to be shown once, or None if the code is wrong."""
    step = totp.step_of(secret, code, at)
    if step is None:
        return None
    plain = _new_recovery_codes()
    person.totp_secret, person.totp_confirmed_at, person.totp_last_step = sealed_secret(person, secret), at, step
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


def seal_anew() -> int:
    """Seal with the present key what a former one had sealed; returns how many. Nothing is read where the settings name no former key."""
    if not settings.SECRET_KEY_FALLBACKS:
        return 0
    return sum(_sealed_anew(person) for person in _people_with_one())


@dataclass(frozen=True, slots=True)
class Seals:
    """How the secrets of all second factors open: how many there are, how many need a former key, and the names of those whom no key helps."""

    count: int
    under_former_key: int
    unopened: Sequence[str]


def seals() -> Seals:
    """Look at all of them; for the doctor."""
    people = _people_with_one()
    unopened = [person for person in people if opened_secret(person, person.totp_secret) is None]
    present = sum(sealed_words.is_of_present_key(_purpose(person), person.totp_secret) for person in people)
    return Seals(len(people), len(people) - present - len(unopened), [person.username for person in unopened])


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


def _people_with_one() -> Sequence[Account]:
    return list(Account.objects.exclude(totp_secret="").only("username", "totp_secret").order_by("username"))


def _sealed_anew(person: Account) -> int:
    secret = opened_secret(person, person.totp_secret)
    if secret is None or sealed_words.is_of_present_key(_purpose(person), person.totp_secret):
        return 0
    # Only what is still there: it may have been switched off, or set up anew, since it was read.
    return Account.objects.filter(pk=person.pk, totp_secret=person.totp_secret).update(totp_secret=sealed_secret(person, secret))


def _secret_in_use(person: Account) -> str | None:
    if not person.has_second_factor:
        return None
    secret = opened_secret(person, person.totp_secret)
    if secret is None:
        logger.error("No secret key of the settings opens the second factor of %s: `evenhand doctor` says more.", person.username)
    return secret


def _accept_from_app(person: Account, typed: str, at: datetime) -> bool:
    secret = _secret_in_use(person)
    step = totp.step_of(secret, typed, at) if secret is not None else None
    if step is None:
        return False
    # The condition in the update is what makes a code work once, also for two requests in the same instant.
    return bool(Account.objects.filter(pk=person.pk, totp_secret=person.totp_secret, totp_last_step__lt=step).update(totp_last_step=step))


@transaction.atomic
def _accept_recovery(person: Account, typed: str) -> bool:
    locked = Account.objects.select_for_update(no_key=True).get(pk=person.pk)
    wanted = [_hash(person, typed, key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    rest = [kept for kept in locked.recovery_codes if not any(hmac.compare_digest(kept, one) for one in wanted)]
    if not locked.has_second_factor or len(rest) == len(locked.recovery_codes):
        return False
    locked.recovery_codes = person.recovery_codes = rest
    locked.save(update_fields=["recovery_codes"])
    return True


def _new_recovery_codes() -> list[str]:
    plain = ["".join(secrets.choice(_ALPHABET) for _letter in range(_RECOVERY_LENGTH)) for _code in range(RECOVERY_CODES)]
    return ["-".join(code[start : start + 4] for start in range(0, _RECOVERY_LENGTH, 4)) for code in plain]


def _hash(person: Account, code: str, key: str | None = None) -> str:
    """Under the present key, or under the one given."""
    return salted_hmac("evenhand.recovery", f"{person.pk} {code.replace('-', '')}", secret=key, algorithm="sha256").hexdigest()


def _purpose(person: Account) -> str:
    return f"second_factor {person.pk}"


def _note(person: Account, *, by: Account | None, before: str, after: str, at: datetime) -> None:
    for city in cities_concerned(person):
        administrative_history.record(city, by, "account", person.username, {"second_factor": before}, {"second_factor": after}, at)
