"""Large pages of the console are compressed at the quickest level: a third of the time that the middleware would take, and a few percent larger."""

from __future__ import annotations

import secrets
import zlib
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

_WORTH_COMPRESSING: Final = 1000
_MOST_RANDOM_BYTES: Final = 100
# RFC 1952: deflated, a file name follows, no time, quickest level, system unknown.
_HEAD: Final = b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x04\xff"


def packed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The response, compressed for who takes that. As the middleware does, a name of random length hides from listeners how well words compress."""
    patch_vary_headers(response, ["Accept-Encoding"])
    if len(response.content) < _WORTH_COMPRESSING or "gzip" not in request.headers.get("Accept-Encoding", ""):
        return response
    response.content = _gzipped(response.content, b"a" * secrets.randbelow(_MOST_RANDOM_BYTES))
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Content-Length"] = str(len(response.content))
    return response


def _gzipped(words: bytes, name: bytes) -> bytes:
    """A gzip file with this name in its head; Python's own writer would take a third longer."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    tail = zlib.crc32(words).to_bytes(4, "little") + (len(words) & 0xFFFFFFFF).to_bytes(4, "little")
    return b"".join((_HEAD, name, b"\0", packer.compress(words), packer.flush(), tail))
