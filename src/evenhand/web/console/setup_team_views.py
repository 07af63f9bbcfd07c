"""Teams: a list, a form each, and retiring, which first says where everything goes."""

from __future__ import annotations

from typing import Any, Final, cast

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from evenhand.web.accounts.models import Account, Team
from evenhand.web.accounts.role_names import ROLE_NAMES
from evenhand.web.accounts.roles import Role
from evenhand.web.accounts.teams import TeamRefused, save_team, set_retired, team_facts
from evenhand.web.console.door import city_of_person, person_of
from evenhand.web.console.routing_words import rule_subject, working_hours_words
from evenhand.web.console.setup_frame import setup_page
from evenhand.web.console.setup_stamps import differs, stamp_of
from evenhand.web.core import clock
from evenhand.web.journeys.retire_team import TeamNotRetirable, retire_team
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.handing_over import waiting_of_team
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.routing_versions import current_version, rules_with_names

NOBODY: Final = "none"
_REFUSED: Final = {
    "code": gettext_lazy("There is a team with this code already, or it cannot be used. Letters, digits and hyphens make a code."),
    "name": gettext_lazy("There is a team with this name already, or it cannot be used."),
    "email": gettext_lazy("This is no e-mail address."),
}


class TeamForm(forms.Form):
    """A team. The code is made of the name where none is given; it never changes."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    code = forms.SlugField(
        label=gettext_lazy("Code"),
        max_length=64,
        required=False,
        help_text=gettext_lazy("For files and figures; it never changes. Empty: made of the name."),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        required=False,
        help_text=gettext_lazy("Gets a digest once a day while something waits. Empty: nobody is written to."),
    )
    is_confined = forms.BooleanField(
        label=gettext_lazy("Its members see only requests of their own teams"), required=False,
        help_text=gettext_lazy("For a contractor or another agency. Who is also in an open team sees everything."),
    )  # fmt: skip
    members = forms.MultipleChoiceField(label=gettext_lazy("Members"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, city: Jurisdiction, team: Team | None, **kwargs: Any) -> None:
        if team is not None and not args:
            members = [str(person.pk) for person in team.members.all()]
            kwargs["initial"] = {"name": team.name, "email": team.email, "is_confined": team.is_confined, "members": members}
        super().__init__(*args, **{"auto_id": "team_%s", **kwargs})
        self.people = _people(city, team)
        choices = cast("forms.MultipleChoiceField", self.fields["members"])
        choices.choices = [(str(person.pk), _person_words(person)) for person in self.people]
        choices.error_messages["invalid_choice"] = _("Somebody in this list does not work for the city any more. Look at the members again.")
        if team is not None:
            del self.fields["code"]

    @property
    def chosen(self) -> list[Account]:
        wanted = set(self.cleaned_data["members"])
        return [person for person in self.people if str(person.pk) in wanted]


class RetireForm(forms.Form):
    """Where a team's open requests and rules go. No team is chosen beforehand: it has to be said."""

    to = forms.ChoiceField(label=gettext_lazy("They go to"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "retire_%s", **kwargs})
        self.teams = {str(other.pk): other for other in Team.objects.filter(jurisdiction=team.jurisdiction_id, is_retired=False).exclude(pk=team.pk)}
        field = cast("forms.ChoiceField", self.fields["to"])
        field.choices = [
            *((key, other.name) for key, other in self.teams.items()),
            (NOBODY, _("No team: they wait in the queue for somebody to take them")),
        ]
        field.error_messages = {"required": _("Say where they go."), "invalid_choice": _("That team was retired meanwhile. Choose another.")}


def teams(request: HttpRequest) -> HttpResponse:
    """All teams, the retired ones behind."""
    city = city_of_person(request)
    rows = Team.objects.filter(jurisdiction=city).annotate(people=Count("members", filter=Q(members__is_active=True)))
    open_counts = _open_counts(city)
    shown: list[dict[str, Any]] = [{"team": team, "people": team.people, "open": open_counts.get(team.pk, 0)} for team in rows]
    context = {
        "teams": [row for row in shown if not row["team"].is_retired],
        "retired": [row for row in shown if row["team"].is_retired],
        "empty": [row["team"] for row in shown if not row["people"] and not row["team"].is_retired],
    }
    return setup_page(request, "console/setup/teams.html", context, part="teams")


def team_new(request: HttpRequest) -> HttpResponse:
    """A new team."""
    city = city_of_person(request)
    form = TeamForm(request.POST, city=city, team=None) if request.method == "POST" else TeamForm(city=city, team=None)
    if request.method == "POST" and form.is_valid() and (team := _saved(request, form, None)):
        messages.success(request, _("The team %(name)s is there.") % {"name": team.name})
        if not form.chosen:
            messages.warning(request, _("Nobody is in it yet."))
        return redirect("console:setup_teams")
    return setup_page(request, "console/setup/team.html", {"form": form, "team": None}, part="teams", status=422 if form.errors else 200)


