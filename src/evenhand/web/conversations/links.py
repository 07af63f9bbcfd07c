"""Addresses that stand in mails. Followers have no account: a keyed hash of their own salt confirms or stops, and tells nothing to anybody else.

The two purposes have two tokens: who was sent a stop link cannot confirm with it. Addresses are made of the public URL, never of a request's Host
header, which its sender chooses.
"""

from __future__ import annotations

import hmac

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

from evenhand.web.conversations.models import Follower
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.private_links import private_token

CONFIRM, STOP = "confirm", "stop"
_LENGTH = 32  # hexadecimal digits: 128 bits


def follower_token(follower: Follower, purpose: str) -> str:
    """The token of a follower's confirm or stop link."""
    return _token(follower, purpose, settings.SECRET_KEY)


def holds_follower_link(follower: Follower, purpose: str, token: str) -> bool:
    """Whether `token` is this follower's for `purpose`, under the present key or a former one."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(hmac.compare_digest(_token(follower, purpose, key).encode(), token.encode()) for key in keys)


def request_url(request: ServiceRequest) -> str:
    """The public page of a request."""
    return _absolute(reverse("portal:request", args=[request.reference]))


def report_url() -> str:
    """Where a report begins."""
    return _absolute(reverse("portal:report"))


def private_url(request: ServiceRequest) -> str:
    """The page that only the reporter has."""
    return _absolute(reverse("portal:private", args=[request.reference, private_token(request)]))


def confirm_url(follower: Follower) -> str:
    """Where a follower says that the address is theirs."""
    return _absolute(reverse("portal:follow_confirm", args=[follower.pk, follower_token(follower, CONFIRM)]))


def stop_url(follower: Follower) -> str:
    """Where a follower ends the mails."""
    return _absolute(reverse("portal:follow_stop", args=[follower.pk, follower_token(follower, STOP)]))


def _absolute(path: str) -> str:
    return f"{settings.EVENHAND.public_url.rstrip('/')}{path}"


def _token(follower: Follower, purpose: str, key: str | bytes) -> str:
    value = f"{follower.pk}:{follower.link_salt}"
    return salted_hmac(f"evenhand.follower.{purpose}", value, secret=key, algorithm="sha256").hexdigest()[:_LENGTH]
