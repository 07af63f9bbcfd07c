"""Who read whose personal data: one row an hour for a person, a request and a purpose, and a page to look at them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from evenhand.web.accounts.models import Account, PersonalDataRead
from evenhand.web.accounts.reading_log import note_read, note_reads, reads_of
from evenhand.web.accounts.roles import Role
from evenhand.web.console import held_views, relation_contexts, request_page
from evenhand.web.console.reading_views import PURPOSES
from evenhand.web.places.models import Jurisdiction
from tests import cast

NOW = cast.NOON


@pytest.fixture
def ben(harbor: Jurisdiction) -> Account:
    return cast.make_staff(harbor, Role.AGENT, "ben", first_name="Ben")


@pytest.fixture
def boss(client: Client, harbor: Jurisdiction) -> Account:
    """An administrator who is signed in."""
    person = cast.make_staff(harbor, Role.ADMINISTRATOR, "boss", first_name="Bo")
    client.force_login(person)
    return person


def test_a_page_loaded_again_within_the_hour_was_read_once(harbor: Jurisdiction, ben: Account) -> None:
    for minutes in (0, 1, 59, 60, 61):
        note_read(ben, harbor, "10428837", "request_page", NOW + timedelta(minutes=minutes))
    assert [row.at - NOW for row in PersonalDataRead.objects.order_by("pk")] == [timedelta(0), timedelta(hours=1)]


def test_another_person_request_or_purpose_is_another_row(harbor: Jurisdiction, ben: Account, boss: Account) -> None:
    note_read(ben, harbor, "10428837", "request_page", NOW)
    note_read(boss, harbor, "10428837", "request_page", NOW)
    note_read(ben, harbor, "10428838", "request_page", NOW)
    note_read(ben, harbor, "10428837", "export", NOW)
    assert PersonalDataRead.objects.count() == 4


def test_many_requests_at_once_cost_two_statements(harbor: Jurisdiction, ben: Account, django_assert_num_queries: Any) -> None:
    note_read(ben, harbor, "R3", "export", NOW)
    with django_assert_num_queries(2):
        note_reads(ben, harbor, [f"R{number}" for number in range(50)] + ["R7"], "export", NOW)
    assert PersonalDataRead.objects.count() == 50
    with django_assert_num_queries(1):
        note_reads(ben, harbor, ["R1", "R2"], "export", NOW)


def test_the_page_shows_the_newest_first_with_person_request_and_reason(client: Client, harbor: Jurisdiction, ben: Account, boss: Account) -> None:
    note_read(ben, harbor, "10428837", "request_page", NOW)
    note_read(boss, harbor, "10428838", "something_new", NOW + timedelta(minutes=1))
    page = client.get("/console/set-up/reads/").content.decode()
    assert page.index("10428838") < page.index("10428837")
    assert "Page of the request" in page
    assert "something_new" in page, "a purpose without a name is shown as it is"
    assert "12:01 p.m." in page, "in the city's time"


@pytest.mark.parametrize("purpose", [request_page.PURPOSE, relation_contexts.ASKING, held_views.PURPOSE, "caller_history"])
def test_every_purpose_that_is_written_has_a_name(client: Client, harbor: Jurisdiction, ben: Account, boss: Account, purpose: str) -> None:
    note_read(ben, harbor, "10428837", purpose, NOW)
    page = client.get("/console/set-up/reads/").content.decode()
    assert f"{PURPOSES[purpose]}</td>" in page


def test_the_page_can_be_narrowed_to_a_person_and_a_request(client: Client, harbor: Jurisdiction, ben: Account, boss: Account) -> None:
    note_read(ben, harbor, "10428837", "request_page", NOW)
    note_read(boss, harbor, "10428838", "request_page", NOW)
    assert "10428838" not in client.get("/console/set-up/reads/?who=ben").content.decode()
    assert "10428837" not in client.get("/console/set-up/reads/?reference=1042 8838").content.decode()
    assert "No row fits." in client.get("/console/set-up/reads/?who=ben&reference=10428838").content.decode()


@pytest.mark.parametrize(
    "query", ["?before=abc", "?before=-1", "?before=" + "9" * 40, "?before=٣", "?who=%00&reference=%00", "?reference=" + "x" * 5000]
)
def test_a_damaged_address_does_no_harm(client: Client, boss: Account, query: str) -> None:
    assert client.get(f"/console/set-up/reads/{query}").status_code == 200


def test_a_hundred_rows_are_a_page_and_the_next_goes_on_after_them(client: Client, harbor: Jurisdiction, ben: Account, boss: Account) -> None:
    note_reads(ben, harbor, [f"R{number:03d}" for number in range(130)], "export", NOW)
    first = client.get("/console/set-up/reads/?who=ben").content.decode()
    assert first.count('<td class="reference">') == 100
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = client.get(f"/console/set-up/reads/{older}").content.decode()
    assert second.count('<td class="reference">') == 30
    assert "R029" in second
    assert "R030" not in second


def test_rows_of_another_city_stay_there(harbor: Jurisdiction, ben: Account) -> None:
    other = Jurisdiction.objects.get(pk=harbor.pk)
    other.pk, other.slug, other.is_default = None, "uphill", False
    other._state.adding = True
    other.save()
    note_read(ben, other, "R1", "request_page", NOW)
    assert not reads_of(harbor).exists()
    assert reads_of(other).count() == 1
