"""A report being written is kept, and goes when its time has come."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import drafts
from evenhand.web.service_requests.models import Photo, ReportDraft, Service, ServiceRequest
from tests import cast

LATER = cast.NOON + timedelta(minutes=5)


def new(city: Jurisdiction, service: Service | None = None) -> ReportDraft:
    return drafts.new_draft(city, service=service, fields={}, at=cast.NOON)


def test_tokens_cannot_be_guessed(harbor: Jurisdiction) -> None:
    tokens = {new(harbor).token for _ in range(50)}
    assert len(tokens) == 50
    assert min(map(len, tokens)) >= 32


def test_kept_fields_are_there_again_and_none_takes_one_away(harbor: Jurisdiction) -> None:
    draft = new(harbor)
    drafts.keep(draft, at=LATER, place={"lat": 1.5}, contact={"name": "Ana"})
    drafts.keep(draft, at=LATER, place=None)
    found = drafts.draft_with(draft.token)
    assert found is not None
    assert (found.fields, found.touched_at) == ({"contact": {"name": "Ana"}}, LATER)


def test_a_field_of_a_million_characters_is_bounded(harbor: Jurisdiction) -> None:
    draft = new(harbor)
    drafts.keep(draft, at=LATER, details_typed={"description": "x" * 1_000_000, "list": ["y" * 1_000_000]})
    kept = ReportDraft.objects.get().fields["details_typed"]
    assert len(kept["description"]) == len(kept["list"][0]) == drafts.LONGEST_KEPT


def test_a_photo_of_another_draft_cannot_be_taken_away(harbor: Jurisdiction) -> None:
    mine, theirs = new(harbor), new(harbor)
    drafts.add_photo(theirs, key="a" * 32, width=1, height=1, at=cast.NOON)
    assert drafts.take_photos_away(mine, ["a" * 32]) == []
    assert len(drafts.photos_of(theirs)) == 1


def test_a_draft_that_nobody_touched_for_a_week_goes_with_its_photos(harbor: Jurisdiction, pothole_request: ServiceRequest) -> None:
    old, fresh = new(harbor), new(harbor)
    for draft, key in ((old, "a" * 32), (fresh, "b" * 32)):
        drafts.add_photo(draft, key=key, width=1, height=1, at=cast.NOON)
    Photo.objects.create(request=pothole_request, key="c" * 32, width=1, height=1, added_at=cast.NOON)
    drafts.keep(fresh, at=cast.NOON + timedelta(days=2))
    assert drafts.put_away_old(before=cast.NOON + timedelta(days=1)) == ["a" * 32]
    assert [draft.token for draft in ReportDraft.objects.all()] == [fresh.token]
    assert sorted(Photo.objects.values_list("key", flat=True)) == ["b" * 32, "c" * 32]


def test_two_tabs_keep_what_the_other_wrote(harbor: Jurisdiction, pothole: Service) -> None:
    one = new(harbor)
    two = drafts.draft_with(one.token)
    assert two is not None
    drafts.keep(one, at=LATER, service=pothole, place={"lat": 1.5})
    drafts.keep(two, at=LATER, contact={"name": "Ana"})
    assert two.fields == ReportDraft.objects.get().fields == {"place": {"lat": 1.5}, "contact": {"name": "Ana"}}
    assert two.service_id == ReportDraft.objects.get().service_id == pothole.pk


def test_a_draft_that_went_meanwhile_takes_neither_words_nor_photos(harbor: Jurisdiction) -> None:
    draft = new(harbor)
    ReportDraft.objects.all().delete()
    with pytest.raises(drafts.DraftGone):
        drafts.keep(draft, at=LATER, place={"lat": 1.5})
    with pytest.raises(drafts.DraftGone):
        drafts.add_photo(draft, key="a" * 32, width=1, height=1, at=LATER)
    assert not Photo.objects.exists()
