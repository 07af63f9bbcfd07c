"""One report that is two things becomes two requests, and neither history hides it."""

from __future__ import annotations

import pytest

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import Role
from evenhand.web.console.relation_contexts import place_context
from evenhand.web.console.relation_forms import SplitForm
from evenhand.web.conversations import actions as conversations
from evenhand.web.journeys.erase_reporter import erase_reporter
from evenhand.web.journeys.split_request import split_request
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.actions import Place
from evenhand.web.service_requests.errors import NotMovable
from evenhand.web.service_requests.history import verify
from evenhand.web.service_requests.models import EventContent, Photo, Reporter, Service, ServiceRequest
from evenhand.web.service_requests.reference_numbers import spoken
from evenhand.web.service_requests.splitting import place_of
from evenhand.web.service_requests.workflow import FactMissing
from tests import cast
from tests.journeys.console_pages import Desk
from tests.journeys.request_pages import Reader, mails_to, private, public


@pytest.fixture
def agent(harbor: Jurisdiction) -> Account:
    return cast.make_staff(harbor, Role.AGENT)


def now(request: ServiceRequest) -> ServiceRequest:
    return ServiceRequest.objects.get(pk=request.pk)


def split(request: ServiceRequest, service: Service, person: Account, words: str = "The lamp above it is out.", **more: object) -> ServiceRequest:
    place = more.pop("place", None) or place_of(request)
    return split_request(request, service=service, place=place, words=words, person=person, at=cast.NOON, **more).new  # type: ignore[arg-type]


def test_both_histories_name_each_other(pothole_request: ServiceRequest, streetlight: Service, agent: Account) -> None:
    new = split(pothole_request, streetlight, agent)
    assert f"goes on by itself as {spoken(new.reference)}" in Reader().page(public(pothole_request))
    page = Reader().page(public(new))
    assert f"Taken out of report {spoken(pothole_request.reference)}" in page
    assert "The lamp above it is out." in page
    assert (new.service_id, new.address, new.requested_at) == (streetlight.pk, pothole_request.address, pothole_request.requested_at)
    assert (now(new).entered_by_id, new.events.get(seq=1).actor_id) == (agent.pk, agent.pk)
    verify(now(pothole_request))
    verify(now(new))


@pytest.mark.parametrize("is_first_private", [True, False])
def test_a_number_is_not_said_any_more_once_the_other_request_is_private(
    pothole_request: ServiceRequest, streetlight: Service, agent: Account, is_first_private: bool
) -> None:
    new = split(pothole_request, streetlight, agent)
    gone, left = (pothole_request, new) if is_first_private else (new, pothole_request)
    ServiceRequest.objects.filter(pk=gone.pk).update(visibility="private")
    page = Reader().page(public(left))
    assert ("Taken out of another report" if is_first_private else "A second thing goes on by itself") in page
    assert spoken(gone.reference) not in page
    assert spoken(gone.reference) in Desk(agent).page(left), "staff go on seeing it"


def test_the_reporter_follows_both_with_a_private_link_to_each(pothole_request: ServiceRequest, streetlight: Service, agent: Account) -> None:
    conversations.follow(pothole_request, recipient="ana@home.test", language="en", at=cast.NOON, is_reporter=True, confirmed=True)
    conversations.follow(pothole_request, recipient="ben@next.test", language="en", at=cast.NOON, confirmed=True)
    new = split(pothole_request, streetlight, agent)
    (mail,) = mails_to("ana@home.test")
    assert private(new) in mail.text
    assert new.followers.get().is_reporter
    (told,) = mails_to("ben@next.test")
    assert public(new) in told.text
    assert "private" not in told.text


def test_photos_stay_unless_they_are_chosen_and_then_move(pothole_request: ServiceRequest, streetlight: Service, agent: Account) -> None:
    photos = [Photo.objects.create(request=pothole_request, event_seq=1, key=f"{n:032x}", width=4, height=3, added_at=cast.NOON) for n in range(3)]
    ServiceRequest.objects.filter(pk=pothole_request.pk).update(photo_count=3)
    new = split(pothole_request, streetlight, agent, photos=[photos[1].pk])
    assert list(now(new).photos.all()) == [photos[1]]
    assert (now(pothole_request).photo_count, now(new).photo_count) == (2, 1)
    assert now(pothole_request).events.get(kind="split_off").facts["photos"] == 1


