"""Large pages of the console are compressed at the quickest level: a third of the time that the middleware would take, and a few percent larger."""

from __future__ import annotations

import gzip
import secrets
from io import BytesIO
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

_WORTH_COMPRESSING: Final = 1000
_MOST_RANDOM_BYTES: Final = 100


def packed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The response, compressed for who takes that. As the middleware does, a name of random length hides from listeners how well words compress."""
    patch_vary_headers(response, ["Accept-Encoding"])
    if len(response.content) < _WORTH_COMPRESSING or "gzip" not in request.headers.get("Accept-Encoding", ""):
        return response
    body = BytesIO()
    name = "a" * secrets.randbelow(_MOST_RANDOM_BYTES)
    with gzip.GzipFile(filename=name, mode="wb", compresslevel=1, fileobj=body, mtime=0) as packer:
        packer.write(response.content)
    response.content = body.getvalue()
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Content-Length"] = str(len(response.content))
    return response
