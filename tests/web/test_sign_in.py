"""Signing in: who is let in, who must wait, where one comes back to, and when a session ends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from evenhand.web import console
from evenhand.web.accounts import people, sessions, sign_in_pace
from evenhand.web.accounts.models import Account, AdministrativeChange, SignInAttempt, Team
from evenhand.web.accounts.roles import Role
from evenhand.web.console.door import safe_target
from evenhand.web.core import clock
from evenhand.web.journeys.tidy_up import tidy_up
from evenhand.web.places.models import Jurisdiction
from tests import cast

PASSWORD = "four unusual harbor words"
LOGIN = "/console/login/"
WRONG = "User name and password do not belong together"
NOW = cast.NOON


@pytest.fixture(autouse=True)
def _quick_hashes(settings: Any) -> None:
    """Hashing slowly is Django's to test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def real_time(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Real time, to be put forward: `real_time[0] += ...`."""
    moment = [clock.real_now()]
    monkeypatch.setattr(clock, "real_now", lambda: moment[0])
    return moment


@pytest.fixture
def chi(harbor: Jurisdiction) -> Account:
    person = cast.make_staff(harbor, Role.DISPATCHER, "chi", first_name="Chi", last_name="Adeyemi")
    person.set_password(PASSWORD)
    person.save()
    return person


def sign_in(client: Client, name: str = "chi", password: str = PASSWORD, **more: Any) -> Any:
    target = more.pop("next", "")
    return client.post(LOGIN, {"username": name, "password": password, "next": target}, **more)


def is_signed_in(client: Client) -> bool:
    return client.get("/console/account/").status_code == 200


# Who is let in


def test_the_right_password_leads_to_the_page_that_was_wanted(client: Client, chi: Account) -> None:
    asked = client.get("/console/?q=pothole")
    assert asked.headers["Location"] == "/console/login/?next=%2Fconsole%2F%3Fq%3Dpothole"
    assert sign_in(client, next="/console/?q=pothole").headers["Location"] == "/console/?q=pothole"
    assert is_signed_in(client)


def test_a_name_is_the_same_in_capitals_and_with_blanks(client: Client, chi: Account) -> None:
    sign_in(client, name="  CHI ")
    assert is_signed_in(client)


def test_unknown_name_wrong_password_and_deactivated_account_get_the_same_words(client: Client, chi: Account) -> None:
    def words(answer: Any) -> str:
        page: str = answer.content.decode()
        assert answer.status_code == 200
        assert WRONG in page
        return page[page.index("error-summary") : page.index("</ul>")]

    wrong = words(sign_in(client, password="not this one at all"))
    unknown = words(sign_in(client, name="nobody"))
    Account.objects.filter(pk=chi.pk).update(is_active=False)
    assert wrong == unknown == words(sign_in(client))
    assert not is_signed_in(client)


def test_an_unknown_name_costs_one_hash_like_a_known_one(client: Client, chi: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.contrib.auth.hashers import MD5PasswordHasher

    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    sign_in(client, name="nobody", password="one")
    sign_in(client, password="two")
    assert hashed == ["one", "two"]


def test_a_key_that_somebody_laid_in_the_browser_is_not_the_key_of_the_session(client: Client, chi: Account) -> None:
    session = client.session
    session["laid"] = "by a stranger"
    session.save()
    client.cookies["console"] = str(session.session_key)
    sign_in(client)
    assert client.session.session_key != session.session_key
    assert "laid" not in client.session


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.test/console/",
        "//evil.test/console/",
        "/requests/",
        "javascript:alert(1)",
        r"\\evil.test",
        "/console/logout/",
        "/console/login/",
        "",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(client: Client, chi: Account, wanted: str) -> None:
    assert safe_target(wanted) == "/console/"
    assert sign_in(client, next=wanted).headers["Location"] == "/console/"


def test_somebody_without_a_role_is_told_so(client: Client, chi: Account) -> None:
    Account.objects.filter(pk=chi.pk).update(role="")
    page = client.get(sign_in(client).headers["Location"])
    assert page.status_code == 403
    assert "You have no role yet" in page.content.decode()


def test_fields_say_to_password_managers_what_they_are(client: Client, harbor: Jurisdiction) -> None:
    page = client.get(LOGIN).content.decode()
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page


def test_no_page_of_the_console_is_kept_by_a_browser_or_framed(client: Client, chi: Account) -> None:
    sign_in(client)
    for address in (LOGIN, "/console/account/"):
        answer = client.get(address)
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


# Guessing is slowed


def test_waits_double_after_the_free_tries_and_stop_at_a_minute() -> None:
    waits = [sign_in_pace.OWN.wait_seconds(failures) for failures in range(13)]
    assert waits == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]


