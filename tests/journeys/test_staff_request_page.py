"""The request page through HTTP: a resident reports, staff answer, and the resident's page and mailbox show it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from evenhand.web.accounts.models import Account, PersonalDataRead
from evenhand.web.accounts.roles import Role
from evenhand.web.conversations.actions import follow
from evenhand.web.conversations.models import OutboxMessage, ResponseTemplate
from evenhand.web.core import clock
from evenhand.web.journeys.close_request import close_request
from evenhand.web.journeys.erase_reporter import erase_reporter
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.history import verify
from evenhand.web.service_requests.models import Photo, Service, ServiceRequest
from evenhand.web.service_requests.workflow import ClosingReason
from tests import cast
from tests.journeys.request_pages import Reader, mails_to, picture, private, public, words_of

SPOKEN_LATER = timedelta(days=3)


@pytest.fixture
def ben(harbor: Jurisdiction) -> Account:
    return cast.make_staff(harbor, Role.AGENT, "ben-at-work", first_name="Ben", last_name="Ito")


@pytest.fixture
def chi(harbor: Jurisdiction) -> Account:
    return cast.make_staff(harbor, Role.DISPATCHER, "chi-at-work", first_name="Chi")


def at_desk(person: Account) -> Reader:
    client = Client()
    client.force_login(person)
    return Reader(client)


def desk(request: ServiceRequest, action: str = "") -> str:
    return f"/console/requests/{request.reference}/{action and action + '/'}"


def now(request: ServiceRequest) -> ServiceRequest:
    return ServiceRequest.objects.get(pk=request.pk)


def form_of(reader: Reader, request: ServiceRequest, action: str) -> dict[str, str]:
    """The hidden fields of an action's form, as its page brings them."""
    page = reader.client.get(desk(request, action)).content.decode()
    return dict(re.findall(r'<input type="hidden" name="(form_key|seen)" value="([^"]+)"', page))


def do(reader: Reader, request: ServiceRequest, action: str, status: int = 303, **typed: Any) -> str:
    return reader.send(desk(request, action), form_of(reader, request, action) | typed, status=status)


@pytest.fixture
def heard(pothole_request: ServiceRequest) -> ServiceRequest:
    """A request whose reporter hears what happens."""
    follow(pothole_request, recipient=cast.ANA.email, language="en", at=cast.NOON, is_reporter=True, confirmed=True)
    return pothole_request


def test_a_request_goes_through_a_day_of_work_and_the_resident_reads_it(heard: ServiceRequest, ben: Account) -> None:
    reader = at_desk(ben)
    assert "A deep hole beside the bus stop" in reader.page(desk(heard))
    assert "Marked as read" in do(reader, heard, "acknowledge")
    assert "It is yours." in do(reader, heard, "take")
    assert "Work has begun" in do(reader, heard, "start")
    do(reader, heard, "note", words="The plant opens on Monday; ask Chi.")
    do(reader, heard, "answer", words="We wait for the asphalt plant.", photos=[picture()])
    day = (clock.now() + timedelta(days=4)).date().isoformat()
    assert "Residents read “by" in do(reader, heard, "expected-date", words="The plant opens then.", day=day)
    do(reader, heard, "priority", priority="3")
    page = do(reader, heard, "close", reason="fixed", words="Filled with asphalt.", photos=[picture("done.jpg")])
    assert "Closed. Whoever knows better may say that it is not so." in page
    assert "One address gets it by mail." in page

    done = now(heard)
    assert (done.state, done.evidence, done.priority, done.assignee_id) == ("closed", "photo", 3, ben.pk)
    verify(done)
    for shown in (Reader().page(public(heard)), Reader().page(private(heard))):
        for words in ("We wait for the asphalt plant.", "To be done by", "The plant opens then.", "Filled with asphalt.", "shows a photo"):
            assert words in shown
        assert "ask Chi" not in shown
        assert "Ito" not in shown, "residents read of the city, not of people"
    assert [mail.kind for mail in mails_to(cast.ANA.email)] == ["request_answered", "request_dated", "request_closed"]
    history = reader.page(desk(heard))
    for words in ("Note staff only", "ask Chi", "Ben Ito", "Priority: Normal → Urgent", "Closed as fixed"):
        assert words in history


