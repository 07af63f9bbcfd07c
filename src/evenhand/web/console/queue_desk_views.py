"""What is done from the queue: many requests assigned at once and taken back, and views saved and deleted. Each ends at the rows it began at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from evenhand.web.accounts.models import Account, Team
from evenhand.web.accounts.roles import Ability
from evenhand.web.console import queue_undo
from evenhand.web.console.door import city_of_person, person_of
from evenhand.web.console.queue_choices import choices_of
from evenhand.web.console.queue_forms import ME, read_query
from evenhand.web.console.queue_views_beside import forget_counts
from evenhand.web.core import clock
from evenhand.web.journeys.assign_requests import MOST, Outcome, Target, assign_requests, take_back
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.assignees import AssignmentRefused
from evenhand.web.service_requests.reference_numbers import SERVABLE, spoken
from evenhand.web.service_requests.saved_views import LONGEST_NAME, MOST_VIEWS, ViewRefused, delete_view, save_view

_NAMED: Final = 5
_SKIPPED: Final[Mapping[str, Any]] = {
    "already": gettext_lazy("with them already"),
    "not_there": gettext_lazy("not there (any more)"),
    "changed": gettext_lazy("changed by somebody else meanwhile"),
    "move_not_allowed": gettext_lazy("closed meanwhile"),
    "assignee_sees_own_teams": gettext_lazy("of a team whose requests that person may not see"),
    "assignee_refused": gettext_lazy("that person no longer works on requests"),
    "team_refused": gettext_lazy("that team gets no requests any more"),
}
_VIEW_REFUSED: Final[Mapping[str, Any]] = {
    "view_name": gettext_lazy("A view needs a name of at most %(name)d characters. Nothing was saved."),
    "view_query": gettext_lazy("These filters are too long to be saved. Search for fewer words."),
    "view_count": gettext_lazy("You have %(count)d views already. Delete one that you no longer need."),
}


@require_POST
def queue_assign(request: HttpRequest) -> HttpResponse:
    """Give the chosen requests to a team, a person, or both."""
    city, person = city_of_person(request), person_of(request)
    chosen = _chosen(request.POST.getlist("chosen"))
    team = Team.objects.filter(jurisdiction=city, code=_typed(request, "to_team")).first()
    assignee = _person(city, person, _typed(request, "to_person"))
    if not chosen or (team is None and assignee is None):
        return _back(request, _("Nothing was assigned: choose requests, and a team or a person."))
    try:
        outcome = assign_requests(chosen, Target(team, assignee), person=person, city=city, at=clock.now())
    except AssignmentRefused as refused:
        return _back(request, _("Nothing was assigned: %(why)s. Choose another.") % {"why": _SKIPPED.get(refused.code, refused.code)})
    _tell(request, outcome, _to_whom(team, assignee))
    if outcome.given:
        queue_undo.remember(request, city, outcome.given)
    if team is not None and outcome.given and not team.members.filter(is_active=True).exists():
        messages.warning(request, _("%(team)s has no members: nobody will find these under “My teams’”.") % {"team": team.name})
    return _back(request)


@require_POST
def queue_take_back(request: HttpRequest) -> HttpResponse:
    """Undo the last bulk assignment of this session."""
    city, person = city_of_person(request), person_of(request)
    given = queue_undo.undo_of(request, city)
    if not given:
        return _back(request, _("There is nothing to take back any more: ten minutes have passed, or it was done already."))
    outcome = take_back(given, person=person, city=city, at=clock.now())
    queue_undo.forget(request)
    number = len(outcome.given)
    words = ngettext(
        "%(number)d request was given back to whom it was with. Its history keeps both.",
        "%(number)d requests were given back to whom they were with. Their histories keep both.",
        number,
    )
    _say(request, words % {"number": number}, outcome)
    return _back(request)


@require_POST
def queue_view_save(request: HttpRequest) -> HttpResponse:
    """Keep the filters that are shown under a name."""
    city, person = city_of_person(request), person_of(request)
    given = QueryDict(request.POST.get("back", "")[:4000]).dict()
    query = read_query(given, choices=choices_of(city), city=city, person=person, at=clock.now())
    is_shared = request.POST.get("shared") == "yes" and person.can(Ability.ASSIGN)
    try:
        view = save_view(person, city, name=request.POST.get("name", ""), query=query.query, is_shared=is_shared, at=clock.real_now())
    except ViewRefused as refused:
        return _back(request, _VIEW_REFUSED[refused.code] % {"name": LONGEST_NAME, "count": MOST_VIEWS})
    messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
    return _back(request)


@require_POST
def queue_view_delete(request: HttpRequest, key: int) -> HttpResponse:
    """Delete one's own view; twice is once."""
    if delete_view(person_of(request), city_of_person(request), key):
        messages.success(request, _("The view is deleted. No request was changed."))
    return _back(request)


def _chosen(values: list[str]) -> list[tuple[str, int]]:
    """References with the versions that were seen, of `12:123456782`; what does not look like that is left out."""
    pairs = [value.partition(":") for value in values[:MOST]]
    return [
        (reference, int(seen))
        for seen, _colon, reference in pairs
        if SERVABLE.fullmatch(reference) and len(seen) < 10 and seen.isascii() and seen.isdigit()
    ]


def _typed(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\0", "")


def _person(city: Jurisdiction, person: Account, typed: str) -> Account | None:
    return person if typed == ME else Account.objects.filter(cities=city, username=typed).first() if typed else None


def _to_whom(team: Team | None, assignee: Account | None) -> str:
    return ", ".join(str(one) for one in (team, assignee) if one is not None)


def _tell(request: HttpRequest, outcome: Outcome, whom: str) -> None:
    number = len(outcome.given)
    words = ngettext("%(number)d request was given to %(whom)s.", "%(number)d requests were given to %(whom)s.", number)
    _say(request, words % {"number": number, "whom": whom}, outcome)


def _say(request: HttpRequest, words: str, outcome: Outcome) -> None:
    """What was done, and what was left as it is, with why."""
    forget_counts(city_of_person(request))
    if outcome.given:
        messages.success(request, words)
    for reason, references in outcome.skipped.items():
        named = ", ".join(spoken(reference) for reference in references[:_NAMED]) + (" …" if len(references) > _NAMED else "")
        left = ngettext("%(number)d was left as it is", "%(number)d were left as they are", len(references)) % {"number": len(references)}
        messages.warning(request, f"{left}: {_SKIPPED.get(reason, reason)} ({named}).")


def _back(request: HttpRequest, fault: str = "") -> HttpResponse:
    """To the rows that the form stood under."""
    if fault:
        messages.error(request, fault)
    query = QueryDict(request.POST.get("back", "")[:4000]).urlencode()
    return HttpResponseRedirect(reverse("console:queue") + (f"?{query}" if query else ""), status=303)