def try_once(name: str, address: str, at: Any, *, right: bool = False) -> int:
    attempt = sign_in_pace.begin(name, address, real_at=at)
    if right and not attempt.wait_seconds:
        sign_in_pace.succeeded(attempt)
    return attempt.wait_seconds


def test_the_sixth_try_of_a_name_waits_and_the_wait_ends_by_itself(db: None) -> None:
    assert [try_once("chi", "192.0.2.1", NOW) for _try in range(6)] == [0, 0, 0, 0, 0, 1]
    assert try_once("chi", "192.0.2.1", NOW + timedelta(seconds=1)) == 0
    assert try_once("chi", "192.0.2.1", NOW + timedelta(seconds=2)) == 1, "the wait is two seconds now, and one has passed"


def test_a_try_that_came_too_early_does_not_make_the_wait_longer(db: None) -> None:
    for _try in range(50):
        try_once("chi", "192.0.2.1", NOW)
    assert SignInAttempt.objects.count() == 5
    assert try_once("chi", "192.0.2.1", NOW + timedelta(seconds=1)) == 0


def test_whoever_signed_in_here_today_is_not_kept_out_by_colleagues_or_by_guessers_elsewhere(db: None) -> None:
    office = "192.0.2.1"
    assert try_once("chi", office, NOW, right=True) == 0
    for number in range(40):
        try_once(f"colleague {number}", office, NOW)
        try_once("chi", f"198.51.{number}.7", NOW)
    assert try_once("new colleague", office, NOW) > 0
    assert try_once("chi", "203.0.113.9", NOW) > 0
    assert try_once("chi", office, NOW) == 0


def test_thirty_failures_slow_a_network_by_half_a_minute_at_most(db: None) -> None:
    for number in range(30):
        assert try_once(f"name {number}", "192.0.2.1", NOW) == 0
    assert try_once("another", "192.0.2.99", NOW) == 1, "the same /24"
    assert try_once("another", "192.0.3.1", NOW) == 0, "another network"
    assert max(sign_in_pace.OF_NETWORK.wait_seconds(failures) for failures in range(2000)) == 30


def test_names_and_networks_are_kept_as_keyed_hashes_and_for_a_day(db: None) -> None:
    try_once("chi", "192.0.2.1", NOW)
    row = SignInAttempt.objects.get()
    assert "chi" not in row.name_hash
    assert {len(row.name_hash), len(row.network_hash)} == {64}
    tidy_up(at=NOW, real_at=NOW + timedelta(hours=23))
    assert SignInAttempt.objects.count() == 1
    tidy_up(at=NOW, real_at=NOW + timedelta(hours=25))
    assert SignInAttempt.objects.count() == 0


def test_the_right_password_must_wait_too_and_the_page_says_how_long(client: Client, chi: Account, real_time: list[Any]) -> None:
    for _try in range(5):
        sign_in(client, password="guessed")
    answer = sign_in(client)
    assert answer.status_code == 429
    assert "Please wait 1 second and try again" in answer.content.decode()
    assert 'value="chi"' in answer.content.decode()
    real_time[0] += timedelta(seconds=1)
    assert sign_in(client).status_code == 302


def test_an_unknown_name_waits_like_a_known_one(client: Client, chi: Account, real_time: list[Any]) -> None:
    assert [sign_in(client, name="nobody").status_code for _try in range(6)] == [200] * 5 + [429]


