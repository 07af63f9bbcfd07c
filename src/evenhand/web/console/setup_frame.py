"""The frame of the set-up pages: which parts there are, in what order, and the page around each of them.

A part appears on the index and in the side list as soon as its address stands in the policy, for whoever may open it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from evenhand.web.accounts.roles import Ability
from evenhand.web.console.door import city_of_person, person_of
from evenhand.web.console.policy import POLICY


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the set-up: its code, its first page, its name and what is done there."""

    code: str
    route: str
    title: str | Promise
    words: str | Promise
    icon: str


PARTS: Final = (
    Part("services", "console:setup_services", gettext_lazy("Services"), gettext_lazy("What can be reported, and what is asked"), "megaphone"),
    Part("routing", "console:setup_routing", gettext_lazy("Routing"), gettext_lazy("Which team gets what, and by when"), "arrow-forward"),
    Part("hours", "console:setup_hours", gettext_lazy("Working hours and holidays"), gettext_lazy("When the city works"), "calendar"),
    Part("teams", "console:setup_teams", gettext_lazy("Teams"), gettext_lazy("Who gets requests together"), "people"),
    Part("people", "console:setup_people", gettext_lazy("People"), gettext_lazy("Who may sign in, and what they may do"), "person"),
    Part("templates", "console:setup_templates", gettext_lazy("Answers"), gettext_lazy("Words ready for answers and closings"), "comment"),
    Part("articles", "console:setup_articles", gettext_lazy("Knowledge"), gettext_lazy("What call takers read out: is this ours?"), "info"),
    Part("areas", "console:setup_areas", gettext_lazy("Areas"), gettext_lazy("What requests are counted by"), "map"),
    Part(
        "held", "console:setup_held", gettext_lazy("Held for review"), gettext_lazy("Reports that came too fast, before the public sees them"), "flag"
    ),
    Part("configuration", "console:setup_configuration", gettext_lazy("Export and import"), gettext_lazy("The whole set-up as one file"), "download"),
    Part("reads", "console:reads", gettext_lazy("Personal data"), gettext_lazy("Who read whose name, phone and mail"), "lock"),
    Part("history", "console:setup_history", gettext_lazy("History"), gettext_lazy("Who changed what, and when"), "clock"),
)


def parts_for(request: HttpRequest) -> list[dict[str, Any]]:
    """The parts that the signed-in person may open."""
    person = person_of(request)
    return [
        {"code": part.code, "url": reverse(part.route), "title": part.title, "words": part.words, "icon": part.icon}
        for part in PARTS
        if isinstance(asked := POLICY.get(part.route), Ability) and person.can(asked)
    ]


def setup_page(request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, part: str = "", status: int = 200) -> HttpResponse:
    """Render a page that extends `console/setup/frame.html`; `part` is the code of the part that it belongs to."""
    frame = {"city": city_of_person(request), "setup_parts": parts_for(request), "setup_part": part}
    return render(request, template, frame | (context or {}), status=status)
