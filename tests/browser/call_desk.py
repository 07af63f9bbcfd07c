"""The desk while a browser takes calls: `python -m tests.browser.call_desk WHAT …`, in the environment of the instance; answers in JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

PASSWORD = "harbor-bend-calls-311"


def prepare() -> dict[str, Any]:
    """A call taker, what they may read, and two requests that callers will speak of."""
    from evenhand.web.accounts.models import Account
    from evenhand.web.places.models import Jurisdiction
    from evenhand.web.service_requests.models import KnowledgeArticle

    city = Jurisdiction.objects.get()
    person, _ = Account.objects.get_or_create(username="cora", defaults={"role": "call_taker", "first_name": "Cora"})
    person.set_password(PASSWORD)
    person.save()
    person.cities.add(city)
    KnowledgeArticle.objects.get_or_create(
        jurisdiction=city,
        code="power-company",
        defaults={
            "title": "Electricity bills and meters",
            "text": "The city sells no electricity. Bills, meters and new lines are the power company's.",
            "keywords": "power company, electric bill, luz",
            "is_ours": False,
            "whose": "Bend Light & Power, 1-800-555-0142",
        },
    )
    light = _request(city, "STREETLIGHT", "Elm Avenue & Maple Street", words="Dark since Sunday", phone="+16175550177")
    trash = _request(city, "MISSED_TRASH", "331 Meridian Avenue", words="The whole block was left out", phone="617-555-0188")
    return {"username": person.username, "password": PASSWORD, "light": light.reference, "trash": trash.reference}


def last() -> dict[str, Any]:
    """The newest request and information request that the call taker entered, and how many: others report at the same server meanwhile."""
    from evenhand.web.service_requests.models import InformationRequest, ServiceRequest

    known = ServiceRequest.objects.select_related("service", "reporter", "entered_by").order_by("-pk")
    own = known.filter(entered_by__username="cora")
    request = own.first() or known[0]
    own_counted = InformationRequest.objects.filter(entered_by__username="cora")
    counted = own_counted.select_related("service", "article").order_by("-pk").first()
    return {
        "requests": own.count(),
        "counted": own_counted.count(),
        "request": {
            "reference": request.reference,
            "service": request.service.code,
            "address": request.address,
            "quality": request.place_quality,
            "words": request.description,
            "channel": request.channel,
            "made_by": request.made_by,
            "entered_by": request.entered_by.username if request.entered_by else None,
            "phone": request.reporter.phone if hasattr(request, "reporter") else None,
            "name": request.reporter.name if hasattr(request, "reporter") else None,
            "language": request.reporter.language if hasattr(request, "reporter") else None,
            "response": request.reporter.response_method if hasattr(request, "reporter") else None,
        },
        "information": counted
        and {
            "topic": counted.topic,
            "article": counted.article.code if counted.article else None,
            "service": counted.service.code if counted.service else None,
        },
    }


def supporters(reference: str) -> dict[str, Any]:
    """How many people said "that is mine too"."""
    from evenhand.web.service_requests.models import ServiceRequest

    return {"supporters": ServiceRequest.objects.get(reference=reference).supporter_count}


def retire(code: str, is_offered: str = "no") -> dict[str, Any]:
    """The city takes a service off its list, or puts it back."""
    from evenhand.web.service_requests.models import Service

    return {"changed": Service.objects.filter(code=code).update(is_offered=is_offered == "yes")}


def _request(city: Any, code: str, where: str, *, words: str, phone: str) -> Any:
    from evenhand.web.core import clock
    from evenhand.web.journeys.report_problem import report_problem
    from evenhand.web.places import geocoding
    from evenhand.web.service_requests.actions import Contact, NewReport, Place
    from evenhand.web.service_requests.models import Service

    found = geocoding.suggestions(city, where)[0]
    report = NewReport(
        jurisdiction=city,
        service=Service.objects.get(jurisdiction=city, code=code),
        place=Place(lat=found.lat, long=found.long, quality=found.quality, address=found.label, area=found.area),
        description=words,
        at=clock.now() - timedelta(days=2),
        channel="web",
        contact=Contact(phone=phone, response_method="phone"),
        submission_key=f"call-desk-{code.lower()}",
    )
    return report_problem(report, sender=None, real_at=clock.real_now()).request


ERRANDS: dict[str, Callable[..., dict[str, Any]]] = {"prepare": prepare, "last": last, "supporters": supporters, "retire": retire}

if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(ERRANDS[sys.argv[1]](*sys.argv[2:])) + "\n")