# Sessions that end


def test_a_session_ends_after_an_hour_without_a_page_and_the_page_says_why(client: Client, chi: Account, real_time: list[Any]) -> None:
    sign_in(client)
    real_time[0] += timedelta(minutes=54)
    assert is_signed_in(client)
    real_time[0] += timedelta(minutes=61)
    answer = client.get("/console/account/")
    assert answer.headers["Location"] == "/console/login/?next=%2Fconsole%2Faccount%2F&why=idle"
    assert "nothing happened for a while" in client.get(answer.headers["Location"]).content.decode()
    assert sign_in(client, next="/console/account/").headers["Location"] == "/console/account/"


def test_a_session_ends_after_twelve_hours_however_busy(client: Client, chi: Account, real_time: list[Any]) -> None:
    sign_in(client)
    for _half_hour in range(23):
        real_time[0] += timedelta(minutes=30)
        assert is_signed_in(client)
    real_time[0] += timedelta(minutes=30)
    assert client.get("/console/").headers["Location"].endswith("&why=too_old")


def test_the_storm_clock_ends_no_session(client: Client, chi: Account) -> None:
    sign_in(client)
    clock.jump_to(clock.now() + timedelta(days=3))
    assert is_signed_in(client)


def test_a_page_writes_the_session_at_most_once_in_five_minutes(client: Client, chi: Account, real_time: list[Any]) -> None:
    sign_in(client)
    client.get("/console/")
    before = client.session["used"]
    real_time[0] += timedelta(minutes=4)
    client.get("/console/")
    assert client.session["used"] == before
    real_time[0] += timedelta(minutes=1)
    client.get("/console/")
    assert client.session["used"] == real_time[0].timestamp()


def test_a_form_that_comes_after_the_end_leads_back_to_its_own_page(client: Client, chi: Account, real_time: list[Any]) -> None:
    sign_in(client)
    real_time[0] += timedelta(hours=2)
    answer = client.post("/console/account/preferences/", {"theme": "dark"}, HTTP_REFERER="http://testserver/console/account/?tab=2")
    assert answer.headers["Location"] == "/console/login/?next=%2Fconsole%2Faccount%2F%3Ftab%3D2&why=idle"
    elsewhere = client.post("/console/account/preferences/", {"theme": "dark"}, HTTP_REFERER="https://evil.test/console/account/")
    assert elsewhere.headers["Location"] == "/console/login/?next=%2Fconsole%2F"
    chi.refresh_from_db()
    assert chi.theme == "auto"


def test_a_script_that_asks_after_the_end_is_told_in_its_own_form(client: Client, harbor: Jurisdiction) -> None:
    answer = client.get("/console/", HTTP_ACCEPT="application/json")
    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")


def test_deactivating_somebody_ends_every_session_at_once(client: Client, chi: Account) -> None:
    sign_in(client)
    other = Client()
    sign_in(other)
    people.set_active(chi, False, by=None, at=clock.real_now())
    assert not is_signed_in(client)
    assert not is_signed_in(other)
    assert Session.objects.count() == 0


def test_signing_out_ends_the_session_on_the_server_and_empties_the_tab(client: Client, chi: Account) -> None:
    sign_in(client)
    key = client.session.session_key
    answer = client.post("/console/logout/")
    assert not Session.objects.filter(session_key=key).exists()
    page = client.get(answer.headers["Location"]).content.decode()
    assert "You are signed out." in page
    assert "data-drafts-forget" in page
    assert "data-drafts-forget" not in client.get(f"{LOGIN}?why=idle").content.decode()


def test_signing_out_everywhere_else_spares_this_place(client: Client, chi: Account) -> None:
    other = Client()
    for browser in (client, other):
        sign_in(browser)
    assert "In 2 places" in client.get("/console/account/").content.decode()
    client.post("/console/account/sessions/")
    assert is_signed_in(client)
    assert not is_signed_in(other)
    assert sessions.count_sessions(chi, real_at=clock.real_now()) == 1


# The password


