"""The published exports themselves, brought in twice. Expected counts are the publisher's, or a plain pass over the file.

Boston's whole year is brought in on SQLite. On PostgreSQL its first twelve thousand are: open and closed, by staff and residents, with a place and
without.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest
from django.db import connection

from evenhand.web.journeys import import_places
from evenhand.web.places.cities import create_city
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import ImportRun, ServiceRequest
from tests.cast import NOON, make_city
from tests.journeys.published_files import assert_whole, everything, take

pytestmark = pytest.mark.django_db
BOSTON = "boston_311_2015/boston_311_2015_jan_sep.csv.gz"
TRACTS = "demographics_boston/boston_tracts.geojson"
OTHERS = {
    "nyc": ("nyc_311/nyc_311_2023-02-28_afternoon.csv.gz", "America/New_York", 4_999),
    "la": ("los_angeles_311/myla311_2017_subset.csv.gz", "America/Los_Angeles", 9_999),
    "sf": ("san_francisco_311/sf311_sample_10000.csv.gz", "America/Los_Angeles", 10_000),
    "kc": ("kansas_city_311/kc_311_potholes_2020q1.csv.gz", "America/Chicago", 4_493),
}
MOST_ROWS = 1_500
BOSTON_ROWS = 93_963 if connection.vendor == "sqlite" else 12_000


def plain(file: Path, most: int | None = None) -> list[dict[str, str]]:
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        return list(islice(csv.DictReader(lines), most))


def first_rows(file: Path, folder: Path, most: int) -> Path:
    """The header and the first rows of an export, as published."""
    part = folder / file.name.removesuffix(".gz")
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines, part.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(islice(csv.reader(lines), most + 1))
    return part


@pytest.fixture
def boston(transactional_db: None, shared_data: Path) -> Jurisdiction:
    """With real transactions: a year in a single one that is rolled back takes five times as long."""
    city = create_city("Boston", timezone="America/New_York", boundary=shared_data / TRACTS, at=NOON, only="25025")
    import_places.import_areas(city, shared_data / TRACTS, only="25025")
    return city


def test_boston_s_year_twice_gives_the_same(boston: Jurisdiction, shared_data: Path, tmp_path: Path) -> None:
    file = shared_data / BOSTON if connection.vendor == "sqlite" else first_rows(shared_data / BOSTON, tmp_path, BOSTON_ROWS)
    rows = plain(shared_data / BOSTON, BOSTON_ROWS)
    run, counts = take(boston, file, "auto")
    requests = ServiceRequest.objects.filter(jurisdiction=boston)
    assert (counts.rows, counts.new, requests.count()) == (BOSTON_ROWS, BOSTON_ROWS, BOSTON_ROWS)
    assert requests.filter(status="closed").count() == sum(row["CASE_STATUS"] == "Closed" for row in rows)
    assert run.fault_counts["fallback_coordinates"] == Counter((row["LATITUDE"], row["LONGITUDE"]) for row in rows).most_common(1)[0][1]
    by_staff = {"Employee Generated", "City Worker App", "Maximo Integration"}
    assert requests.filter(made_by="staff").count() == run.fault_counts["staff_made"] == sum(row["Source"] in by_staff for row in rows)
    assert requests.filter(reference=rows[0]["CASE_ENQUIRY_ID"]).exists()
    assert requests.exclude(area=None).count() > 0.7 * BOSTON_ROWS
    assert_whole(boston, every=20 if BOSTON_ROWS > 20_000 else 4)
    before = everything(boston)
    _, again = take(boston, file, at=NOON + timedelta(days=1))
    assert (again.unchanged, again.new, again.changed, again.events) == (BOSTON_ROWS, 0, 0, 0)
    assert everything(boston) == before
    assert ImportRun.objects.count() == 2


@pytest.mark.parametrize("name", OTHERS)
def test_another_city_s_export_twice_gives_the_same(name: str, shared_data: Path, tmp_path: Path, db: None) -> None:
    file, zone, published = OTHERS[name]
    city = make_city(timezone=zone)
    part = first_rows(shared_data / file, tmp_path, MOST_ROWS)
    run, counts = take(city, part, "auto")
    assert run.format == name
    assert counts.rows == min(published, MOST_ROWS)
    assert counts.new == counts.rows - counts.quarantined - counts.repeated
    assert_whole(city)
    before = everything(city)
    _, again = take(city, part, "auto", at=NOON + timedelta(days=1))
    assert (again.new, again.changed, again.events) == (0, 0, 0)
    assert everything(city) == before


@pytest.mark.parametrize("file", ["san_francisco_requests_2012-05.xml", "toronto_requests_2018.xml", "chicago_requests_sample.json"])
def test_an_open311_server_s_answer_twice_gives_the_same(file: str, shared_data: Path, harbor: Jurisdiction) -> None:
    path = shared_data / "open311_fixtures" / file
    published = path.read_text().count("<request>") or path.read_text().count('"service_request_id"')
    _, counts = take(harbor, path, "open311")
    assert counts.rows == published
    before = everything(harbor)
    _, again = take(harbor, path, "auto", at=NOON + timedelta(days=1))
    assert (again.rows, again.new, again.changed) == (published, 0, 0)
    assert everything(harbor) == before
    assert_whole(harbor)
