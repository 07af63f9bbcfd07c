"""How fast one device may comment, send photos, say "me too" or ask for mails.

What comes faster is refused with words, and what was typed stays in the form. Counted like reports (`intake_pace`), but apart from them: whoever
comments a lot does not have their report held. Real time.
"""

from __future__ import annotations

from datetime import datetime

from django.utils.crypto import salted_hmac

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.service_requests.intake_pace import Measure, Sender, hold_until, leave_trace

MOST_PER_DEVICE = 20
MOST_PER_NETWORK = 200
MOST_PHOTOS_PER_DEVICE = 60
MOST_MAILS_PER_DEVICE = 10
MOST_MAILS_PER_ADDRESS = 3
MOST_REPORTS_PER_ADDRESS = 10


class TooManyContributions(EvenhandError):
    """More came from one device, or from new devices of one network, than people write in an hour."""


def take_turn(sender: Sender, *, purpose: str, real_at: datetime, most_per_device: int = MOST_PER_DEVICE) -> None:
    """Count a contribution. Raises TooManyContributions, and counts nothing, when the last hour is full."""
    refuse_when_full(sender, purpose=purpose, real_at=real_at, most_per_device=most_per_device)
    leave_trace(_counted(sender, purpose), real_at=real_at)


def refuse_when_full(sender: Sender, *, purpose: str, real_at: datetime, most_per_device: int = MOST_PER_DEVICE) -> None:
    """Raise TooManyContributions where `take_turn` would, and count nothing: to be asked before costly work."""
    counted = _counted(sender, purpose)
    if hold_until(counted, real_at=real_at, most_per_device=most_per_device, most_per_network=MOST_PER_NETWORK) is not None:
        raise TooManyContributions("too_many_contributions", "Expected fewer contributions within an hour. Try again later.", permanent=False)


def mails_left(address: str, *, real_at: datetime) -> bool:
    """Whether another mail that somebody asked for may go to this address within the hour; counts it if so."""
    counted = Sender(_hash("mail", address), "", is_new_device=False)
    if hold_until(counted, real_at=real_at, most_per_device=MOST_MAILS_PER_ADDRESS, most_per_network=0) is not None:
        return False
    leave_trace(counted, real_at=real_at)
    return True


def report_mails(address: str) -> Measure:
    """How many reports may name this address as their reporter's, which nobody has confirmed."""
    return Measure(Sender(_hash("report_mail", address.strip().lower()), "", is_new_device=False), MOST_REPORTS_PER_ADDRESS)


def _counted(sender: Sender, purpose: str) -> Sender:
    return Sender(_hash(purpose, sender.device), _hash(purpose, sender.network), is_new_device=sender.is_new_device)


def _hash(purpose: str, value: str) -> str:
    return salted_hmac(f"evenhand.contribution.{purpose}", value, algorithm="sha256").hexdigest()