def test_a_first_password_must_be_changed_before_anything_else(client: Client, chi: Account) -> None:
    Account.objects.filter(pk=chi.pk).update(must_change_password=True)
    sign_in(client)
    answer = client.get("/console/?q=hole")
    assert answer.headers["Location"] == "/console/account/password/?next=%2Fconsole%2F%3Fq%3Dhole"
    assert client.get("/console/account/").status_code == 302
    page = client.get(answer.headers["Location"]).content.decode()
    assert "Choose your own password" in page
    assert "console-nav" not in page
    new = {"current": PASSWORD, "new": "another set of words", "again": "another set of words", "next": "/console/?q=hole"}
    assert client.post("/console/account/password/", new).headers["Location"] == "/console/?q=hole"
    assert client.get("/console/").status_code == 200
    chi.refresh_from_db()
    assert chi.check_password("another set of words")


def test_changing_the_password_ends_all_other_sessions(client: Client, chi: Account) -> None:
    other = Client()
    for browser in (client, other):
        sign_in(browser)
    client.post("/console/account/password/", {"current": PASSWORD, "new": "another set of words", "again": "another set of words"})
    assert is_signed_in(client)
    assert not is_signed_in(other)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"current": "wrong", "new": "another set of words", "again": "another set of words"}, "This is not your password"),
        ({"current": PASSWORD, "new": "short", "again": "short"}, "at least 12 characters"),
        ({"current": PASSWORD, "new": "another set of words", "again": "another set of sords"}, "The two are not the same"),
        ({"current": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "This is the password that you have"),
        ({"current": PASSWORD, "new": "1qaz2wsx3edc", "again": "1qaz2wsx3edc"}, "too common"),
    ],
)
def test_a_password_that_will_not_do_is_refused_by_name(client: Client, chi: Account, given: dict[str, str], words: str) -> None:
    sign_in(client)
    assert words in client.post("/console/account/password/", given).content.decode()
    chi.refresh_from_db()
    assert chi.check_password(PASSWORD)


def test_the_own_password_cannot_be_guessed_at_an_open_session(client: Client, chi: Account, real_time: list[Any]) -> None:
    sign_in(client)
    guess = {"current": "guessed", "new": "another set of words", "again": "another set of words"}
    for _try in range(5):
        client.post("/console/account/password/", guess)
    answer = client.post("/console/account/password/", guess | {"current": PASSWORD}).content.decode()
    assert "Please wait 1 second" in answer
    assert is_signed_in(client)


# What is said when something is refused