def test_a_hidden_photo_stays_where_its_hiding_is_told_and_is_not_offered(
    pothole_request: ServiceRequest, streetlight: Service, agent: Account
) -> None:
    photo = Photo.objects.create(request=pothole_request, event_seq=1, key="b" * 32, width=4, height=3, added_at=cast.NOON, hidden_at=cast.NOON)
    new = split(pothole_request, streetlight, agent, photos=[photo.pk])
    assert (list(now(pothole_request).photos.all()), now(new).photos.count()) == ([photo], 0)
    assert "moved_photos" not in SplitForm(request=pothole_request, person=agent).fields
    assert place_context(pothole_request, agent)["own_photos"] == []


def test_a_photo_of_another_request_cannot_be_taken(pothole_request: ServiceRequest, streetlight: Service, agent: Account) -> None:
    other = cast.make_request(streetlight)
    photo = Photo.objects.create(request=other, event_seq=1, key="a" * 32, width=4, height=3, added_at=cast.NOON)
    new = split(pothole_request, streetlight, agent, photos=[photo.pk])
    assert Photo.objects.get(pk=photo.pk).request_id == other.pk
    assert now(new).photo_count == 0


def test_what_staff_wrote_for_the_reporter_goes_when_they_erase(pothole_request: ServiceRequest, streetlight: Service, agent: Account) -> None:
    new = split(pothole_request, streetlight, agent)
    assert Reporter.objects.get(request=new).name == "Ana Okafor"
    assert erase_reporter(new, at=cast.NOON)
    assert now(new).description == ""
    assert not EventContent.objects.filter(event__request=new, event__kind="received", erased_at=None).exists()
    verify(now(new))


def test_the_new_request_needs_words_a_service_of_the_city_and_a_place_in_it(
    pothole_request: ServiceRequest, streetlight: Service, agent: Account
) -> None:
    with pytest.raises(FactMissing):
        split(pothole_request, streetlight, agent, words="  ")
    with pytest.raises(NotMovable, match="outside"):
        split(pothole_request, streetlight, agent, place=Place(lat=cast.OUTSIDE[0], long=cast.OUTSIDE[1]))
    theirs = cast.make_service(cast.make_city("bay", "Bay", shift=1.0), "sign", "Sign")
    with pytest.raises(NotMovable, match="not offered"):
        split(pothole_request, theirs, agent)
    assert ServiceRequest.objects.count() == 1


def test_a_private_report_is_split_into_a_public_one_only_on_purpose(power_out: Service, streetlight: Service, agent: Account) -> None:
    dark = cast.make_request(power_out, by=cast.ANA)
    with pytest.raises(NotMovable, match="Confirm"):
        split(dark, streetlight, agent)
    new = split(dark, streetlight, agent, publishing_is_meant=True)
    assert new.is_public
    page = Reader().page(public(new))
    assert spoken(dark.reference) not in page
    assert dark.reference not in page


def test_it_is_split_from_its_page_and_a_double_click_makes_one(pothole_request: ServiceRequest, streetlight: Service, agent: Account) -> None:
    desk = Desk(agent)
    fields = desk.form(pothole_request, "split") | {"service": str(streetlight.pk), "words": "The lamp is out.", "address": "12 Wharf Street"}
    for _ in range(2):
        assert desk.client.post(f"/console/requests/{pothole_request.reference}/split/", fields).status_code == 303
    assert ServiceRequest.objects.count() == 2


def test_a_million_characters_are_refused_with_their_number(pothole_request: ServiceRequest, streetlight: Service, agent: Account) -> None:
    page = Desk(agent).send(pothole_request, "split", {"service": str(streetlight.pk), "words": "x" * 1_000_000}, status=422)
    assert "Please shorten this to 4000 characters. It has 1000000 now." in page
