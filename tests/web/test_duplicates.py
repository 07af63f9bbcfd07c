"""Reports of one and the same thing: a child closes, goes on with its parent, and nobody who cared is lost or told too much."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import Role
from evenhand.web.console import request_preview
from evenhand.web.conversations import actions as conversations
from evenhand.web.conversations.models import Follower, OutboxMessage
from evenhand.web.journeys.answer_request import answer_request
from evenhand.web.journeys.close_request import close_request
from evenhand.web.journeys.link_duplicate import link_duplicate
from evenhand.web.journeys.unlink_duplicate import unlink_duplicate
from evenhand.web.journeys.withdraw_request import withdraw_request
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import actions, cells, duplicates
from evenhand.web.service_requests.errors import NotLinkable
from evenhand.web.service_requests.history import verify
from evenhand.web.service_requests.models import RequestCell, Service, ServiceRequest
from evenhand.web.service_requests.reference_numbers import spoken
from evenhand.web.service_requests.workflow import ClosingReason, Evidence, FactMissing
from tests import cast
from tests.journeys.console_pages import Desk
from tests.journeys.request_pages import Reader, closed, link_in, mails_to, private, public


@pytest.fixture
def agent(harbor: Jurisdiction) -> Account:
    return cast.make_staff(harbor, Role.AGENT)


def now(request: ServiceRequest) -> ServiceRequest:
    return ServiceRequest.objects.get(pk=request.pk)


def follows(request: ServiceRequest, address: str, *, is_reporter: bool = False) -> Follower:
    return conversations.follow(request, recipient=address, language="en", at=cast.NOON, is_reporter=is_reporter, confirmed=True)


def link(child: ServiceRequest, parent: ServiceRequest, person: Account) -> None:
    link_duplicate(child, parent, person=person, at=cast.NOON)


@pytest.fixture
def parent(pothole: Service) -> ServiceRequest:
    return cast.make_request(pothole, by=cast.LUZ)


@pytest.fixture
def child(pothole: Service) -> ServiceRequest:
    return cast.make_request(pothole, by=cast.ANA)


def test_the_child_closes_as_reported_before_and_its_page_leads_to_the_parent(child: ServiceRequest, parent: ServiceRequest, agent: Account) -> None:
    link(child, parent, agent)
    linked = now(child)
    assert (linked.status, linked.closing_reason, linked.duplicate_of_id) == ("closed", "duplicate", parent.pk)
    page = Reader().page(public(child))
    assert f"it goes on with {spoken(parent.reference)}" in page
    assert f"See the request that goes on: {spoken(parent.reference)}" in page
    assert "The same was reported again" in Reader().page(public(parent))
    assert [event.actor_id for event in linked.events.filter(kind__in=["duplicate_linked", "close"])] == [agent.pk] * 2
    verify(linked)
    verify(now(parent))


def test_linking_twice_changes_nothing_the_second_time(child: ServiceRequest, parent: ServiceRequest, agent: Account) -> None:
    link(child, parent, agent)
    before = now(child).event_count
    assert not link_duplicate(child, parent, person=agent, at=cast.NOON).is_new
    assert now(child).event_count == before


def test_linking_to_a_child_links_to_its_parent(pothole: Service, child: ServiceRequest, parent: ServiceRequest, agent: Account) -> None:
    third = cast.make_request(pothole)
    link(child, parent, agent)
    link(third, child, agent)
    assert now(third).duplicate_of_id == parent.pk


def test_linking_a_parent_takes_its_children_along(pothole: Service, child: ServiceRequest, parent: ServiceRequest, agent: Account) -> None:
    oldest = cast.make_request(pothole)
    link(child, parent, agent)
    link(parent, oldest, agent)
    assert {now(child).duplicate_of_id, now(parent).duplicate_of_id} == {oldest.pk}
    verify(now(child))


def test_nothing_goes_round_in_a_circle(child: ServiceRequest, parent: ServiceRequest, agent: Account) -> None:
    link(child, parent, agent)
    for one, other in ((parent, child), (parent, parent)):
        with pytest.raises(NotLinkable) as refused:
            link(one, other, agent)
        assert refused.value.code == "is_itself_or_its_own_duplicate"
    assert now(parent).duplicate_of_id is None


def test_a_withdrawn_report_can_be_no_parent_and_a_closed_one_no_child(child: ServiceRequest, parent: ServiceRequest, agent: Account) -> None:
    with transaction.atomic():
        actions.withdraw(parent, at=cast.NOON)
    with pytest.raises(NotLinkable, match="parent was withdrawn"):
        link(child, parent, agent)
    with pytest.raises(NotLinkable, match="child is closed"):
        link(parent, child, agent)


def test_another_city_is_another_matter(child: ServiceRequest, agent: Account) -> None:
    elsewhere = cast.make_city("bay", "Bay", shift=1.0)
    theirs = cast.make_request(cast.make_service(elsewhere, "sign", "Sign"), point=None)
    with pytest.raises(NotLinkable, match="another city"):
        link(child, theirs, agent)


def test_a_private_parent_is_named_nowhere(child: ServiceRequest, power_out: Service, agent: Account) -> None:
    dark = cast.make_request(power_out, address="7 Secret Lane")
    follows(child, "ana@home.test", is_reporter=True)
    link(child, dark, agent)
    mail = mails_to("ana@home.test")[-1]
    for said in (Reader().page(public(child)), Reader().page(private(child)), mail.text):
        assert spoken(dark.reference) not in said
        assert dark.reference not in said
        assert "Secret Lane" not in said
    assert "Closed: reported before" in Reader().page(public(child))


def test_a_parent_that_becomes_private_is_not_named_any_more(child: ServiceRequest, parent: ServiceRequest, agent: Account) -> None:
    link(child, parent, agent)
    ServiceRequest.objects.filter(pk=parent.pk).update(visibility="private")
    assert spoken(parent.reference) not in Reader().page(public(child))


def test_followers_hear_what_happens_at_the_parent_each_once(child: ServiceRequest, parent: ServiceRequest, agent: Account) -> None:
    follows(parent, "both@next.test")
    follows(child, "both@next.test")
    follows(child, "neighbor@next.test")
    conversations.follow(child, recipient="unsure@next.test", language="en", at=cast.NOON)
    link(child, parent, agent)
    OutboxMessage.objects.all().delete()
    answer_request(now(parent), words="We come on Monday.", at=cast.NOON, person=agent)
    assert sorted(OutboxMessage.objects.values_list("recipient", flat=True)) == ["both@next.test", "neighbor@next.test"]


def test_the_childs_reporter_keeps_the_link_to_their_own_page(child: ServiceRequest, parent: ServiceRequest, agent: Account) -> None:
    follows(child, "ana@home.test", is_reporter=True)
    link(child, parent, agent)
    answer_request(now(parent), words="We come on Monday.", at=cast.NOON, person=agent)
    text = mails_to("ana@home.test")[-1].text
    assert private(child) in text
    assert private(parent) not in text
    assert spoken(parent.reference) in mails_to("ana@home.test")[-1].subject
    assert f"for another one about the same thing, {spoken(child.reference)}" in text


def test_the_stop_link_of_an_old_mail_still_stops_the_mails(child: ServiceRequest, parent: ServiceRequest, agent: Account) -> None:
    follows(child, "neighbor@next.test")
    link(child, parent, agent)
    stop = link_in(mails_to("neighbor@next.test")[0].text, "follow/stop")
    answer_request(now(parent), words="We come on Monday.", at=cast.NOON, person=agent)
    Reader().client.post(stop)
    assert OutboxMessage.objects.filter(recipient="neighbor@next.test", failed_at=None).count() == 0, "what still waited is not sent either"
    answer_request(now(parent), words="We were there.", at=cast.NOON, person=agent)
    assert len(mails_to("neighbor@next.test")) == 2


def test_erasing_ends_the_mails_about_the_parent_too(child: ServiceRequest, parent: ServiceRequest, agent: Account) -> None:
    follows(child, "ana@home.test", is_reporter=True)
    link(child, parent, agent)
    answer_request(now(parent), words="We come on Monday.", at=cast.NOON, person=agent)
    Reader().client.post(private(child, "erase/"))
    assert mails_to("ana@home.test") == []
    answer_request(now(parent), words="We were there.", at=cast.NOON, person=agent)
    assert mails_to("ana@home.test") == []


def test_me_too_counts_each_device_once_over_both(child: ServiceRequest, parent: ServiceRequest, agent: Account) -> None:
    for request, device in ((parent, "a"), (parent, "b"), (child, "b"), (child, "c")):
        with transaction.atomic():
            actions.support(request, device=device, at=cast.NOON, channel="web")
    link(child, parent, agent)
    assert now(parent).supporter_count == 3
    with transaction.atomic():
        actions.support(parent, device="c", at=cast.NOON, channel="web")
    assert now(parent).supporter_count == 3
    unlink_duplicate(child, person=agent, at=cast.NOON, words="Another hole.")
    assert (now(parent).supporter_count, now(child).supporter_count) == (3, 2)


def test_me_too_at_a_duplicate_counts_at_the_request_that_goes_on(child: ServiceRequest, parent: ServiceRequest, agent: Account) -> None:
    link(child, parent, agent)
    Reader().client.post(public(child, "me-too/"))
    assert (now(parent).supporter_count, now(child).supporter_count) == (1, 0)


def test_children_say_that_their_parent_was_closed_and_followers_hear_it(child: ServiceRequest, parent: ServiceRequest, agent: Account) -> None:
    follows(child, "ana@home.test", is_reporter=True)
    link(child, parent, agent)
    close_request(now(parent), person=agent, reason=ClosingReason.FIXED, words="Filled.", evidence=Evidence.CREW_RECORD, at=cast.NOON)
    assert "The request that goes on was closed: Fixed" in Reader().page(public(child))
    assert mails_to("ana@home.test")[-1].kind == "request_closed"
    assert now(parent).events.get(kind="children_closed").facts == {"children": 1}
    verify(now(child))


def test_a_child_that_was_still_open_closes_with_its_parent(child: ServiceRequest, parent: ServiceRequest, agent: Account) -> None:
    ServiceRequest.objects.filter(pk=child.pk).update(duplicate_of=parent)  # as an import may state it
    close_request(now(parent), person=agent, reason=ClosingReason.UNABLE, words="Not in winter.", at=cast.NOON)
    assert (now(child).status, now(child).closing_reason) == ("closed", "duplicate")


def test_a_private_closing_is_told_to_childrens_followers_without_a_word_of_it(power_out: Service, agent: Account) -> None:
    first, second = cast.make_request(power_out, address="7 Secret Lane"), cast.make_request(power_out, by=cast.ANA, address="9 Other Street")
    follows(second, "ana@home.test", is_reporter=True)
    link(second, first, agent)
    close_request(now(first), person=agent, reason=ClosingReason.UNABLE, words="The owner of number 7 refused.", at=cast.NOON)
    mail = mails_to("ana@home.test")[-1]
    assert mail.kind == "request_closed_elsewhere"
    assert "number 7" not in mail.text
    assert "Secret Lane" not in mail.text
    assert private(second) in mail.text


def test_not_fixed_said_at_a_child_counts_at_its_closed_parent(child: ServiceRequest, parent: ServiceRequest, agent: Account) -> None:
    link(child, parent, agent)
    assert "It is not fixed" not in Reader().page(private(child))
    closed(now(parent))
    page = Reader().send(private(child, "not-fixed/"), {"words": "Still there."})
    assert "it counts at the request that goes on" in page
    assert (now(parent).state, now(parent).veto_count) == ("reopen_requested", 1)
    assert (now(child).state, now(child).veto_count) == ("closed", 0)
    assert now(parent).events.get(kind="request_reopen").actor_kind == "resident"


def test_parting_opens_the_child_again_and_its_followers_read_why(child: ServiceRequest, parent: ServiceRequest, agent: Account) -> None:
    follows(child, "ana@home.test", is_reporter=True)
    link(child, parent, agent)
    unlink_duplicate(child, person=agent, at=cast.NOON, words="It is on the other side of the street.")
    again = now(child)
    assert (again.status, again.state, again.closing_reason, again.closed_at, again.duplicate_of_id) == ("open", "acknowledged", "", None, None)
    assert "other side of the street" in mails_to("ana@home.test")[-1].text
    answer_request(now(parent), words="We come on Monday.", at=cast.NOON, person=agent)
    assert "We come on Monday." not in mails_to("ana@home.test")[-1].text
    verify(again)


def test_parting_needs_words_and_a_relation(child: ServiceRequest, parent: ServiceRequest, agent: Account) -> None:
    with pytest.raises(NotLinkable, match="no duplicate"):
        unlink_duplicate(child, person=agent, at=cast.NOON, words="It is another.")
    link(child, parent, agent)
    with pytest.raises(FactMissing):
        unlink_duplicate(child, person=agent, at=cast.NOON, words=" ")
    assert now(child).duplicate_of_id == parent.pk


def test_the_map_counts_a_linked_report_as_closed(child: ServiceRequest, parent: ServiceRequest, agent: Account) -> None:
    link(child, parent, agent)
    kept = sorted(RequestCell.objects.values_list("level", "service_key", "month", "x", "y", "open_count", "closed_count"))
    cells.rebuild(parent.jurisdiction)
    assert sorted(RequestCell.objects.values_list("level", "service_key", "month", "x", "y", "open_count", "closed_count")) == kept


def test_an_erased_child_can_be_linked(child: ServiceRequest, parent: ServiceRequest, agent: Account) -> None:
    with transaction.atomic():
        actions.erase_reporter(child, at=cast.NOON)
    link(child, parent, agent)
    verify(now(child))


def test_candidates_are_near_and_recent_and_the_same_service_comes_first(
    pothole: Service, streetlight: Service, power_out: Service, child: ServiceRequest, agent: Account
) -> None:
    lat, long = cast.IN_DOCKSIDE
    lamp = cast.make_request(streetlight, point=(lat, long))
    hole = cast.make_request(pothole, point=(lat + 0.001, long))  # some 110 m north
    far = cast.make_request(pothole, point=cast.IN_HILLTOP)
    dark = cast.make_request(power_out, point=(lat + 0.0001, long))
    found = [one.request for one in duplicates.candidates(child, agent, at=cast.NOON)]
    assert found == [hole, lamp, dark]
    assert far not in found
    analyst = cast.make_staff(child.jurisdiction, Role.ANALYST)
    assert dark not in [one.request for one in duplicates.candidates(child, analyst, at=cast.NOON)]


def test_a_parent_that_is_taken_back_leaves_its_oldest_child_open_and_the_others_with_that_one(
    pothole: Service, child: ServiceRequest, parent: ServiceRequest, agent: Account
) -> None:
    older = cast.make_request(pothole, at=cast.NOON - timedelta(days=1))
    for one in (child, older):
        link(one, parent, agent)
    with transaction.atomic():
        actions.support(now(child), device="d" * 64, at=cast.NOON, channel="web")
    follows(child, "ana@home.test", is_reporter=True)
    withdraw_request(now(parent), words="", at=cast.NOON)
    left, opened, other = now(parent), now(older), now(child)
    assert (left.closing_reason, left.supporter_count) == ("withdrawn", 0)
    assert (opened.state, opened.duplicate_of_id, opened.closing_reason, opened.supporter_count) == ("acknowledged", None, "", 1)
    assert (other.state, other.duplicate_of_id) == ("closed", opened.pk)
    assert "it is open again" in Reader().page(public(older))
    assert f"it goes on with {spoken(older.reference)}" in Reader().page(public(child))
    assert [mail.kind for mail in mails_to("ana@home.test")] == ["request_reopened"]
    for one in (left, opened, other):
        verify(one)
    kept = sorted(RequestCell.objects.values_list("level", "service_key", "month", "x", "y", "open_count", "closed_count"))
    cells.rebuild(parent.jurisdiction)
    assert sorted(RequestCell.objects.values_list("level", "service_key", "month", "x", "y", "open_count", "closed_count")) == kept


def test_me_too_at_a_child_counts_at_its_parent_each_device_once(child: ServiceRequest, parent: ServiceRequest, agent: Account) -> None:
    link(child, parent, agent)
    with transaction.atomic():
        for one, device in ((child, "a"), (parent, "a"), (child, "b"), (child, "b")):
            actions.support(now(one), device=device, at=cast.NOON, channel="web")
    assert now(parent).supporter_count == 2


def test_a_preview_holds_the_rows_that_the_action_will_change_in_the_same_order(
    child: ServiceRequest, parent: ServiceRequest, agent: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[tuple[int, ...]] = []
    monkeypatch.setattr(request_preview, "lock_families", lambda *keys: held.append(keys))
    Desk(agent).send(child, "link-duplicate", {"number": parent.reference, "words": "", "preview": "1"}, status=200)
    assert held == [(child.pk, parent.pk)]
    assert now(child).duplicate_of_id is None


@pytest.mark.django_db(transaction=True)
def test_two_agents_who_link_crosswise_make_one_link(pothole: Service) -> None:
    person = cast.make_staff(pothole.jurisdiction, Role.AGENT)
    one, other = cast.make_request(pothole), cast.make_request(pothole)
    refused: list[str] = []
    start = threading.Barrier(2)

    def try_to(do: Callable[[], object]) -> None:
        start.wait()
        try:
            do()
        except NotLinkable as error:
            refused.append(error.code)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=try_to, args=(lambda: link(one, other, person),)),
        threading.Thread(target=try_to, args=(lambda: link(other, one, person),)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert {now(one).duplicate_of_id, now(other).duplicate_of_id} in ({None, one.pk}, {None, other.pk})