def test_nobody_hears_a_veto_but_the_city_decides(heard: ServiceRequest, ben: Account) -> None:
    reader = at_desk(ben)
    do(reader, heard, "close", reason="unable", words="No money.")
    Reader().send(private(heard, "not-fixed/"), {"words": "It is dangerous."})
    page = reader.page(desk(heard))
    assert "said to be not fixed once" in page
    assert "Keep it closed…" in page
    assert "It stays closed" in do(reader, heard, "decline-reopen", words="We put up a sign.")
    assert "We put up a sign." in mails_to(cast.ANA.email)[-1].text
    do(reader, heard, "reopen", words="The council found the money.")
    assert (now(heard).state, now(heard).veto_count) == ("acknowledged", 1)
    assert mails_to(cast.ANA.email)[-1].kind == "request_reopened"


# Who reported it


def test_the_reporter_is_shown_to_whom_may_see_and_each_reading_is_noted_once_an_hour(pothole_request: ServiceRequest, ben: Account) -> None:
    reader = at_desk(ben)
    for _ in range(3):
        assert cast.ANA.email in reader.page(desk(pothole_request))
    read = PersonalDataRead.objects.get()
    assert (read.account, read.reference, read.purpose) == (ben, pothole_request.reference, "request_page")


def test_the_analyst_sees_the_request_and_not_the_person(pothole_request: ServiceRequest, harbor: Jurisdiction) -> None:
    page = at_desk(cast.make_staff(harbor, Role.ANALYST)).page(desk(pothole_request))
    assert "A deep hole" in page
    assert cast.ANA.email not in page
    assert cast.ANA.name not in page
    assert "Larger than a plate" not in page, "answers are for the city; residents do not read them either"
    assert "Larger than a plate" not in Reader().page(public(pothole_request))
    assert "Your role reads requests and changes nothing." in page
    assert not PersonalDataRead.objects.exists()
    assert "Larger than a plate" in at_desk(cast.make_staff(harbor, Role.AGENT)).page(desk(pothole_request))


def test_a_request_without_contact_leaves_no_trace_of_reading(pothole: Service, ben: Account) -> None:
    assert "Nobody left a name" in at_desk(ben).page(desk(cast.make_request(pothole)))
    assert not PersonalDataRead.objects.exists()


def test_what_the_reporter_erased_is_gone_from_the_desk_too(pothole_request: ServiceRequest, ben: Account) -> None:
    reader = at_desk(ben)
    form = form_of(reader, pothole_request, "answer")
    erase_reporter(pothole_request, at=clock.now())
    assert "Sent" not in reader.send(desk(pothole_request, "answer"), form | {"words": "We come tomorrow."})
    page = reader.page(desk(pothole_request))
    assert "The reporter erased what they had given." in page
    assert "deep hole" not in page
    assert "We come tomorrow." in page


def test_members_of_a_confined_team_do_not_read_of_other_teams_requests_beside_their_own(
    pothole: Service, harbor: Jurisdiction, ben: Account
) -> None:
    confined = cast.make_staff(harbor, Role.AGENT, "confined")
    roads = cast.make_team(harbor, members=[confined], is_confined=True)
    own, child, foreign, grandparent = (cast.make_request(pothole, address=f"{number} Wharf Street") for number in range(4))
    ServiceRequest.objects.filter(pk__in=[own.pk, child.pk]).update(team=roads)
    ServiceRequest.objects.filter(pk__in=[child.pk, foreign.pk]).update(duplicate_of=own, visibility="private")
    ServiceRequest.objects.filter(pk=own.pk).update(duplicate_of=grandparent)
    ServiceRequest.objects.filter(pk=grandparent.pk).update(visibility="private")
    theirs, bens = (at_desk(person).client.get(desk(own)).content.decode() for person in (confined, ben))
    for other in (foreign, grandparent):
        assert desk(other) in bens
        assert desk(other) not in theirs
    assert desk(child) in theirs


# Two at once


def test_whoever_comes_second_sees_what_happened_and_keeps_the_words(pothole_request: ServiceRequest, ben: Account, chi: Account) -> None:
    bens, chis = at_desk(ben), at_desk(chi)
    form = form_of(bens, pothole_request, "close")
    do(chis, pothole_request, "start")
    typed = {"reason": "unable", "words": "No <b>money</b> for it."}
    page = bens.send(desk(pothole_request, "close"), form | typed, status=409)
    assert "Not done: somebody was quicker" in page
    assert "Work has begun Chi" in page
    assert "No <b>money</b> for it." in page
    assert now(pothole_request).state == "in_progress"
    body = bens.client.post(desk(pothole_request, "close"), form | typed).content.decode()
    again = dict(re.findall(r'<input type="hidden" name="(form_key|seen)" value="([^"]+)"', body))
    assert again["seen"] == str(now(pothole_request).event_count)
    bens.send(desk(pothole_request, "close"), again | typed)
    assert now(pothole_request).state == "closed"


