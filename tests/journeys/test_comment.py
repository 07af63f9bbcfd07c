"""Somebody adds something to a request."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from evenhand.web.core.security_headers import POLICY
from evenhand.web.portal import photo_uploads
from evenhand.web.service_requests import contribution_pace
from evenhand.web.service_requests.history import verify
from evenhand.web.service_requests.models import Photo, ServiceRequest
from tests.cast import NOON
from tests.journeys.request_pages import Reader, picture, private, public


def test_a_neighbor_comments_with_a_name_and_a_photo(pothole_request: ServiceRequest) -> None:
    page = Reader().send(public(pothole_request, "comment/"), {"words": "It has grown since.", "name": "Ben", "photos": [picture()]})
    assert "Thank you. Your comment stands below." in page
    assert "Ben wrote" in page
    assert "It has grown since." in page
    photo = Photo.objects.get(request=pothole_request)
    assert photo.event_seq == 2
    verify(ServiceRequest.objects.get(pk=pothole_request.pk))


def test_the_reporter_comments_from_the_private_page_as_the_reporter(pothole_request: ServiceRequest) -> None:
    page = Reader().send(private(pothole_request, "comment/"), {"words": "Still there.", "name": "Not asked"})
    assert "The person who reported this added something" in page
    assert "Not asked" not in page


def test_a_double_click_makes_one_comment(pothole_request: ServiceRequest) -> None:
    reader = Reader()
    form = reader.form(public(pothole_request)) | {"words": "It has grown since."}
    assert form["form_key"]
    reader.send(public(pothole_request, "comment/"), form)
    assert "We had your comment already" in reader.send(public(pothole_request, "comment/"), form)
    assert ServiceRequest.objects.get(pk=pothole_request.pk).comment_count == 1


def test_going_back_and_writing_something_else_makes_a_second_comment(pothole_request: ServiceRequest) -> None:
    reader = Reader()
    form = reader.form(public(pothole_request))
    reader.send(public(pothole_request, "comment/"), form | {"words": "One"})
    reader.send(public(pothole_request, "comment/"), form | {"words": "Two"})
    assert ServiceRequest.objects.get(pk=pothole_request.pk).comment_count == 2


def test_a_photo_that_is_none_is_dropped_and_said_and_the_words_stay(pothole_request: ServiceRequest) -> None:
    text_file = SimpleUploadedFile("notes.jpg", b"no picture at all", "image/jpeg")
    page = Reader().send(public(pothole_request, "comment/"), {"words": "Look:", "photos": [text_file, picture()]})
    assert "“notes.jpg” was left out: it is not a photo." in page
    assert "Look:" in page
    assert Photo.objects.filter(request=pothole_request).count() == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "Please write your comment."),
        (" \n\t ", "Please write your comment."),
        ("\0\0", "Please write your comment."),
        ("x" * 4001, "Please shorten this to 4000 characters. It has 4001 now."),
        ("x" * 1_000_000, "Please shorten this to 4000 characters. It has 1000000 now."),
    ],
)
def test_words_that_cannot_be_taken_are_told_and_given_back(pothole_request: ServiceRequest, words: str, said: str) -> None:
    page = Reader().send(public(pothole_request, "comment/"), {"words": words, "name": "Ben"}, status=422)
    assert said in page
    assert words.strip("\0 \n\t") in page
    assert ServiceRequest.objects.get(pk=pothole_request.pk).comment_count == 0


def test_four_thousand_characters_are_taken(pothole_request: ServiceRequest) -> None:
    Reader().send(public(pothole_request, "comment/"), {"words": "x" * 4000})
    assert ServiceRequest.objects.get(pk=pothole_request.pk).comment_count == 1


def test_what_nobody_can_see_is_taken_out_and_markup_is_kept_as_text(pothole_request: ServiceRequest) -> None:
    page = Reader().send(public(pothole_request, "comment/"), {"words": "a\0b <script>alert(1)</script>", "name": "<b>\x07Eve</b>"})
    assert "ab <script>alert(1)</script>" in page
    assert "<b>Eve</b> wrote" in page
    assert "script-src 'self'" in POLICY


def test_more_than_people_write_in_an_hour_is_refused_with_the_words_kept(pothole_request: ServiceRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contribution_pace, "MOST_PER_DEVICE", 2)
    monkeypatch.setattr(contribution_pace.take_turn, "__kwdefaults__", {"most_per_device": 2})
    reader = Reader()
    reader.page(public(pothole_request))
    for number in range(2):
        reader.send(public(pothole_request, "comment/"), {"words": f"Comment {number}"})
    page = reader.send(public(pothole_request, "comment/"), {"words": "One too many"}, status=422)
    assert "That is more than people write in an hour." in page
    assert "One too many" in page
    assert ServiceRequest.objects.get(pk=pothole_request.pk).comment_count == 2


def test_opening_the_address_of_the_form_leads_to_the_page(pothole_request: ServiceRequest) -> None:
    response = Reader().client.get(public(pothole_request, "comment/"))
    assert (response.status_code, response.headers["Location"]) == (303, public(pothole_request))


def test_me_too_counts_once_a_device(pothole_request: ServiceRequest) -> None:
    first, second = Reader(), Reader()
    for reader in (first, second):
        reader.page(public(pothole_request))
        assert "Counted: you have this trouble too." in reader.send(public(pothole_request, "me-too/"), {})
    assert "it counts once" in first.send(public(pothole_request, "me-too/"), {})
    assert "You said so." in first.page(public(pothole_request))
    assert ServiceRequest.objects.get(pk=pothole_request.pk).supporter_count == 2


def test_a_browser_without_cookies_says_me_too_once_a_network(pothole_request: ServiceRequest) -> None:
    for _ in range(3):
        Reader().client.post(public(pothole_request, "me-too/"))
    assert ServiceRequest.objects.get(pk=pothole_request.pk).supporter_count == 1


def test_photos_of_a_comment_that_comes_too_fast_or_twice_are_not_decoded(pothole_request: ServiceRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader()
    form = reader.form(public(pothole_request)) | {"words": "It has grown since."}
    reader.send(public(pothole_request, "comment/"), form)
    monkeypatch.setattr(photo_uploads, "clean_photo", lambda _: pytest.fail("decoded"))
    assert "We had your comment already" in reader.send(public(pothole_request, "comment/"), form | {"photos": [picture()]})
    monkeypatch.setattr(contribution_pace, "hold_until", lambda *_, **__: NOON)
    page = reader.send(public(pothole_request, "comment/"), {"words": "And once more", "photos": [picture()]}, status=422)
    assert "That is more than people write in an hour." in page
