"""How a request can reach the city: one list for the pages that say it, the queue that filters by it, and the form that people enter calls with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


@dataclass(frozen=True, slots=True)
class Channel:
    """Its name in a list, and how it stands behind "Reported"; `entered` is the choice of whoever enters it for somebody, None where nobody does."""

    name: StrPromise
    how: StrPromise
    entered: StrPromise | None = None


CHANNELS: Final[Mapping[str, Channel]] = {
    "web": Channel(gettext_lazy("Web"), gettext_lazy("on the web")),
    "app": Channel(gettext_lazy("App"), gettext_lazy("by app")),
    "phone": Channel(gettext_lazy("Phone"), gettext_lazy("by phone"), gettext_lazy("By phone")),
    "walk_in": Channel(gettext_lazy("In person"), gettext_lazy("in person"), gettext_lazy("In person")),
    "email": Channel(gettext_lazy("E-mail"), gettext_lazy("by e-mail"), gettext_lazy("By e-mail")),
    "letter": Channel(gettext_lazy("Letter"), gettext_lazy("by letter"), gettext_lazy("By letter")),
    "text": Channel(gettext_lazy("Text message"), gettext_lazy("by text message")),
    "social": Channel(gettext_lazy("Social media"), gettext_lazy("by social media")),
    "open311": Channel(gettext_lazy("Another program"), gettext_lazy("through another program")),
    "staff_system": Channel(gettext_lazy("City staff"), gettext_lazy("by city staff")),
}