def team(request: HttpRequest, code: str) -> HttpResponse:
    """One team."""
    city, found = city_of_person(request), team_of(request, code)
    if request.method != "POST":
        return _team_page(request, found, TeamForm(city=city, team=found))
    form = TeamForm(request.POST, city=city, team=found)
    if form.is_valid() and differs(request, team_facts(found)):
        form.add_error(None, _("Somebody changed this team meanwhile. Nothing was saved; what you typed stands below, beside what is there now."))
        return _team_page(request, found, form, status=409, now=team_facts(found))
    if not form.is_valid() or _saved(request, form, found) is None:
        return _team_page(request, found, form, status=422)
    messages.success(request, _("The team %(name)s was saved.") % {"name": found.name})
    if not form.chosen:
        messages.warning(request, _("Nobody is in it. Its requests wait until somebody is."))
    return redirect("console:setup_teams")


def team_retire(request: HttpRequest, code: str) -> HttpResponse:
    """Asks where everything goes, and then retires the team."""
    found, person = team_of(request, code), person_of(request)
    form = RetireForm(request.POST, team=found) if request.method == "POST" else RetireForm(team=found)
    if found.is_retired:
        messages.info(request, _("The team %(name)s is retired already.") % {"name": found.name})
        return redirect("console:setup_teams")
    if request.method == "POST" and form.is_valid():
        try:
            done = retire_team(found, to=form.teams.get(form.cleaned_data["to"]), by=person, at=clock.now(), real_at=clock.real_now())
        except TeamNotRetirable:
            form.add_error("to", _("That team was retired meanwhile. Choose another."))
        else:
            moved = ngettext("%(count)d open request went along.", "%(count)d open requests went along.", done.requests) % {"count": done.requests}
            messages.success(request, _("The team %(name)s is retired.") % {"name": found.name} + " " + moved)
            return redirect("console:setup_teams")
    version = current_version(city_of_person(request))
    context = {
        "form": form,
        "team": found,
        "open_count": waiting_of_team(found).count(),
        "rule_count": version.rules.filter(team=found).count() if version else 0,
    }
    return setup_page(request, "console/setup/team_retire.html", context, part="teams", status=422 if form.errors else 200)


@require_POST
def team_bring_back(request: HttpRequest, code: str) -> HttpResponse:
    """A retired team gets requests again, once a rule says so."""
    found = team_of(request, code)
    if Team.objects.filter(jurisdiction=found.jurisdiction_id, is_retired=False, name__iexact=found.name).exclude(pk=found.pk).exists():
        messages.error(request, _("There is another team called %(name)s. Rename it first.") % {"name": found.name})
        return redirect("console:setup_teams")
    set_retired(found, False, by=person_of(request), at=clock.real_now())
    messages.success(request, _("The team %(name)s is back. No rule sends requests to it yet.") % {"name": found.name})
    return redirect("console:setup_team", code)


def team_of(request: HttpRequest, code: str) -> Team:
    """A team of the person's city; of another city's there is none."""
    found = Team.objects.filter(jurisdiction=city_of_person(request), code=code).select_related("jurisdiction").first()
    if found is None:
        raise Http404
    return found


def _saved(request: HttpRequest, form: TeamForm, team: Team | None) -> Team | None:
    given, city = form.cleaned_data, city_of_person(request)
    code = team.code if team else given["code"] or slugify(given["name"])[:64]
    if not code:
        form.add_error("code", _("Give a code: none can be made of this name."))
        return None
    columns = {"name": given["name"], "email": given["email"], "is_confined": given["is_confined"]}
    try:
        return save_team(city, team, by=person_of(request), at=clock.real_now(), code=code, members=form.chosen, **columns)
    except TeamRefused as refused:
        for field in cast("dict[str, str]", refused.facts["faults"]):
            form.add_error(field if field in form.fields else None, str(_REFUSED.get(field, refused)))
        return None


def _rules_of(team: Team) -> list[dict[str, str]]:
    """What a team is there for: the services and areas whose requests the rules send to it, and how long it has."""
    return [
        {"what": rule_subject(rule), "hours": "" if rule.work_hours is None else working_hours_words(rule.work_hours)}
        for rule in rules_with_names(current_version(team.jurisdiction))
        if rule.team_id == team.pk
    ]


def _team_page(request: HttpRequest, team: Team, form: TeamForm, *, status: int = 200, now: dict[str, Any] | None = None) -> HttpResponse:
    facts = team_facts(Team.objects.get(pk=team.pk))
    context = {
        "form": form,
        "team": team,
        "stamp": stamp_of(facts),
        "now": now,
        "has_people": team.members.filter(is_active=True).exists(),
        "rules": _rules_of(team),
    }
    return setup_page(request, "console/setup/team.html", context, part="teams", status=status)


def _people(city: Jurisdiction, team: Team | None) -> list[Account]:
    """Who works for the city, and whoever is in the team still though deactivated."""
    who = Q(cities=city, is_active=True) if team is None else Q(cities=city, is_active=True) | Q(cities=city, teams=team)
    return list(Account.objects.filter(who).distinct().order_by("first_name", "last_name", "username"))


def _person_words(person: Account) -> str:
    role = str(ROLE_NAMES[Role(person.role)]) if person.role in set(Role) else _("no role")
    words = f"{person.shown_name} · {role}"
    return words if person.is_active else _("%(person)s (deactivated)") % {"person": words}


def _open_counts(city: Jurisdiction) -> dict[int, int]:
    rows = ServiceRequest.objects.of(city).open().filter(team__isnull=False).order_by().values_list("team_id").annotate(count=Count("pk"))
    return dict(rows)
