"""The forms of people who work for the city."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evenhand.web.accounts.models import Account, Team
from evenhand.web.accounts.people import normal_name
from evenhand.web.accounts.role_names import ROLE_NAMES
from evenhand.web.places.models import Jurisdiction

ROLE_HINTS = {
    "call_taker": gettext_lazy("takes calls, sees requests and who reported them, notes"),
    "agent": gettext_lazy("works on requests: answers, assigns, closes, hides"),
    "dispatcher": gettext_lazy("an agent who also sees the figures"),
    "analyst": gettext_lazy("sees figures and requests, never a name or a number of a reporter"),
    "administrator": gettext_lazy("all of it, and this set-up"),
}


class PersonForm(forms.Form):
    """Who somebody is, what they may do, and where. Without `access`, only the teams can be changed."""

    username = forms.CharField(
        label=gettext_lazy("User name"), max_length=150, help_text=gettext_lazy("What they sign in with. It stays as it is."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=150, required=False)
    last_name = forms.CharField(label=gettext_lazy("Last name"), max_length=150, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    role = forms.ChoiceField(label=gettext_lazy("Role"), widget=forms.RadioSelect)
    cities = forms.MultipleChoiceField(label=gettext_lazy("Cities"), widget=forms.CheckboxSelectMultiple)
    teams = forms.MultipleChoiceField(label=gettext_lazy("Teams"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(
        self, *args: Any, city: Jurisdiction, administrator: Account, person: Account | None, has_access: bool = True, **kwargs: Any
    ) -> None:
        self.own_cities = list(administrator.cities.order_by("name"))
        self.open_teams = list(Team.objects.filter(jurisdiction=city, is_retired=False).order_by("name"))
        if not args:
            kwargs["initial"] = _initial(city, person)
        super().__init__(*args, **{"auto_id": "person_%s", **kwargs})
        _choices(self, "role", [(str(role), f"{words}: {ROLE_HINTS[str(role)]}") for role, words in ROLE_NAMES.items()])
        _choices(self, "cities", [(own.slug, own.name) for own in self.own_cities])
        _choices(self, "teams", [(str(team.pk), team.name) for team in self.open_teams])
        self.fields["role"].error_messages["required"] = _("Choose a role.")
        self.fields["cities"].error_messages["required"] = _("Choose at least one city, or deactivate the person instead.")
        for name in self._left_out(person, has_access):
            del self.fields[name]

    def clean_username(self) -> str:
        name = normal_name(self.cleaned_data["username"])
        if Account.objects.filter(username=name).exists():
            raise forms.ValidationError(_("This user name is taken. Choose another, or look among the people who were deactivated."))
        return name

    @property
    def chosen_cities(self) -> Sequence[Jurisdiction]:
        wanted = set(self.cleaned_data["cities"]) if "cities" in self.fields else {city.slug for city in self.own_cities}
        return [city for city in self.own_cities if city.slug in wanted]

    @property
    def chosen_teams(self) -> Sequence[Team]:
        wanted = set(self.cleaned_data.get("teams", ()))
        return [team for team in self.open_teams if str(team.pk) in wanted]

    def _left_out(self, person: Account | None, has_access: bool) -> list[str]:
        left_out = ["username"] if person is not None else []
        if not has_access:
            left_out += ["first_name", "last_name", "email", "role", "cities"]
        elif len(self.own_cities) == 1:
            left_out.append("cities")
        return left_out if self.open_teams else [*left_out, "teams"]


def _initial(city: Jurisdiction, person: Account | None) -> dict[str, Any]:
    if person is None:
        return {"cities": [city.slug]}
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "role": person.role,
        "cities": [own.slug for own in person.cities.all()],
        "teams": [str(team.pk) for team in person.teams.all()],
    }


def _choices(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    cast("forms.ChoiceField", form.fields[name]).choices = choices