def test_what_cannot_be_done_any_more_gives_the_words_back_to_copy(pothole_request: ServiceRequest, ben: Account, chi: Account) -> None:
    bens, chis = at_desk(ben), at_desk(chi)
    form = form_of(bens, pothole_request, "schedule")
    do(chis, pothole_request, "close", reason="unable", words="No.")
    day = (clock.now() + SPOKEN_LATER).date().isoformat()
    page = bens.send(desk(pothole_request, "schedule"), form | {"day": day, "words": "On Tuesday."}, status=409)
    assert "this cannot be done any more" in page
    assert "On Tuesday." in page
    assert now(pothole_request).expected_at is None


@pytest.mark.parametrize(
    ("action", "typed"), [("priority", {"priority": "3"}), ("expected-date", {"day": "2999-01-01", "words": "Soon."}), ("take", {})]
)
def test_no_stale_form_works_on_a_request_that_was_closed_meanwhile(
    pothole_request: ServiceRequest, ben: Account, chi: Account, action: str, typed: dict[str, str]
) -> None:
    bens, chis = at_desk(ben), at_desk(chi)
    form = form_of(bens, pothole_request, action)
    do(chis, pothole_request, "close", reason="unable", words="No.")
    before = now(pothole_request).event_count
    assert "this cannot be done any more" in bens.send(desk(pothole_request, action), form | typed, status=409)
    assert now(pothole_request).event_count == before


def test_a_note_goes_through_and_says_what_happened_meanwhile(pothole_request: ServiceRequest, ben: Account, chi: Account) -> None:
    bens, chis = at_desk(ben), at_desk(chi)
    form = form_of(bens, pothole_request, "note")
    do(chis, pothole_request, "close", reason="unable", words="No.")
    page = bens.send(desk(pothole_request, "note"), form | {"words": "I was there."})
    assert "Since you opened the form, this happened too: Closed (Chi)." in page
    assert "I was there." in page


def test_a_double_click_is_done_once(heard: ServiceRequest, ben: Account) -> None:
    reader = at_desk(ben)
    form = form_of(reader, heard, "answer") | {"words": "We come."}
    reader.send(desk(heard, "answer"), form)
    assert "it was sent twice" in reader.send(desk(heard, "answer"), form)
    assert now(heard).comment_count == 1
    assert len(mails_to(cast.ANA.email)) == 1
    reader.send(desk(heard, "answer"), form | {"words": "We come on Monday."})
    assert now(heard).comment_count == 2, "other words are another answer"


def test_a_double_click_on_a_button_of_the_page_is_done_once(pothole_request: ServiceRequest, ben: Account) -> None:
    reader = at_desk(ben)
    page = reader.client.get(desk(pothole_request)).content.decode()
    form = dict(
        re.findall(r'<input type="hidden" name="(form_key|seen)" value="([^"]+)"', page.split('action="' + desk(pothole_request, "acknowledge"))[1])
    )
    reader.send(desk(pothole_request, "acknowledge"), form)
    assert "it was sent twice" in reader.send(desk(pothole_request, "acknowledge"), form)


# Bad input


