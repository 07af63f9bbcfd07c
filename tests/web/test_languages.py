"""Which language a visitor reads: the one chosen before, else the first of the browser's that there is, else English."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as product_settings
from django.test import Client
from django.utils import translation

from evenhand.web.core.languages import languages_with_catalog
from evenhand.web.places.models import Area
from evenhand.web.portal.figure_words import number
from evenhand.web.service_requests.models import ServiceRequest
from tests import cast
from tools import messages


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    messages.main(["compile"])


def language_of(client: Client, accepted: str = "", **headers: Any) -> str:
    """The language that the first page says it is in; its words agree."""
    page = client.get("/", headers={"accept-language": accepted, **headers}).content.decode()
    found = re.search(r'<html lang="([^"]+)"', page)
    assert found is not None
    assert ("Reportar un problema" in page) == (found[1] == "es")
    return found[1]


def choose(client: Client, language: str, back_to: str = "/map/?state=open") -> Any:
    return client.post("/language/", {"language": language, "next": back_to})


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("fr,es;q=0.5,en;q=0.1", "es"),
        ("en-US,en;q=0.9,es;q=0.8", "en"),
        ("", "en"),
        ("xx, tlh-KX", "en"),
        ("*", "en"),
        ("es" * 5000, "en"),
        (";;q=,,es;q=nonsense", "en"),
    ],
)
@pytest.mark.usefixtures("harbor")
def test_the_browser_says_what_its_reader_reads(client: Client, accepted: str, language: str) -> None:
    assert language_of(client, accepted) == language


@pytest.mark.usefixtures("harbor")
def test_a_choice_is_remembered_and_goes_before_the_browser(client: Client) -> None:
    assert language_of(client, "es") == "es"
    response = choose(client, "en")
    assert (response.status_code, response["Location"]) == (302, "/map/?state=open")
    assert response.cookies["language"]["max-age"] == 31_536_000
    assert language_of(client, "es") == "en"
    choose(client, "es")
    assert language_of(client, "en") == "es"


@pytest.mark.usefixtures("harbor")
def test_a_language_that_there_is_not_is_no_choice(client: Client) -> None:
    choose(client, "tlh")
    assert language_of(client) == "en"
    client.cookies["language"] = "../../etc/passwd"
    assert language_of(client) == "en"


@pytest.mark.usefixtures("harbor")
def test_a_choice_of_language_leads_nowhere_else(client: Client) -> None:
    assert choose(client, "es", "https://elsewhere.test/")["Location"] == "/"


@pytest.mark.usefixtures("harbor")
def test_the_choice_shows_each_language_in_its_own_words(client: Client) -> None:
    page = client.get("/", headers={"accept-language": "es"}).content.decode()
    assert re.search(r'<button[^>]* name="language" value="en" lang="en">English</button>', page)
    assert re.search(r'<span[^>]* lang="es" aria-current="true">Español</span>', page)


def test_spanish_is_written_as_in_the_united_states(pothole_request: ServiceRequest, client: Client) -> None:
    page = client.get(f"/requests/{pothole_request.reference}/", headers={"accept-language": "es"}).content.decode()
    assert "2 de marzo de 2026, 12:00 PM" in page
    with translation.override("es"):
        assert number(1_234_567) == "1,234,567"


@pytest.mark.usefixtures("harbor")
def test_a_wrong_field_is_said_in_the_language_of_the_page(client: Client) -> None:
    page = client.get("/requests/?from=yesterday", headers={"accept-language": "es"}).content.decode()
    assert "Esto no es una fecha. Escríbala así: 2026-03-31." in page


@pytest.fixture
def another_language(tmp_path: Path, settings: Any) -> Any:
    """Adds a catalog beside the product's, as a city would, with one message translated."""

    def add(language: str, msgid: str, translated: str) -> None:
        for file in messages.catalogs(messages.WEB / "locale"):
            copy = tmp_path / "locale" / file.relative_to(messages.WEB / "locale")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(file.read_text("utf-8"), "utf-8")
        (tmp_path / "words.py").write_text(f"_({msgid!r})\n")
        messages.main(["add", language], web=tmp_path)
        file = tmp_path / "locale" / language / messages.CATALOG_NAME
        file.write_text(file.read_text("utf-8").replace(f'msgid "{msgid}"\nmsgstr ""', f'msgid "{msgid}"\nmsgstr "{translated}"'), "utf-8")
        messages.main(["compile"], web=tmp_path)
        settings.LOCALE_PATHS = [tmp_path / "locale"]
        settings.LANGUAGES = languages_with_catalog(tmp_path / "locale", source=product_settings.LANGUAGE_CODE)

    return add


@pytest.mark.usefixtures("harbor")
def test_another_language_needs_a_catalog_and_no_code(another_language: Any, client: Client) -> None:
    another_language("ht", "Report a problem", "Siyale yon pwoblèm")
    page = client.get("/", headers={"accept-language": "ht"}).content.decode()
    assert '<html lang="ht" dir="ltr">' in page
    assert "Siyale yon pwoblèm" in page
    assert ">Kreyòl Ayisyen</span>" in page
    choose(client, "es")
    assert language_of(client, "ht") == "es"


@pytest.mark.usefixtures("harbor")
def test_a_language_written_from_right_to_left_turns_the_page_round(another_language: Any, client: Client) -> None:
    another_language("ar", "Report a problem", "أبلغ عن مشكلة")
    assert '<html lang="ar" dir="rtl">' in client.get("/", headers={"accept-language": "ar"}).content.decode()


def test_coordinates_and_times_for_machines_are_the_same_in_every_language(
    another_language: Any, dockside: Area, pothole_request: ServiceRequest
) -> None:
    another_language("de", "Report a problem", "Ein Problem melden")  # German writes 42,36
    seen = 0
    machine = re.compile(r'(?:\b(?:data-[a-z-]+|datetime|min|max|step|cx|cy|r|d|points|viewBox|width|height)="[^"]*"|name="(?:lat|long)"[^>]*)')
    for path in ("/", "/map/", f"/map/?lat={cast.IN_DOCKSIDE[0]}&long={cast.IN_DOCKSIDE[1]}", "/areas/", f"/areas/{dockside.code}/",
                 "/services/", f"/requests/{pothole_request.reference}/", "/report/"):  # fmt: skip
        pages = [Client().get(path, headers={"accept-language": language}).content.decode() for language in ("de", "en")]
        german, english = ([found for found in machine.findall(page) if re.search(r"\d[.,]\d", found)] for page in pages)
        assert german == english, path
        seen += len(english)
    assert seen > 20
