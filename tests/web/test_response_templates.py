"""Prepared answers: what may stand in braces, and what the resident reads."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.web.conversations.models import ResponseTemplate
from evenhand.web.conversations.response_templates import faults_of, filled, left_open, placeholders, templates_for
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import Service, ServiceRequest
from evenhand.web.service_requests.reference_numbers import spoken


def make_template(city: Jurisdiction, text: str, **columns: object) -> ResponseTemplate:
    return ResponseTemplate.objects.create(jurisdiction=city, text=text, **({"use": "answer", "name": "Any", "language": "en"} | columns))


def test_every_placeholder_may_stand_in_a_template_and_is_explained() -> None:
    assert {name for name, _ in placeholders()} == {"reference", "service", "place", "reported_on", "expected_by", "city", "page"}
    assert all(words for _, words in placeholders())
    assert faults_of(" ".join(f"{{{name}}}" for name, _ in placeholders())) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Dear {name}", ["{name}"]),
        ("{Reference}", ["{Reference}"]),
        ("{} {x} {y} {x}", ["{}", "{x}", "{y}"]),
        ("{request.reporter.email}", ["{request.reporter.email}"]),
    ],
)
def test_each_wrong_placeholder_is_named_once(text: str, named: list[str]) -> None:
    faults = faults_of(text)
    assert len(faults) == len(named)
    assert all(fault.startswith(name) for fault, name in zip(faults, named, strict=True))
    assert all("{reference}" in fault for fault in faults), "what could be meant is said"


@pytest.mark.parametrize("text", ["{reference", "reference}", "{{reference}}", "a } b { c"])
def test_a_brace_that_stands_alone_is_a_fault(text: str) -> None:
    assert any("brace stands alone" in fault for fault in faults_of(text))


@given(st.text(alphabet="{}ab ", max_size=40))
def test_a_text_has_no_fault_exactly_where_no_brace_is_left_without_its_placeholders(text: str) -> None:
    without = text
    for name, _ in placeholders():
        without = without.replace(f"{{{name}}}", "")
    assert (faults_of(text) == []) == (not set("{}") & set(without))


def test_the_resident_reads_what_is_known_in_the_templates_language(pothole_request: ServiceRequest, harbor: Jurisdiction) -> None:
    pothole_request.expected_at = datetime(2026, 4, 3, 1, tzinfo=UTC)  # the evening of 2 April in Harbor
    english = make_template(harbor, "{service}, {place} ({reference}), reported {reported_on} to {city}: by {expected_by}.")
    spanish = make_template(harbor, "{service}: {expected_by}", language="es")
    number = spoken(pothole_request.reference)
    assert filled(english, pothole_request) == f"Pothole, 12 Wharf Street ({number}), reported March 2, 2026 to Harbor: by April 2, 2026."
    assert filled(spanish, pothole_request) == "Bache: 2 de abril de 2026"


def test_what_is_not_known_stays_open_in_sight(pothole_request: ServiceRequest, harbor: Jurisdiction) -> None:
    text = filled(make_template(harbor, "By {expected_by} at {place}."), pothole_request)
    assert text == "By {expected_by} at 12 Wharf Street."
    assert left_open(text) == ["{expected_by}"]
    assert left_open("Use {braces} as you like") == []


def test_words_of_the_resident_are_no_placeholders(pothole_request: ServiceRequest, harbor: Jurisdiction) -> None:
    pothole_request.address = "{city} Street"
    assert filled(make_template(harbor, "At {place}"), pothole_request) == "At {city} Street"


def test_those_that_fit_are_offered_the_reporters_language_and_the_service_first(
    pothole_request: ServiceRequest, harbor: Jurisdiction, pothole: Service, streetlight: Service
) -> None:
    make_template(harbor, "general", name="General")
    make_template(harbor, "general", name="General, Spanish", language="es")
    make_template(harbor, "own", name="Own", service=pothole)
    make_template(harbor, "other", name="Of another service", service=streetlight)
    make_template(harbor, "old", name="Retired", is_retired=True)
    make_template(harbor, "closing", name="Closing", use="close:fixed")
    assert [one.name for one in templates_for(pothole_request, "answer", language="es")] == ["General, Spanish", "Own", "General"]
    assert [one.name for one in templates_for(pothole_request, "close", language="en")] == ["Closing"]
