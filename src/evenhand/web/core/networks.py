"""Where a request comes from: an address, and the network that it belongs to. Neither is ever stored: whoever keeps one keeps a keyed hash."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address that asked. X-Forwarded-For is believed only as far as our own proxies wrote it: the entries on its right."""
    direct = str(request.META.get("REMOTE_ADDR") or "")
    trusted = settings.EVENHAND.trusted_proxies
    forwarded = [entry.strip() for entry in request.headers.get("X-Forwarded-For", "").split(",") if entry.strip()]
    return forwarded[-trusted] if trusted and len(forwarded) >= trusted else direct


def network_of(address: str) -> str:
    """Its /24 (IPv4) or /64 (IPv6). All that is no address counts as one network."""
    try:
        ip = ipaddress.ip_address(address.strip())
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network((ip.packed, 24 if ip.version == 4 else 64), strict=False))
