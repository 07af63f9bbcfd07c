"""Which device and network a contribution comes from, told apart without knowing who it is.

A browser gets a random id in a signed cookie when it first opens a form. The signature carries the day on which it was given: a device counts as new
until its cookie is a day old, so that throwing the cookie away gains nothing. Only keyed hashes of both are ever stored.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.core import signing
from django.http import HttpRequest, HttpResponse

from evenhand.web.core import clock
from evenhand.web.core.networks import client_address
from evenhand.web.service_requests.intake_pace import Sender, device_hash, network_hash

COOKIE = "device"
KNOWN_AFTER = timedelta(days=1)
_YEARS_SECONDS = 2 * 31_536_000
_signer = signing.TimestampSigner(salt="evenhand.device")


def sender_of(request: HttpRequest) -> Sender:
    """Device and network of a request. Without a cookie of ours the device is new, and no two such are the same."""
    device, is_new = _device(request)
    today = clock.real_now().date()
    return Sender(device_hash(device), network_hash(client_address(request), day=today), is_new_device=is_new)


def remember_device(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Give the browser its id, unless it has one."""
    if COOKIE not in request.COOKIES or _read(request) is None:
        value = _signer.sign(secrets.token_urlsafe(18))
        response.set_cookie(COOKIE, value, max_age=_YEARS_SECONDS, samesite="Lax", httponly=True, secure=request.is_secure())
    return response


def _device(request: HttpRequest) -> tuple[str, bool]:
    device = _read(request)
    return (secrets.token_urlsafe(18), True) if device is None else (device, _age(request.COOKIES[COOKIE]) < KNOWN_AFTER)


def _read(request: HttpRequest) -> str | None:
    try:
        return _signer.unsign(request.COOKIES.get(COOKIE, ""))
    except signing.BadSignature:
        return None


def _age(cookie: str) -> timedelta:
    given = signing.b62_decode(cookie.rsplit(":", 2)[1])
    return timedelta(seconds=clock.real_now().timestamp() - given)
