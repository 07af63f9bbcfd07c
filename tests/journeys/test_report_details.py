"""Words, questions, photos and contact: every fault is said in words that tell what to do, and nothing typed is ever lost."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from evenhand.web.places.models import Jurisdiction
from evenhand.web.portal import photo_uploads
from evenhand.web.service_requests import drafts
from evenhand.web.service_requests.models import Photo, ReportDraft, Service, ServiceAttribute, ServiceRequest
from evenhand.web.service_requests.photo_store import PhotoStore
from tests import cast
from tests.journeys.report_pages import HERE, WORDS, Report, leads_to


@pytest.fixture
def report(client: Client, pothole: Service) -> Report:
    report = Report(client)
    report.begin("pothole")
    report.send("place", address=HERE)
    return report


def jpeg(name: str = "hole.jpg", color: tuple[int, int, int] = (90, 120, 60)) -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (64, 48), color).save(file, "JPEG")
    return SimpleUploadedFile(name, file.getvalue(), "image/jpeg")


def png_of_81_megapixels() -> SimpleUploadedFile:
    """A file of a few kilobytes that would need 81 million pixels: one bit each, all the same, packed."""
    side = 9000

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = zlib.compress((b"\0" + b"\0" * (side // 8)) * side, 9)
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return SimpleUploadedFile("bomb.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b""), "image/png")


def test_a_required_question_left_out_is_named_and_the_words_stay(report: Report) -> None:
    page = report.send("details", description=WORDS, a_lane="left").content.decode()
    assert "Please answer: How large is it?" in page
    assert "Please check what you entered" in page
    assert "<title>Error:" in page
    assert WORDS in page
    assert 'value="left"' in page
    again = report.page("details")
    assert WORDS in again
    assert 'value="left"' in again


def test_where_an_answer_is_required_the_description_is_not(report: Report) -> None:
    assert leads_to(report.send("details", a_size="small")) == "contact"


def test_without_a_required_question_the_description_is_required(report: Report, streetlight: Service) -> None:
    report.client.post("/report/", {"service": "streetlight", "draft": report.token})
    page = report.send("details", description="  \r\n ").content.decode()
    assert "Tell us in a few words what the matter is." in page


def test_an_answer_that_is_not_on_the_list_is_refused(report: Report) -> None:
    assert "Please choose one of the answers." in report.send("details", description=WORDS, a_size="huge").content.decode()


def test_a_million_characters_are_given_back_with_the_length(report: Report) -> None:
    typed = "x" * 1_000_000
    page = report.send("details", description=typed, a_size="small").content.decode()
    assert "Please shorten this to 4000 characters. It has 1000000 now." in page
    assert typed in page
    assert len(report.draft().fields["details_typed"]["description"]) == 20_000


def test_four_thousand_characters_with_line_ends_are_accepted_as_the_browser_counts_them(report: Report) -> None:
    typed = ("a" * 99 + "\r\n") * 40
    assert leads_to(report.send("details", description=typed, a_size="small")) == "contact"
    assert report.draft().fields["details"]["description"] == typed.replace("\r\n", "\n").strip()


def test_markup_is_text(report: Report) -> None:
    typed = '<script>alert(1)</script> & "quotes" {{ settings.SECRET_KEY }}'
    report.send("details", description=typed, a_size="small")
    report.send("contact", name="<b>Ana</b>")
    page = report.page("check")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot; {{ settings.SECRET_KEY }}" in page
    assert "<b>Ana</b>" not in page
    report.send("check")
    assert ServiceRequest.objects.get().description == typed


@pytest.mark.parametrize("typed", ["a\0b", "a\x01b\x7f", "a\u0085b"])
def test_characters_that_nobody_sees_are_taken_out(report: Report, typed: str) -> None:
    assert leads_to(report.send("details", description=typed, a_size="small")) == "contact"
    assert report.draft().fields["details"]["description"] == "ab"


def test_bytes_that_are_no_text_are_no_traceback(report: Report) -> None:
    body = b"description=" + b"%ED%A0%80%FF%00hole" + b"&a_size=small"
    response = report.client.post(report.url("details"), body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 302
    report.send("contact")
    report.send("check")
    assert ServiceRequest.objects.get().description.endswith("hole")


@pytest.fixture
def questions(report: Report, harbor: Jurisdiction) -> Report:
    service = cast.make_service(harbor, "missed", "Missed trash")
    many = [{"key": f"k{number}", "name": f"Choice {number}"} for number in range(9)]
    for order, (code, datatype, values) in enumerate(
        [("day", "datetime", []), ("count", "number", []), ("bins", "multivaluelist", many), ("route", "singlevaluelist", many), ("more", "text", [])]
    ):
        ServiceAttribute.objects.create(service=service, code=code, datatype=datatype, question=f"Which {code}?", values=values, order=order)
    ServiceAttribute.objects.create(service=service, code="note", datatype="text", is_variable=False, question="Bins go out at night.", order=9)
    report.client.post("/report/", {"service": "missed", "draft": report.token})
    return report


def test_every_kind_of_question_has_its_field(questions: Report) -> None:
    page = questions.page("details")
    for mark in (
        'type="date"',
        'type="time"',
        'inputmode="decimal"',
        'type="checkbox" name="a_bins"',
        '<select name="a_route"',
        '<textarea name="a_more"',
    ):
        assert mark in page, mark
    assert "Bins go out at night." in page
    assert 'name="a_note"' not in page


def test_answers_are_kept_by_key_and_shown_in_words(questions: Report) -> None:
    given = {"a_day": "2026-03-02", "a_day_time": "7:30 am", "a_count": "2,5", "a_bins": ["k1", "k3"], "a_route": "k8", "a_more": "one\r\ntwo"}
    assert leads_to(questions.send("details", description=WORDS, **given)) == "contact"
    expected = {"day": "2026-03-02T07:30", "count": "2.5", "bins": ["k1", "k3"], "route": "k8", "more": "one\ntwo"}
    assert questions.draft().fields["details"]["answers"] == expected
    questions.send("contact")
    page = questions.page("check")
    for words in ("Choice 1, Choice 3", "Choice 8", "March 2, 2026, 7:30 a.m.", "one<br>two"):
        assert words in page
    questions.send("check")
    assert ServiceRequest.objects.get().answers == expected


def test_a_day_without_a_time_is_a_day(questions: Report) -> None:
    questions.send("details", description=WORDS, a_day="3/2/2026")
    assert questions.draft().fields["details"]["answers"] == {"day": "2026-03-02"}


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("a_day", "2026-02-30", "This is not a date that we can read."),
        ("a_day", "yesterday", "This is not a date that we can read."),
        ("a_day", "0001-01-01", "Please check the year of this date."),
        ("a_day", "9999-12-31", "Please check the year of this date."),
        ("a_day_time", "25:00", "This is not a time that we can read."),
        ("a_count", "many", "Please write a number, such as 3 or 2.5."),
        ("a_count", "1e999999", "Please write a number, such as 3 or 2.5."),
        ("a_count", "NaN", "Please write a number, such as 3 or 2.5."),
        ("a_count", "Infinity", "Please write a number, such as 3 or 2.5."),
        ("a_count", "9" * 300, "Please write a number, such as 3 or 2.5."),
        ("a_bins", "nothing", "Please choose one of the answers."),
        ("a_route", "k99", "Please choose one of the answers."),
        ("a_more", "m" * 2001, "Please shorten this to 2000 characters. It has 2001 now."),
    ],
)
def test_bad_answers_are_said_and_given_back(questions: Report, name: str, typed: str, said: str) -> None:
    response = questions.send("details", description=WORDS, **{name: typed})
    page = response.content.decode()
    assert response.status_code == 200
    assert said in page
    assert WORDS in page
    if name not in {"a_bins", "a_route"}:
        assert typed in page


def test_a_time_without_a_day_is_left_out(questions: Report) -> None:
    questions.send("details", description=WORDS, a_day_time="07:30")
    assert questions.draft().fields["details"]["answers"] == {}


def test_photos_are_kept_with_the_draft_and_go_with_the_report(report: Report) -> None:
    report.send("details", description=WORDS, a_size="small", photos=[jpeg("one.jpg"), jpeg("two.jpg", (10, 10, 90))])
    assert Photo.objects.filter(draft=report.token).count() == 2
    report.send("contact")
    assert report.page("check").count("-small.jpg?k=") == 2
    report.send("check")
    request = ServiceRequest.objects.get()
    assert (request.photo_count, request.photos.count()) == (2, 2)
    assert not request.photos.exclude(event_seq=1, draft=None).exists()


def test_photos_survive_an_error_in_the_words(report: Report) -> None:
    report.send("details", description="x" * 5000, photos=[jpeg()])
    assert Photo.objects.filter(draft=report.token).count() == 1
    assert "-small.jpg?k=" in report.page("details")


def test_a_photo_can_be_taken_away_again_with_its_file(report: Report) -> None:
    report.send("details", description=WORDS, a_size="small", photos=[jpeg()])
    key = Photo.objects.get().key
    file = PhotoStore(settings.PHOTO_ROOT).path(key, "full")
    assert file.exists()
    report.send("details", description=WORDS, a_size="small", remove_photo=[key, "../../etc/passwd", "\0"])
    assert not Photo.objects.exists()
    assert not file.exists()


def test_five_photos_and_no_more(report: Report) -> None:
    report.send("details", description=WORDS, a_size="small", photos=[jpeg(f"{number}.jpg") for number in range(4)])
    report.send("details", description=WORDS, a_size="small", photos=[jpeg("fifth.jpg"), jpeg("sixth.jpg")])
    assert Photo.objects.count() == 5
    assert "“sixth.jpg” was left out: there are five photos already." in report.page("contact")


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (SimpleUploadedFile("note.txt", b"hello", "image/jpeg"), "“note.txt” was left out: it is not a photo."),
        (SimpleUploadedFile("half.jpg", jpeg().read()[:200], "image/jpeg"), "“half.jpg” was left out: the file is damaged"),
        (SimpleUploadedFile("scan.pdf", b"%PDF-1.7 ...", "application/pdf"), "“scan.pdf” was left out: we can read JPEG"),
        (png_of_81_megapixels(), "“bomb.png” was left out: it has too many pixels."),
        (SimpleUploadedFile("<b>.jpg", b"x", "image/jpeg"), "“&lt;b&gt;.jpg” was left out"),
    ],
)
def test_a_bad_photo_is_dropped_and_said_and_the_report_goes_on(report: Report, file: SimpleUploadedFile, said: str) -> None:
    file.seek(0)
    response = report.send("details", description=WORDS, a_size="small", photos=[file, jpeg("good.jpg")])
    assert leads_to(response) == "contact"
    assert said in report.page("contact")
    assert Photo.objects.count() == 1


def test_the_bomb_is_small_enough_to_be_sent() -> None:
    bomb = png_of_81_megapixels()
    assert bomb.size is not None
    assert bomb.size < 15_000


def test_anonymous_is_fine_and_said_so(report: Report) -> None:
    report.send("details", description=WORDS, a_size="small")
    assert "Nothing here is needed." in report.page("contact")
    assert leads_to(report.send("contact")) == "check"
    assert "None. You report without a name." in report.page("check")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"email": "ana@"}, "This e-mail address is not complete."),
        ({"email": "ana@home.test\r\nBcc: all@home.test"}, "This e-mail address is not complete."),
        ({"email": "a" * 300 + "@home.test"}, "This e-mail address is"),
        ({"response_method": "email"}, "To hear by e-mail, give us an address"),
        ({"response_method": "phone"}, "To hear by phone, give us a number"),
        ({"phone": "123"}, "This phone number is not complete."),
        ({"phone": "call me maybe 5551234"}, "This phone number is not complete."),
        ({"name": "n" * 121}, "Please shorten this to 120 characters."),
        ({"is_name_shown": "on"}, "To show your name, tell us your name"),
        ({"response_method": "pigeon"}, "Select a valid choice"),
    ],
)
def test_a_contact_that_cannot_be_used_is_said_and_given_back(report: Report, given: dict[str, str], said: str) -> None:
    report.send("details", description=WORDS, a_size="small")
    response = report.send("contact", **({"name": "Ana Okafor"} | given if "is_name_shown" not in given else given))
    assert response.status_code == 200
    assert said in response.content.decode()
    assert leads_to(report.open("check")) == "contact"


@pytest.mark.parametrize(
    ("given", "method"),
    [
        ({}, "none"),
        ({"email": "ana@home.test"}, "email"),
        ({"phone": "617 555 0123"}, "phone"),
        ({"email": "ana@home.test", "phone": "6175550123"}, "email"),
    ],
)
def test_without_a_wish_people_hear_by_what_they_gave(report: Report, given: dict[str, str], method: str) -> None:
    report.send("details", description=WORDS, a_size="small")
    report.send("contact", **given)
    assert report.draft().fields["contact"]["response_method"] == method


def test_a_draft_put_away_costs_nobody_their_words(report: Report) -> None:
    report.send("details", description="first words", a_size="small")
    report.draft().delete()
    response = report.send("details", description=WORDS, a_size="large")
    page = response.content.decode()
    assert response.status_code == 200
    assert "Your report had been put away" in page
    assert WORDS in page
    old, report.token = report.token, _token_of_form(page)
    assert report.token != old
    assert leads_to(report.send("details", description=WORDS)) == "what"
    report.client.post("/report/", {"service": "pothole", "draft": report.token})
    report.send("place", address=HERE)
    assert WORDS in report.page("details")


def test_contact_and_place_of_a_draft_put_away_are_kept_too(report: Report) -> None:
    for step, given in (("contact", {"name": "Ana Okafor"}), ("place", {"address": HERE})):
        gone = Report(report.client, token="put-away-long-ago")
        page = gone.send(step, **given).content.decode()
        assert "Your report had been put away" in page
        assert next(iter(given.values())) in page


def test_looking_at_a_draft_put_away_leads_to_the_beginning(report: Report) -> None:
    report.draft().delete()
    for step in ("safety", "place", "similar", "details", "contact", "check"):
        assert leads_to(report.open(step)) == "report"
    assert "drafts are put away after a week" in report.client.get("/report/").content.decode()


def _token_of_form(page: str) -> str:
    import re

    found = re.search(r'action="/report/([^/]+)/details/"', page)
    assert found is not None
    return found[1]


def test_a_connection_lost_in_the_middle_leaves_nothing_half_made(report: Report) -> None:
    class Broken(BytesIO):
        def read(self, *_: Any) -> bytes:
            raise OSError("connection lost")

    client = Client(raise_request_exception=False)
    client.cookies = report.client.cookies
    environ = {"wsgi.input": Broken(), "CONTENT_LENGTH": "5000", "CONTENT_TYPE": "application/x-www-form-urlencoded", "REQUEST_METHOD": "POST"}
    before = report.draft().fields
    client.request(PATH_INFO=report.url("details"), **environ)
    assert report.draft().fields == before
    assert not Photo.objects.exists()


def gone_while_the_form_is_read(monkeypatch: pytest.MonkeyPatch, go: Any) -> None:
    """The next form finds its draft, and then another tab is quicker."""
    find = drafts.draft_with

    def found_and_then_gone(token: str) -> Any:
        draft = find(token)
        monkeypatch.setattr(drafts, "draft_with", find)
        go()
        return draft

    monkeypatch.setattr(drafts, "draft_with", found_and_then_gone)


def test_a_form_whose_report_is_sent_in_another_tab_meanwhile_leads_to_the_request(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    report.send("details", description=WORDS, a_size="small")
    report.send("contact")
    gone_while_the_form_is_read(monkeypatch, lambda: report.send("check"))
    response = report.send("details", description="Something else", a_size="small", photos=[jpeg()])
    sent = ServiceRequest.objects.get()
    assert response.headers["Location"].startswith(f"/requests/{sent.reference}/private/")
    assert sent.description == WORDS
    assert not Photo.objects.exists()
    assert [file for file in Path(settings.PHOTO_ROOT).rglob("*") if file.is_file()] == []


def test_a_choice_for_a_report_that_is_sent_meanwhile_leads_to_the_request(
    report: Report, streetlight: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    report.send("details", description=WORDS, a_size="small")
    report.send("contact")
    gone_while_the_form_is_read(monkeypatch, lambda: report.send("check"))
    response = report.client.post("/report/", {"service": "streetlight", "draft": report.token})
    assert response.headers["Location"].startswith(f"/requests/{ServiceRequest.objects.get().reference}/private/")


def test_a_form_whose_draft_is_put_away_meanwhile_begins_a_new_one_with_words_and_photo(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    gone_while_the_form_is_read(monkeypatch, lambda: ReportDraft.objects.all().delete())
    page = report.send("details", description=WORDS, a_size="small", photos=[jpeg()]).content.decode()
    assert WORDS in page
    assert _token_of_form(page) != report.token
    assert Photo.objects.get().draft_id == _token_of_form(page)


def test_photos_that_come_too_fast_are_left_out_undecoded_and_the_words_are_kept(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo_uploads, "MOST_PHOTOS_PER_DEVICE", 2)
    report.send("details", description=WORDS, a_size="small", photos=[jpeg("one.jpg"), jpeg("two.jpg"), jpeg("three.jpg")])
    assert "“three.jpg” was left out: too many photos came within an hour." in report.page("details")
    monkeypatch.setattr(photo_uploads, "clean_photo", lambda _: pytest.fail("decoded"))
    assert leads_to(report.send("details", description="Deeper now", a_size="small", photos=[jpeg("four.jpg")])) == "contact"
    assert report.draft().fields["details"]["description"] == "Deeper now"
    assert Photo.objects.count() == 2


class Endless(BytesIO):
    """A body of as many bytes as are asked for; `asked` counts them."""

    asked = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        assert 0 < size <= 1_000_000
        self.asked += size
        return bytes(size)


@pytest.mark.parametrize(("declared", "read"), [(110_000_001, 110_000_001), (10**30, 0)])
def test_a_body_above_the_limit_is_refused_with_words_before_any_of_it_is_kept(report: Report, declared: int, read: int) -> None:
    before, body = report.draft().fields, Endless()
    type_ = "multipart/form-data; boundary=x"
    environ = {"wsgi.input": body, "CONTENT_LENGTH": str(declared), "CONTENT_TYPE": type_, "REQUEST_METHOD": "POST", "HTTP_ACCEPT_LANGUAGE": "es"}
    client = Client(enforce_csrf_checks=True)
    response = client.request(PATH_INFO=report.url("details"), **environ)
    assert response.status_code == 413
    assert 'lang="es"' in response.content.decode()
    assert "Regrese en su navegador: lo que escribió sigue ahí." in response.content.decode()
    assert body.asked == read
    assert report.draft().fields == before
