"""Confirm and stop links of mails. Opening one changes nothing: mail filters open links before people do. The button does.

The stop address also takes the bare POST that mail programs send for their "unsubscribe" (RFC 8058): it comes without a cookie and without our
form's token; the token in the address is its proof.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from evenhand.web.conversations import links
from evenhand.web.conversations.models import Follower
from evenhand.web.core import clock
from evenhand.web.journeys.follow_request import confirm_following, follower_for, stop_following
from evenhand.web.portal.request_page import Visit, kept_private, shown
from evenhand.web.portal.request_views import not_found


@require_http_methods(["GET", "HEAD", "POST"])
def follow_confirm(http: HttpRequest, follower_id: int, token: str) -> HttpResponse:
    """The owner of the address says yes."""
    follower = follower_for(follower_id, links.CONFIRM, token)
    if follower is None:
        return not_found(http, "")
    if http.method == "POST":
        confirm_following(follower, at=clock.now())
        follower.refresh_from_db()
    is_following = follower.confirmed_at is not None and follower.stopped_at is None
    return _page(http, follower, "portal/request/follow_confirm.html", is_done=is_following)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def follow_stop(http: HttpRequest, follower_id: int, token: str) -> HttpResponse:
    """No more mails."""
    follower = follower_for(follower_id, links.STOP, token)
    if follower is None:
        return not_found(http, "")
    if http.method == "POST":
        stop_following(follower, at=clock.now())
        follower.refresh_from_db()
    return _page(http, follower, "portal/request/follow_stop.html", is_done=follower.stopped_at is not None)


def _page(http: HttpRequest, follower: Follower, template: str, *, is_done: bool) -> HttpResponse:
    visit = Visit(follower.request)
    page_url = visit.page_url if follower.request.is_public else ""
    return kept_private(shown(http, visit, template, {"is_done": is_done, "page_url": page_url}))
