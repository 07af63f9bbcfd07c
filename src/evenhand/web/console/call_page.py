"""What is known of a call so far, read from everything that was typed: the same for a page without script, for each look of a script, and for saving.

A call has a mode that follows from what was said last: a *new* request; the caller is counted in on one that is there (*join*); they only ask about
an earlier one (*asked*); the answer is an *article*; or they are in danger and belong to the emergency number (*stopped*).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from evenhand.web.accounts.models import Account
from evenhand.web.console.call_forms import CallForm, one_line, stop_name
from evenhand.web.console.call_places import SaidPlace, said_place
from evenhand.web.core import clock
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import offered_services
from evenhand.web.service_requests.articles import articles_for, articles_matching, articles_of
from evenhand.web.service_requests.callers import earlier_requests, normalised_phone
from evenhand.web.service_requests.models import KnowledgeArticle, Service, ServiceRequest, StopQuestion
from evenhand.web.service_requests.service_search import Fit, services_like
from evenhand.web.service_requests.similar import Similar, likely_duplicates

MOST_CANDIDATES = 7
MOST_ARTICLES = 4


@dataclass(frozen=True)
class Call:
    """One call as far as it has come. Everything is looked up once, when it is first asked for."""

    city: Jurisdiction
    person: Account
    typed: QueryDict
    cities: Sequence[Jurisdiction] = ()
    shown_language: str = "en"

    @cached_property
    def language(self) -> str:
        """What the caller speaks; the city's language until somebody says otherwise."""
        wanted, known = one_line(self.typed, "language", 16), [code for code, _name in settings.LANGUAGES]
        return wanted if wanted in known else self.city.language if self.city.language in known else known[0]

    @cached_property
    def place(self) -> SaidPlace:
        return said_place(self.city, self.person, self.typed, self.cities)

    @cached_property
    def said(self) -> str:
        """What stands in the box "what it is about"."""
        return one_line(self.typed, "what", 200)

    @cached_property
    def service(self) -> Service | None:
        """The kind of request: the one just chosen, else the one whose name still stands in the box."""
        if chosen := one_line(self.typed, "service_choice", 120):
            return offered_services.offered_service(self.city, chosen)
        if self.typed.get("article_choice") or not self.said:
            return None
        known = offered_services.offered_service(self.city, one_line(self.typed, "service", 120))
        if known is not None and self.said in _names_of(known):
            return known
        exact = [one.service for one in self.candidates_for_words if self.said.casefold() in {name.casefold() for name in _names_of(one.service)}]
        return exact[0] if exact else None

    @cached_property
    def article(self) -> KnowledgeArticle | None:
        """The article that answers the call."""
        chosen = one_line(self.typed, "article_choice", 80)
        code = chosen or one_line(self.typed, "article", 80)
        if not code or (self.typed.get("service_choice") and not chosen):
            return None
        found = articles_of(self.city).filter(code=code).first()
        return found if found is not None and (chosen or self.said in {found.title, found.text_in(self.shown_language, "title")}) else None

    @cached_property
    def what_fault(self) -> str:
        """Why there is nothing to go on with; empty where there is, or where nothing was said yet."""
        named = one_line(self.typed, "service_choice", 120) or one_line(self.typed, "service", 120)
        if named and self.service is None and self.article is None and offered_services.offered_service(self.city, named) is None:
            return _("This kind of request was taken off the list while the form was open. Choose another.")
        if self.service is not None and self.place.found is not None and not offered_services.is_offered_at(self.service, self.place.found.area):
            return _("The city does not offer this at this place.")
        if self.said and not (self.service or self.article or self.candidates or self.matching_articles):
            return _("Nothing fits these words. Try another word for it.")
        return ""

    @cached_property
    def candidates_for_words(self) -> list[Fit]:
        return candidates_for(self.city, self.said) if self.said else []

    @property
    def candidates(self) -> list[Fit]:
        """Services that fit what was typed, where none is chosen yet."""
        return [] if self.service or self.article else self.candidates_for_words

    @cached_property
    def matching_articles(self) -> list[KnowledgeArticle]:
        """Articles that fit what was typed, where nothing is chosen yet."""
        return [] if self.service or self.article else articles_matching(self.city, self.said, self.shown_language, at_most=MOST_ARTICLES)

    @cached_property
    def articles(self) -> list[KnowledgeArticle]:
        """What is to be known beside the form."""
        return articles_for(self.city, self.service, self.shown_language, at_most=MOST_ARTICLES)

    @cached_property
    def stops(self) -> list[StopQuestion]:
        return list(self.service.stop_questions.all()) if self.service else []

    @cached_property
    def stopping(self) -> list[StopQuestion]:
        """Stop questions whose answer sends the caller to the telephone."""
        return [stop for stop in self.stops if one_line(self.typed, stop_name(stop), 3) == stop.stop_answer]

    @cached_property
    def unasked(self) -> list[StopQuestion]:
        """Stop questions that nobody answered yet."""
        return [stop for stop in self.stops if one_line(self.typed, stop_name(stop), 3) not in {"yes", "no"}]

    @cached_property
    def similar(self) -> list[Similar]:
        if self.service is None or self.place.found is None or self.stopping:
            return []
        return likely_duplicates(self.service, self.place.found.lat, self.place.found.long, at=clock.now())

    @cached_property
    def phone(self) -> str:
        """The caller's number, wherever it was typed."""
        return self.place.phone or normalised_phone(one_line(self.typed, "phone", 40))

    @cached_property
    def earlier(self) -> list[ServiceRequest]:
        """A request whose number was said, or what was reported from the caller's telephone."""
        if self.place.asked is not None:
            return [self.place.asked]
        return earlier_requests(self.person, self.city, self.phone) if self.phone else []

    @cached_property
    def same(self) -> ServiceRequest | None:
        """The request that the caller means."""
        wanted = one_line(self.typed, "same", 64)
        if not wanted:
            return self.place.asked
        known = [*(one.request for one in self.similar), *self.earlier]
        return next((one for one in known if one.reference == wanted), None) or _visible(self.person, self.city, wanted)

    @property
    def mode(self) -> str:
        if self.stopping:
            return "stopped"
        if self.article is not None:
            return "article"
        if self.same is not None:
            return "join" if any(one.request.pk == self.same.pk for one in self.similar) else "asked"
        return "new"

    @cached_property
    def form(self) -> CallForm:
        """Unbound before anything is typed."""
        if not self.typed:
            return CallForm(None, self.language, initial={"language": self.language, "contact_method": "phone"})
        return CallForm(self.service, self.language, stops=self.stops, data=self._data())

    def _data(self) -> QueryDict:
        """What was typed, with what it led to: the place's own words, the service's name, and a caller's number where it belongs."""
        data = self.typed.copy()
        data["language"] = self.language
        if self.place.phone:
            data["phone"], data["place"], data["place_key"] = one_line(self.typed, "place", 40), "", ""
        elif self.place.found is not None:
            data["place"], data["place_key"] = self.place.found.label, self.place.found.key
        else:
            data["place_key"] = ""
        data["service"] = self.service.code if self.service else ""
        data["article"] = self.article.code if self.article else ""
        if self.service is not None:
            data["what"] = self.service.name_in(self.shown_language)
        elif self.article is not None:
            data["what"] = self.article.text_in(self.shown_language, "title")
        return data


def candidates_for(city: Jurisdiction, said: str) -> list[Fit]:
    """Services for a caller's words, best first."""
    services = offered_services.offered_services(city)
    prefetch_related_objects(services, "stop_questions")
    return services_like(services, said, articles_of(city))[:MOST_CANDIDATES]


def _names_of(service: Service) -> set[str]:
    """What it is called, in every language."""
    return {service.name, *(service.name_in(language) for language in service.translations)}


def _visible(person: Account, city: Jurisdiction, reference: str) -> ServiceRequest | None:
    seen = ServiceRequest.objects.visible_to(person, city).select_related("service", "area", "jurisdiction", "team")
    return seen.filter(reference=reference).first()
