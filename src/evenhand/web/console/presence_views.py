"""Who else has a request open: asked by its page every half minute, and never by what makes the page."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from evenhand.web.accounts import presence
from evenhand.web.accounts.models import Account
from evenhand.web.console.door import person_of
from evenhand.web.core import clock
from evenhand.web.core.problem_responses import problem
from evenhand.web.service_requests.errors import RequestNotFound
from evenhand.web.service_requests.one_request import request_for_staff


@require_POST
def request_presence(http: HttpRequest, reference: str) -> JsonResponse:
    """Say that this person has it open, and hear in words who else has."""
    person, real_at = person_of(http), clock.real_now()
    try:
        request = request_for_staff(reference, person)
    except RequestNotFound:
        return problem(HTTPStatus.NOT_FOUND, code="no_such_request", title=_("There is no such request."))
    presence.note_here(person, request.reference, real_at=real_at)
    return JsonResponse({"words": _words(presence.others_here(person, request.reference, real_at=real_at))})


def _words(others: list[Account]) -> str:
    """Empty where nobody else is there."""
    if not others:
        return ""
    if len(others) == 1:
        return _("%(name)s has this open") % {"name": others[0]}
    words = ngettext("%(name)s and %(count)d other have this open", "%(name)s and %(count)d others have this open", len(others) - 1)
    return words % {"name": others[0], "count": len(others) - 1}
