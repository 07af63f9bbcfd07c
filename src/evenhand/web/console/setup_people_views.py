"""People: who works for the city, what they may do, and how they get in again. First passwords are shown once, on the page that made them."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.db import IntegrityError
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from evenhand.web.accounts.administrators import AccessRefused, has_all_cities_of
from evenhand.web.accounts.models import Account, Team
from evenhand.web.accounts.people import FirstPassword, PersonRefused, create_person
from evenhand.web.accounts.role_names import ROLE_NAMES
from evenhand.web.accounts.roles import Role
from evenhand.web.accounts.teams import set_teams
from evenhand.web.console.door import city_of_person, person_of
from evenhand.web.console.setup_frame import setup_page
from evenhand.web.console.setup_person_forms import PersonForm
from evenhand.web.console.setup_stamps import differs, stamp_of
from evenhand.web.core import clock
from evenhand.web.journeys.change_access import change_access, deactivate, give_first_password, reactivate, reset_second_factor
from evenhand.web.service_requests.handing_over import waiting_of_person

_REFUSED: Final = {
    "own_access": gettext_lazy("Nobody changes their own role or access. Ask another administrator."),
    "works_elsewhere": gettext_lazy("This person works for further cities. Somebody who administers all of them must make this change."),
    "last_administrator": gettext_lazy("A city would have no administrator. Make somebody else one first."),
}
_LONGEST_SEARCH: Final = 100


def people(request: HttpRequest) -> HttpResponse:
    """Everybody who works for the city, and behind them who does not any more."""
    city = city_of_person(request)
    wanted = request.GET.get("q", "")[:_LONGEST_SEARCH].replace("\0", "").strip()
    role = request.GET.get("role", "")
    rows = _people_of(request).prefetch_related(Prefetch("teams", Team.objects.filter(jurisdiction=city, is_retired=False)))
    for word in wanted.split():
        rows = rows.filter(Q(username__icontains=word) | Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(email__icontains=word))
    rows = rows.filter(role=role) if role else rows
    shown: list[dict[str, Any]] = [{"person": person, "role": role_words(person)} for person in rows[:1000]]
    context = {
        "people": [row for row in shown if row["person"].is_active],
        "inactive": [row for row in shown if not row["person"].is_active],
        "q": wanted,
        "role": role,
        "roles": list(ROLE_NAMES.items()),
        "is_filtered": bool(wanted or role),
        "zone": city.timezone,
    }
    return setup_page(request, "console/setup/people.html", context, part="people")


@sensitive_variables("made")
def person_new(request: HttpRequest) -> HttpResponse:
    """Somebody new, with a first password."""
    form = _form(request, None)
    if request.method != "POST" or not form.is_valid():
        return _new_page(request, form)
    given, at = form.cleaned_data, clock.real_now()
    try:
        made = create_person(
            given["username"],
            role=given["role"],
            cities=form.chosen_cities,
            by=person_of(request),
            at=at,
            email=given["email"],
            full_name=f"{given['first_name']} {given['last_name']}",
        )
    except PersonRefused as refused:
        form.add_error(None, str(refused))
        return _new_page(request, form)
    except IntegrityError:  # the same name in the same instant
        form.add_error("username", _("This user name is taken."))
        return _new_page(request, form)
    if form.chosen_teams:
        set_teams(made.person, city_of_person(request), form.chosen_teams, by=person_of(request), at=at)
    return _password_page(request, made, is_new=True)


def person(request: HttpRequest, username: str) -> HttpResponse:
    """One person: who they are, and what they may do."""
    found = person_named(request, username)
    form = _form(request, found)
    if request.method != "POST":
        return _person_page(request, found, form)
    if not form.is_valid():
        return _person_page(request, found, form, status=422)
    if differs(request, _facts(found)):
        form.add_error(None, _("Somebody changed this person meanwhile. Nothing was saved; what you typed stands below."))
        return _person_page(request, found, form, status=409, now=_facts(found) | {"role": role_words(found)})
    try:
        returned = _save(request, found, form)
    except (AccessRefused, PersonRefused) as refused:
        form.add_error(None, str(_REFUSED.get(refused.code, refused)))
        return _person_page(request, Account.objects.get(pk=found.pk), form, status=422)
    messages.success(request, _("%(name)s was saved.") % {"name": Account.objects.get(pk=found.pk).shown_name})
    _tell_returned(request, returned)
    return redirect("console:setup_people")


@require_POST
def person_deactivate(request: HttpRequest, username: str) -> HttpResponse:
    """They leave; what they had goes back to its teams."""
    found = person_named(request, username)
    try:
        returned = deactivate(found, by=person_of(request), at=clock.now(), real_at=clock.real_now())
    except AccessRefused as refused:
        return _refused(request, found, refused)
    messages.success(request, _("%(name)s can sign in no more.") % {"name": found.shown_name})
    _tell_returned(request, returned)
    return redirect("console:setup_people")


@require_POST
def person_reactivate(request: HttpRequest, username: str) -> HttpResponse:
    """They are back."""
    found = person_named(request, username)
    try:
        reactivate(found, by=person_of(request), real_at=clock.real_now())
    except AccessRefused as refused:
        return _refused(request, found, refused)
    messages.success(request, _("%(name)s can sign in again.") % {"name": found.shown_name})
    return redirect("console:setup_person", found.username)


@require_POST
@sensitive_post_parameters()
@sensitive_variables("made")
def person_password(request: HttpRequest, username: str) -> HttpResponse:
    """A new first password, shown once."""
    found = person_named(request, username)
    try:
        made = give_first_password(found, by=person_of(request), real_at=clock.real_now())
    except AccessRefused as refused:
        return _refused(request, found, refused)
    return _password_page(request, made, is_new=False)


@require_POST
def person_second_factor(request: HttpRequest, username: str) -> HttpResponse:
    """For somebody who lost phone and codes."""
    found = person_named(request, username)
    try:
        reset_second_factor(found, by=person_of(request), real_at=clock.real_now())
    except AccessRefused as refused:
        return _refused(request, found, refused)
    messages.success(request, _("%(name)s signs in with the password alone, and should set up a second factor again.") % {"name": found.shown_name})
    return redirect("console:setup_person", found.username)


def person_named(request: HttpRequest, username: str) -> Account:
    """Somebody of the city; of another city there is nobody."""
    found = _people_of(request).filter(username=username).first()
    if found is None:
        raise Http404
    return found


def role_words(person: Account) -> str:
    """The name of a role."""
    return str(ROLE_NAMES[Role(person.role)]) if person.role in set(Role) else _("no role")


def _people_of(request: HttpRequest) -> QuerySet[Account]:
    return Account.objects.filter(cities=city_of_person(request)).order_by("first_name", "last_name", "username")


def _may_change(request: HttpRequest, person: Account) -> bool:
    return person.pk != person_of(request).pk and has_all_cities_of(person_of(request), person)


def _form(request: HttpRequest, person: Account | None) -> PersonForm:
    has_access = person is None or _may_change(request, person)
    sent = [request.POST] if request.method == "POST" else []
    return PersonForm(*sent, city=city_of_person(request), administrator=person_of(request), person=person, has_access=has_access)


def _save(request: HttpRequest, person: Account, form: PersonForm) -> int:
    given, by, at, returned = form.cleaned_data, person_of(request), clock.real_now(), 0
    if "role" in form.fields:
        columns = {name: given[name] for name in ("first_name", "last_name", "email")}
        returned = change_access(person, by=by, role=given["role"], cities=form.chosen_cities, at=clock.now(), real_at=at, **columns)
    if "teams" in form.fields:
        set_teams(person, city_of_person(request), form.chosen_teams, by=by, at=at)
    return returned


def _new_page(request: HttpRequest, form: PersonForm) -> HttpResponse:
    return setup_page(request, "console/setup/person_new.html", {"form": form}, part="people", status=422 if form.errors else 200)


def _person_page(request: HttpRequest, person: Account, form: PersonForm, *, status: int = 200, now: dict[str, Any] | None = None) -> HttpResponse:
    context = {
        "form": form,
        "person": person,
        "role": role_words(person),
        "stamp": stamp_of(_facts(person)),
        "now": now,
        "may_change": _may_change(request, person),
        "is_oneself": person.pk == person_of(request).pk,
        "waiting": waiting_of_person(person).count(),
        "zone": city_of_person(request).timezone,
    }
    return setup_page(request, "console/setup/person.html", context, part="people", status=status)


def _password_page(request: HttpRequest, made: FirstPassword, *, is_new: bool) -> HttpResponse:
    return setup_page(request, "console/setup/person_password.html", {"made": made, "is_new": is_new}, part="people")


def _refused(request: HttpRequest, person: Account, refused: AccessRefused) -> HttpResponse:
    messages.error(request, str(_REFUSED.get(refused.code, refused)))
    return redirect("console:setup_person", person.username)


def _tell_returned(request: HttpRequest, returned: int) -> None:
    if returned:
        words = ngettext("%(count)d open request went back to its team.", "%(count)d open requests went back to their teams.", returned)
        messages.info(request, words % {"count": returned})


def _facts(person: Account) -> dict[str, Any]:
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "role": person.role,
        "is_active": person.is_active,
        "cities": sorted(person.cities.values_list("slug", flat=True)),
        "teams": sorted(person.teams.values_list("name", flat=True)),
    }