def test_a_role_taken_away_in_mid_action_shows_the_typed_words_again(client: Client, chi: Account) -> None:
    sign_in(client)
    Account.objects.filter(pk=chi.pk).update(role=Role.ANALYST)
    words = "The caller says the cable hangs <over> the pavement."
    answer = client.post("/console/calls/new/", {"description": words, "password": "a secret of mine", "service": "pothole"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Your role does not allow this" in page
    assert "The caller says the cable hangs &lt;over&gt; the pavement." in page
    assert "a secret of mine" not in page


def test_a_stale_form_says_so_in_the_console_and_keeps_the_words(harbor: Jurisdiction, chi: Account) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(chi)
    answer = strict.post("/console/account/preferences/", {"note": "Words that took a while to type"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Please send it once more" in page
    assert "Words that took a while to type" in page
    assert "console-header" in page


def test_what_is_not_there_is_said_in_the_console(client: Client, chi: Account, rf: Any) -> None:
    from django.http import Http404
    from django.urls import resolve

    from evenhand.web.console.door import DoorMiddleware

    request = rf.get("/console/account/")
    request.user, request.session, request.city = chi, client.session, None
    request.resolver_match = resolve("/console/account/")
    answer = DoorMiddleware(lambda _request: None).process_exception(request, Http404())  # type: ignore[arg-type,return-value]
    assert answer is not None
    assert answer.status_code == 404
    assert "This is not there" in answer.content.decode()


# The frame


def test_language_and_colors_go_with_the_person(client: Client, chi: Account) -> None:
    sign_in(client)
    client.post("/console/account/preferences/", {"language": "es", "theme": "dark", "has_keys": "on"})
    page = client.get("/console/account/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert '<html lang="es"' in page
    assert 'data-theme="dark"' in page
    assert 'data-keys="on"' in page
    assert client.get("/", HTTP_ACCEPT_LANGUAGE="en").headers["Content-Language"] == "en"


def test_single_letter_keys_can_be_switched_off_for_good(client: Client, chi: Account) -> None:
    sign_in(client)
    client.post("/console/account/preferences/", {"language": "", "theme": "auto"})
    cookie = client.cookies["keys"]
    assert (cookie.value, cookie["path"], cookie["max-age"]) == ("off", "/console/", 31_536_000)
    assert 'data-keys="off"' in client.get("/console/account/").content.decode()


def test_the_header_offers_another_city_only_to_who_has_one(client: Client, chi: Account, harbor: Jurisdiction) -> None:
    sign_in(client)
    assert "Your cities" not in client.get("/console/account/").content.decode()
    other = Jurisdiction.objects.get(pk=harbor.pk)
    other.pk, other.slug, other.name, other.is_default = None, "uphill", "Uphill", False
    other._state.adding = True
    other.save()
    chi.cities.add(other)
    assert "?city=uphill" in client.get("/console/account/").content.decode()
    client.get("/console/?city=uphill")
    assert "<title>" in (page := client.get("/console/account/").content.decode())
    assert "Uphill · Evenhand</title>" in page


def test_a_form_of_one_city_changes_nothing_in_another_that_was_chosen_since(client: Client, harbor: Jurisdiction) -> None:
    person = cast.make_staff(harbor, Role.ADMINISTRATOR)
    bay = cast.make_city("bay", "Bay", shift=1.0)
    person.cities.add(bay)
    client.force_login(person)
    page = client.get("/console/set-up/new-team/", {"city": "harbor"}).content.decode()
    assert page.count('<input type="hidden" name="city" value="harbor">') == 1
    client.get("/console/", {"city": "bay"})
    typed = {"city": "harbor", "name": "The people of the harbor"}
    refused = client.post("/console/set-up/new-team/", typed)
    assert (refused.status_code, Team.objects.count()) == (409, 0)
    for words in ("meant for Harbor, but you have changed to Bay", "The people of the harbor", 'href="/console/?city=harbor"'):
        assert words in refused.content.decode()
    client.get("/console/", {"city": "harbor"})
    client.post("/console/set-up/new-team/", typed)
    assert [team.jurisdiction for team in Team.objects.all()] == [harbor]


def test_every_form_that_acts_on_a_city_says_which_one() -> None:
    of_a_person, of_a_request = ("account", "sign_in", "parts/header"), ("request_action",)  # a request's number says its city
    pages = Path(console.__path__[0]) / "templates/console"
    for page in sorted(pages.rglob("*.html")):
        name, text = page.relative_to(pages).as_posix(), page.read_text(encoding="utf-8")
        if not name.startswith((*of_a_person, *of_a_request)):
            assert text.count("{% csrf_token %}") == text.count('{% csrf_token %}{% include "console/parts/form_city.html" %}'), name


def test_changes_of_people_stand_in_the_history_without_a_password(harbor: Jurisdiction) -> None:
    made = people.create_person("Dee", role="agent", cities=[harbor], by=None, at=NOW, full_name="Dee Okoro")
    people.change_person(made.person, by=None, at=NOW, role="dispatcher")
    people.set_first_password(made.person, by=None, at=NOW)
    people.set_active(made.person, False, by=None, at=NOW)
    rows = list(AdministrativeChange.objects.filter(jurisdiction=harbor, kind="account", subject="dee").order_by("pk"))
    assert [(row.before.get("role"), row.after.get("role")) for row in rows[:2]] == [(None, "agent"), ("agent", "dispatcher")]
    assert (rows[3].before["is_active"], rows[3].after["is_active"]) == (True, False)
    assert made.password not in str([(row.before, row.after) for row in rows])
