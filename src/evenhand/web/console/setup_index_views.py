"""The front page of the set-up: a card for each part, and what needs a look."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from evenhand.web.accounts.models import Account, Team
from evenhand.web.console.door import city_of_person
from evenhand.web.console.setup_frame import setup_page
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.routing import current_rules


def index(request: HttpRequest) -> HttpResponse:
    """All parts of the set-up."""
    return setup_page(request, "console/setup/index.html", {"warnings": _warnings(city_of_person(request))})


def _warnings(city: Jurisdiction) -> list[dict[str, Any]]:
    members = Account.objects.filter(teams=OuterRef("pk"), is_active=True)
    empty = Team.objects.filter(~Exists(members), jurisdiction=city, is_retired=False)
    words = [_("Nobody is in the team %(name)s: its requests wait.") % {"name": team.name} for team in empty]
    if not current_rules(city).by_key:
        words.append(_("There are no routing rules: requests come in without a team and without a deadline."))
    return [{"words": text} for text in words]
