"""Following by e-mail, with the consent of the one who gets the mails: an address counts once its owner has confirmed it.

Whoever types an address learns nothing about it: following already, asked too often, unknown, all read the same on the page.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.conversations import actions as conversations
from evenhand.web.conversations import links
from evenhand.web.conversations.models import Follower
from evenhand.web.service_requests.contribution_pace import MOST_MAILS_PER_DEVICE, mails_left, take_turn
from evenhand.web.service_requests.intake_pace import Sender
from evenhand.web.service_requests.models import ServiceRequest


@transaction.atomic
def follow_request(request: ServiceRequest, *, email: str, language: str, sender: Sender, at: datetime, real_at: datetime) -> None:
    """Ask the owner of an address whether they want to hear. Raises TooManyContributions for a device that asks for many."""
    take_turn(sender, purpose="follow", real_at=real_at, most_per_device=MOST_MAILS_PER_DEVICE)
    address = conversations.normalised_address(email)
    if not mails_left(address, real_at=real_at):
        return
    follower = conversations.follow(request, recipient=address, language=language, at=at)
    if follower.confirmed_at is not None:
        conversations.enqueue("follow_already", to=address, language=language, request=request, at=at, follower=follower)
        return
    context = {"confirm_url": links.confirm_url(follower)}
    conversations.enqueue("follow_confirm", to=address, language=language, request=request, at=at, context=context)


def follower_for(follower_id: int, purpose: str, token: str) -> Follower | None:
    """The follower whose confirm or stop link this is; None alike for a wrong one, an old one, and one that never was."""
    joined = ("request__jurisdiction", "request__service", "request__area")
    follower = Follower.objects.filter(pk=follower_id).exclude(recipient="").select_related(*joined).first()
    return follower if follower is not None and links.holds_follower_link(follower, purpose, token) else None


@transaction.atomic
def confirm_following(follower: Follower, *, at: datetime) -> None:
    """From now on they hear what happens."""
    conversations.confirm(follower, at=at)


@transaction.atomic
def stop_following(follower: Follower, *, at: datetime) -> None:
    """No more mails about this request."""
    conversations.stop(follower, at=at)


@transaction.atomic
def let_reporter_hear(request: ServiceRequest, *, is_wanted: bool, at: datetime) -> None:
    """The reporter starts or stops the mails from their private page."""
    for follower in Follower.objects.filter(request=request, is_reporter=True).exclude(recipient=""):
        if is_wanted:
            conversations.confirm(follower, at=at)
        else:
            conversations.stop(follower, at=at)