@pytest.mark.parametrize(
    ("action", "typed", "said"),
    [
        ("close", {}, "Please choose why it is closed."),
        ("close", {"reason": "duplicate", "words": "x"}, "Please choose one of the reasons."),
        ("close", {"reason": "not_stated", "words": "x"}, "Please choose one of the reasons."),
        ("close", {"reason": "fixed", "words": "Kept words"}, "“Fixed” needs something that shows it"),
        ("close", {"reason": "fixed", "words": "Kept words", "crew": "Crew 7"}, "A crew’s record says who was there and when"),
        ("close", {"reason": "fixed", "words": "Kept words", "crew": "Crew 7", "crew_at": "2999-01-01T10:00"}, "This lies in the future"),
        ("close", {"reason": "fixed", "words": "Kept words", "crew": ".", "crew_at": "0001-01-01T00:00"}, "Please write who was there"),
        ("close", {"reason": "fixed", "words": "Kept words", "crew": "--", "crew_at": "2026-03-02T07:00"}, "Please write who was there"),
        ("close", {"reason": "fixed", "words": "Kept words", "crew": "Crew 7", "crew_at": "0001-01-01T00:00"}, "before the report came in"),
        ("close", {"reason": "fixed", "words": "Kept words", "crew": "Crew 7", "crew_at": "yesterday"}, "Please write day and time"),
        ("close", {"reason": "not_ours", "words": "Kept words"}, "Please say whose it is"),
        ("close", {"reason": "unable", "words": "  \x00 "}, "Please write this: it is what residents read."),
        ("answer", {"words": "x" * 1_000_000}, "Please shorten this to 4000 characters. It has 1000000 now."),
        ("answer", {"words": "By {expected_by}."}, "Please replace {expected_by}"),
        ("note", {"words": ""}, "Please write the note."),
        ("expected-date", {"day": "2020-01-01", "words": "Kept words"}, "This day is over."),
        ("expected-date", {"day": "soon", "words": "Kept words"}, "Please write the day as year-month-day"),
        ("expected-date", {"day": "9999-12-31", "words": ""}, "Please write this"),
        ("priority", {"priority": "9"}, "Select a valid choice"),
        ("assign", {"assignee": "999999"}, "This cannot be chosen any more."),
        ("assign", {"team": "roads' --"}, "This cannot be chosen any more."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_comes_back(
    pothole_request: ServiceRequest, ben: Account, action: str, typed: dict[str, Any], said: str
) -> None:
    page = do(at_desk(ben), pothole_request, action, status=422, **typed)
    assert said in page
    assert typed.get("words", "")[:4000].replace("\x00", "").strip() in page
    assert now(pothole_request).event_count == 1


def test_a_photo_that_is_none_proves_nothing(pothole_request: ServiceRequest, ben: Account) -> None:
    file = SimpleUploadedFile("done.jpg", b"not a photo at all", "image/jpeg")
    page = do(at_desk(ben), pothole_request, "close", status=422, reason="fixed", words="Filled.", photos=[file])
    assert "it is not a photo" in page
    assert "Filled." in page
    assert (now(pothole_request).state, Photo.objects.count()) == ("received", 0)


def test_an_answer_waits_until_its_photo_is_one(heard: ServiceRequest, ben: Account) -> None:
    files = [picture("good.jpg"), SimpleUploadedFile("bomb.png", b"not a photo at all", "image/png")]
    page = do(at_desk(ben), heard, "answer", status=422, words="See bomb.png.", photos=files)
    for words in ("“bomb.png” was left out: it is not a photo", "See bomb.png.", "Photos have to be chosen again"):
        assert words in page
    assert (now(heard).event_count, Photo.objects.count(), mails_to(cast.ANA.email)) == (1, 0, [])
    do(at_desk(ben), heard, "answer", words="See good.jpg.", photos=[picture("good.jpg")])
    assert [mail.kind for mail in mails_to(cast.ANA.email)] == ["request_answered"]


def test_work_done_before_it_was_opened_again_shows_nothing(heard: ServiceRequest, ben: Account) -> None:
    do(at_desk(ben), heard, "close", reason="unable", words="No money.")
    do(at_desk(ben), heard, "reopen", words="The council found it.")
    zone, opened = ZoneInfo(heard.jurisdiction.timezone), now(heard).events.get(kind="reopen").at
    before, same = ((opened - ago).astimezone(zone).strftime("%Y-%m-%dT%H:%M") for ago in (timedelta(minutes=1), timedelta()))
    page = do(at_desk(ben), heard, "close", status=422, reason="fixed", words="Filled.", crew="C7", crew_at=before)
    assert "or was opened again" in page
    do(at_desk(ben), heard, "close", reason="fixed", words="Filled.", crew="C7", crew_at=same)
    assert now(heard).evidence == "crew_record"


def test_whose_it_is_stands_in_the_mail_the_state_and_the_timeline(heard: ServiceRequest, ben: Account) -> None:
    do(at_desk(ben), heard, "close", reason="not_ours", agency="State highways", words="We wrote to them.")
    sentence = "Somebody other than the city is responsible for this: State highways."
    assert Reader().page(public(heard)).count(sentence) == 2, "the state's sentence and the timeline's entry"
    assert "Responsible: State highways\n" in mails_to(cast.ANA.email)[-1].text


def test_markup_is_shown_as_it_was_typed(heard: ServiceRequest, ben: Account) -> None:
    do(at_desk(ben), heard, "answer", words="<script>alert(1)</script> & “quotes”")
    body = at_desk(ben).client.get(desk(heard)).content.decode()
    assert "<script>alert(1)" not in body
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; “quotes”" in body


def test_a_role_that_was_taken_away_meanwhile_does_nothing_and_loses_nothing(pothole_request: ServiceRequest, ben: Account) -> None:
    reader = at_desk(ben)
    form = form_of(reader, pothole_request, "answer")
    Account.objects.filter(pk=ben.pk).update(role=Role.ANALYST)
    page = reader.send(desk(pothole_request, "answer"), form | {"words": "My long answer."}, status=403)
    assert "Your role does not do this (any more)" in page
    assert "My long answer." in page
    assert now(pothole_request).event_count == 1


def test_a_request_that_went_out_of_sight_meanwhile_gives_the_words_back(pothole_request: ServiceRequest, harbor: Jurisdiction) -> None:
    confined = cast.make_staff(harbor, Role.AGENT, "confined")
    team = cast.make_team(harbor, members=[confined], is_confined=True)
    ServiceRequest.objects.filter(pk=pothole_request.pk).update(team=team)
    reader = at_desk(confined)
    form = form_of(reader, pothole_request, "answer")
    ServiceRequest.objects.filter(pk=pothole_request.pk).update(team=None)
    page = reader.send(desk(pothole_request, "answer"), form | {"words": "My long answer."}, status=404)
    assert "My long answer." in page
    assert "deep hole" not in page


def test_a_team_that_was_retired_meanwhile_is_said(pothole_request: ServiceRequest, ben: Account, harbor: Jurisdiction) -> None:
    team = cast.make_team(harbor)
    reader = at_desk(ben)
    form = form_of(reader, pothole_request, "assign")
    type(team).objects.filter(pk=team.pk).update(is_retired=True)
    page = reader.send(desk(pothole_request, "assign"), form | {"team": str(team.pk)}, status=422)
    assert "This cannot be chosen any more." in page


def test_somebody_without_forgery_protection_changes_nothing(pothole_request: ServiceRequest, ben: Account) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ben)
    assert client.post(desk(pothole_request, "acknowledge"), {"seen": "1"}).status_code == 403
    assert now(pothole_request).event_count == 1


@pytest.mark.parametrize("seen", ["", "-1", "x", "99999999999999999999"])
def test_a_form_that_does_not_say_what_it_saw_is_stale_or_wrong_but_never_overwrites(
    pothole_request: ServiceRequest, ben: Account, chi: Account, seen: str
) -> None:
    do(at_desk(chi), pothole_request, "start")
    answer = at_desk(ben).client.post(desk(pothole_request, "close"), {"reason": "unable", "words": "No.", "seen": seen})
    assert answer.status_code in {409, 422}
    assert now(pothole_request).state == "in_progress"


def test_requests_of_another_city_are_not_there(pothole_request: ServiceRequest) -> None:
    stranger = cast.make_staff(cast.make_city("farport", "Farport", shift=1.0), Role.ADMINISTRATOR)
    for action in ("", "close", "note"):
        assert at_desk(stranger).client.get(desk(pothole_request, action)).status_code == 404


# Prepared texts and the preview


def test_a_prepared_text_is_filled_in_edited_and_sent(heard: ServiceRequest, ben: Account, harbor: Jurisdiction) -> None:
    template = ResponseTemplate.objects.create(jurisdiction=harbor, use="close:not_ours", name="State road", text="{place} belongs to the state.")
    reader = at_desk(ben)
    assert "12 Wharf Street belongs to the state." in reader.client.get(desk(heard, "close")).content.decode()
    body = reader.client.post(desk(heard, "close"), {"use_template": "yes", "template": str(template.pk), "words": "Dear Ana,"}).content.decode()
    assert "Dear Ana,\n\n12 Wharf Street belongs to the state." in body
    assert re.search(r'value="not_ours"[^>]*checked', body), "its reason is chosen with it"
    assert now(heard).event_count == 1


def test_the_preview_is_what_the_resident_then_reads_and_changes_nothing(heard: ServiceRequest, ben: Account) -> None:
    reader = at_desk(ben)
    typed = {"reason": "fixed", "words": "Filled with asphalt.", "photo_count": "2"}
    before = list(ServiceRequest.objects.filter(pk=heard.pk).values())
    page = do(reader, heard, "close", status=200, preview="yes", **typed)
    assert "Preview: nothing has been sent" in page
    assert "1 person gets this mail" in page
    assert "with 2 photos" in page
    assert list(ServiceRequest.objects.filter(pk=heard.pk).values()) == before
    assert not OutboxMessage.objects.exists()
    assert not Photo.objects.exists()
    do(reader, heard, "close", reason="fixed", words="Filled with asphalt.", photos=[picture()])
    (mail,) = mails_to(cast.ANA.email)
    assert mail.subject in page
    assert " ".join(mail.text.split("http")[0].split()) in page, "word for word"
    assert "/private/" in mail.text
    assert "/private/" not in page, "the reporter's key is the reporter's"


def test_a_preview_of_what_is_wrong_says_what_is_wrong(pothole_request: ServiceRequest, ben: Account) -> None:
    assert "needs something that shows it" in do(at_desk(ben), pothole_request, "close", status=422, preview="yes", reason="fixed", words="Filled.")


def test_a_preview_counts_photos_only_for_itself(pothole_request: ServiceRequest, ben: Account) -> None:
    page = do(at_desk(ben), pothole_request, "close", status=422, reason="fixed", words="Filled.", photo_count="2")
    assert "needs something that shows it" in page


# What the page shows


def test_the_page_shows_what_an_agent_wants_to_see(heard: ServiceRequest, ben: Account, pothole: Service, harbor: Jurisdiction) -> None:
    near = cast.make_request(pothole, by=cast.ANA, words="Another hole", address="14 Wharf Street")
    overdue = clock.now() - timedelta(hours=1)
    ServiceRequest.objects.filter(pk=heard.pk).update(due_at=overdue, expected_at=overdue, team=cast.make_team(harbor))
    page = at_desk(ben).page(desk(heard))
    for words in ("Overdue", "The promised day has passed", "Lies with Roads", "1 follower", "1 other request of this person", "Larger than a plate"):
        assert words in page, words
    assert near.reference[:3] in page
    assert "as residents see it" in page


def test_a_closed_request_offers_to_open_it_and_not_to_close_it(pothole_request: ServiceRequest, ben: Account) -> None:
    close_request(pothole_request, person=ben, reason=ClosingReason.UNABLE, words="No.", at=clock.now())
    page = at_desk(ben).page(desk(pothole_request))
    assert "Open again…" in page
    assert "Close…" not in page
    assert at_desk(ben).client.get(desk(pothole_request, "close")).status_code == 303


def test_the_page_costs_the_same_number_of_queries_however_much_happened(
    heard: ServiceRequest, ben: Account, django_assert_max_num_queries: Any
) -> None:
    reader = at_desk(ben)
    for number in range(12):
        do(reader, heard, "note", words=f"Note {number}")
        Reader().send(public(heard, "comment/"), {"words": f"Comment {number}"})
    do(reader, heard, "take")
    reader.page(desk(heard))
    with django_assert_max_num_queries(17) as counted:
        reader.client.get(desk(heard))
    many = len(counted.captured_queries)
    for number in range(5):
        do(reader, heard, "note", words=f"Further note {number}")
    reader.page(desk(heard))
    with django_assert_max_num_queries(many):
        reader.client.get(desk(heard))


def test_other_reports_of_the_same_person_come_out_of_indexes_however_many_requests_a_city_has(heard: ServiceRequest, ben: Account) -> None:
    if connection.vendor != "sqlite":
        return  # PostgreSQL's plan depends on statistics, which a test of a moment's rows has not
    plans: list[str] = []

    def explained(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "(SELECT count(*) FROM requests_reporter" in sql:
            plans.extend(row[3] for row in connection.connection.execute("EXPLAIN QUERY PLAN " + sql.replace("%s", "?"), params).fetchall())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        at_desk(ben).page(desk(heard))
    searches = " ".join(line for line in plans if line.startswith(("SEARCH", "SCAN p", "SCAN r")))
    assert "requests_reporter_email" in searches
    assert "requests_reporter_phone" in searches
    assert "jurisdiction_id" not in searches
    assert "SCAN" not in searches


def test_a_number_typed_with_hyphens_leads_to_the_page(pothole_request: ServiceRequest, ben: Account) -> None:
    number = pothole_request.reference
    answer = at_desk(ben).client.get(f"/console/requests/{number[:3]}-{number[3:6]}-{number[6:]}/")
    assert (answer.status_code, answer.headers["Location"]) == (302, desk(pothole_request))


def test_words_of_a_page_that_is_not_there_are_plain(ben: Account) -> None:
    answer = at_desk(ben).client.get("/console/requests/123456789/")
    assert answer.status_code == 404
    assert "There is no such request for you" in words_of(answer.content.decode())
