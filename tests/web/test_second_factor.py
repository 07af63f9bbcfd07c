"""The second factor: codes as the RFCs compute them, each works once, and nothing opens before it was given."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client

from evenhand.web.accounts import second_factor, totp
from evenhand.web.accounts.models import Account, AdministrativeChange
from evenhand.web.accounts.roles import Role
from evenhand.web.accounts.second_factor import Rule
from evenhand.web.core import clock
from evenhand.web.places.models import Jurisdiction
from tests import cast

PASSWORD = "four unusual harbor words"
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""Base32 of the ASCII text 12345678901234567890, the secret of both RFCs' test vectors."""


@pytest.fixture(autouse=True)
def _quick_hashes(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def real_time(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Real time, to be put forward: `real_time[0] += ...`."""
    moment = [clock.real_now()]
    monkeypatch.setattr(clock, "real_now", lambda: moment[0])
    return moment


@pytest.fixture
def chi(harbor: Jurisdiction) -> Account:
    """An administrator with a password and no second factor."""
    person = cast.make_staff(harbor, Role.ADMINISTRATOR, "chi", first_name="Chi")
    person.set_password(PASSWORD)
    person.save()
    return person


@pytest.fixture
def codes(chi: Account, real_time: list[datetime]) -> list[str]:
    """Chi's recovery codes: her second factor was switched on an hour ago."""
    an_hour_ago = real_time[0] - timedelta(hours=1)
    made = second_factor.switch_on(chi, RFC_SECRET, code_at(an_hour_ago), at=an_hour_ago)
    assert made is not None
    return list(made)


def code_at(moment: datetime) -> str:
    return totp.code_of_step(RFC_SECRET, totp.step_at(moment))


def proposed(client: Client, person: Account) -> str:
    """The secret that the page for setting it up shows: sealed in the session until a first code has come."""
    secret = second_factor.opened_secret(person, client.session["new_second_factor"])
    assert secret is not None
    return secret


def give_password(client: Client) -> Any:
    return client.post("/console/login/", {"username": "chi", "password": PASSWORD, "next": "/console/account/"})


def give_code(client: Client, code: str) -> Any:
    return client.post("/console/login/code/", {"code": code, "next": "/console/account/"})


# The codes


@pytest.mark.parametrize(
    ("counter", "code"),
    list(enumerate(["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"])),
)
def test_codes_are_those_of_rfc_4226_appendix_d(counter: int, code: str) -> None:
    assert totp.code_of_step(RFC_SECRET, counter) == code


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_rfc_6238_appendix_b(seconds: int, code: str) -> None:
    step = totp.step_at(datetime.fromtimestamp(seconds, UTC))
    assert totp.code_of_step(RFC_SECRET, step, digits=8) == code
    assert totp.code_of_step(RFC_SECRET, step) == code[2:], "six digits are the last six"


@pytest.mark.parametrize(("drift", "is_near"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(drift: int, is_near: bool) -> None:
    now = datetime.fromtimestamp(1234567890, UTC)
    step = totp.step_at(now) + drift
    assert totp.step_of(RFC_SECRET, totp.code_of_step(RFC_SECRET, step), now) == (step if is_near else None)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "00 00 00", "💡" * 6])
def test_what_is_no_code_of_now_is_none(typed: str) -> None:
    assert totp.step_of(RFC_SECRET, typed, datetime.fromtimestamp(1234567890, UTC)) is None


def test_secrets_are_random_and_as_long_as_the_hash() -> None:
    assert len({totp.new_secret() for _secret in range(20)}) == 20
    assert len(totp.new_secret()) == 32, "20 bytes in Base32"


def test_the_address_for_apps_names_issuer_person_and_secret() -> None:
    uri = totp.otpauth_uri(RFC_SECRET, name="chi@harbor.test", issuer="Even hand")
    assert uri.startswith("otpauth://totp/Even%20hand:chi%40harbor.test?")
    assert parse_qs(urlsplit(uri).query) == {"secret": [RFC_SECRET], "issuer": ["Even hand"]}


# What is accepted


def test_a_code_works_once(chi: Account, codes: list[str], real_time: list[datetime]) -> None:
    now = real_time[0]
    assert second_factor.accept(chi, code_at(now), at=now)
    assert not second_factor.accept(chi, code_at(now), at=now)
    assert not second_factor.accept(chi, code_at(now - timedelta(seconds=30)), at=now), "nor does an older one"
    later = now + timedelta(seconds=30)
    assert second_factor.accept(chi, code_at(later), at=later)


def test_the_code_that_switched_it_on_does_not_let_in(chi: Account, real_time: list[datetime]) -> None:
    now = real_time[0]
    assert second_factor.switch_on(chi, RFC_SECRET, code_at(now), at=now)
    assert not second_factor.accept(chi, code_at(now), at=now)


@pytest.mark.django_db(transaction=True)
def test_the_same_code_sent_twice_at_once_passes_once(chi: Account, codes: list[str], real_time: list[datetime]) -> None:
    now, passed = real_time[0], []

    def send() -> None:
        person = Account.objects.get(pk=chi.pk)
        passed.append(second_factor.accept(person, code_at(now), at=now))
        connection.close()

    threads = [threading.Thread(target=send) for _thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(passed) == [False, False, False, True]


def test_a_recovery_code_works_once_in_capitals_and_without_hyphens_too(chi: Account, codes: list[str], real_time: list[datetime]) -> None:
    assert len(set(codes)) == 10
    typed = codes[3].replace("-", " ").upper()
    assert second_factor.accept(chi, typed, at=real_time[0])
    assert not second_factor.accept(chi, codes[3], at=real_time[0])
    chi.refresh_from_db()
    assert len(chi.recovery_codes) == 9
    assert not any(code.replace("-", "") in str(chi.recovery_codes) for code in codes), "only hashes are kept"


def test_new_recovery_codes_end_the_old_ones(chi: Account, codes: list[str], real_time: list[datetime]) -> None:
    new = second_factor.renew_recovery_codes(chi, at=real_time[0])
    assert not second_factor.accept(chi, codes[0], at=real_time[0])
    assert second_factor.accept(chi, new[0], at=real_time[0])


def test_a_recovery_code_of_somebody_else_does_not_work(harbor: Jurisdiction, chi: Account, codes: list[str], real_time: list[datetime]) -> None:
    other = cast.make_staff(harbor, Role.AGENT, "dee")
    second_factor.switch_on(other, RFC_SECRET, code_at(real_time[0]), at=real_time[0])
    assert not second_factor.accept(other, codes[0], at=real_time[0])


# Signing in


def test_nobody_is_signed_in_before_the_code(client: Client, chi: Account, codes: list[str], real_time: list[datetime]) -> None:
    answer = give_password(client)
    assert answer.headers["Location"] == "/console/login/code/?next=%2Fconsole%2Faccount%2F"
    assert client.get("/console/account/").status_code == 302
    assert 'autocomplete="one-time-code"' in client.get(answer.headers["Location"]).content.decode()
    key = client.session.session_key
    assert give_code(client, code_at(real_time[0])).headers["Location"] == "/console/account/"
    assert client.get("/console/account/").status_code == 200
    assert client.session.session_key != key


def test_a_wrong_code_is_said_and_guessing_is_slowed(client: Client, chi: Account, codes: list[str], real_time: list[datetime]) -> None:
    give_password(client)
    answers = [give_code(client, "000000") for _try in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert "does not fit" in answers[0].content.decode()
    assert "Please wait 1 second" in answers[5].content.decode()


def test_the_code_is_asked_for_ten_minutes(client: Client, chi: Account, codes: list[str], real_time: list[datetime]) -> None:
    give_password(client)
    real_time[0] += timedelta(minutes=11)
    answer = give_code(client, code_at(real_time[0]))
    assert answer.headers["Location"] == "/console/login/?next=%2Fconsole%2Faccount%2F&why=code_late"
    assert "asked for too long ago" in client.get(answer.headers["Location"]).content.decode()


def test_without_a_password_no_code_is_asked_for(client: Client, chi: Account, codes: list[str], real_time: list[datetime]) -> None:
    assert give_code(client, code_at(real_time[0])).headers["Location"].startswith("/console/login/?")


def test_a_password_that_was_changed_meanwhile_ends_the_question(client: Client, chi: Account, codes: list[str], real_time: list[datetime]) -> None:
    give_password(client)
    chi.set_password("another set of words")
    chi.save()
    assert give_code(client, code_at(real_time[0])).headers["Location"].startswith("/console/login/?")


def test_a_recovery_code_lets_in_and_says_how_many_are_left(client: Client, chi: Account, codes: list[str]) -> None:
    give_password(client)
    answer = give_code(client, codes[0])
    assert "Codes left: 9." in client.get(answer.headers["Location"]).content.decode()


# Switching on, off, and being made to


def test_switching_it_on_shows_picture_key_and_ten_codes(client: Client, chi: Account, real_time: list[datetime]) -> None:
    give_password(client)
    other = Client()
    give_password(other)
    page = client.get("/console/account/second-factor/").content.decode()
    secret = proposed(client, chi)
    assert 'src="data:image/svg+xml' in page
    assert totp.in_groups(secret) in page
    assert f"otpauth://totp/Evenhand:chi?secret={secret}" in page
    assert "does not fit" in client.post("/console/account/second-factor/", {"code": "000000", "current": PASSWORD}).content.decode()
    code = totp.code_of_step(secret, totp.step_at(real_time[0]))
    assert "Enter your password" in client.post("/console/account/second-factor/", {"code": code}).content.decode()
    done = client.post("/console/account/second-factor/", {"code": code, "current": PASSWORD}).content.decode()
    assert done.count("<li><code>") == 10
    chi.refresh_from_db()
    assert (second_factor.opened_secret(chi, chi.totp_secret), chi.has_second_factor) == (secret, True)
    assert client.get("/console/account/").status_code == 200
    assert other.get("/console/account/").status_code == 302, "sessions from before are over"


@pytest.mark.parametrize(
    ("rule", "role", "must"),
    [
        (Rule.OPTIONAL, Role.ADMINISTRATOR, False),
        (Rule.ADMINISTRATORS, Role.ADMINISTRATOR, True),
        (Rule.ADMINISTRATORS, Role.DISPATCHER, False),
        (Rule.EVERYBODY, Role.CALL_TAKER, True),
        (Rule.EVERYBODY, "", True),
    ],
)
def test_who_must_have_one_is_a_setting(rule: Rule, role: str, must: bool) -> None:
    assert second_factor.must_have(Account(role=role), rule) is must


def test_who_must_have_one_can_do_nothing_else_before(client: Client, chi: Account, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(settings.EVENHAND, "second_factor", "administrators")
    give_password(client)
    for address in ("/console/", "/console/account/", "/console/set-up/reads/"):
        assert client.get(address).headers["Location"].startswith("/console/account/second-factor/?next="), address
    page = client.get("/console/account/second-factor/?next=/console/set-up/").content.decode()
    assert "Your city asks for a second factor" in page
    assert 'name="current"' not in page, "the password was given a moment ago"
    assert "console-nav" not in page
    code = totp.code_of_step(proposed(client, chi), totp.step_at(clock.real_now()))
    done = client.post("/console/account/second-factor/", {"code": code, "next": "/console/set-up/"}).content.decode()
    assert 'href="/console/set-up/">I have kept them' in done
    assert client.get("/console/account/").status_code == 200


def test_switching_it_off_needs_password_and_code(client: Client, chi: Account, codes: list[str]) -> None:
    client.force_login(chi)
    left = []
    for password, code in ((PASSWORD, "nothing-like-it"), ("wrong", codes[0]), (PASSWORD, codes[0])):
        client.post("/console/account/second-factor/off/", {"current": password, "code": code})
        chi.refresh_from_db()
        left.append((chi.has_second_factor, bool(chi.totp_secret)))
    assert left == [(True, True), (True, True), (False, False)]


def test_new_recovery_codes_need_password_and_code(client: Client, chi: Account, codes: list[str]) -> None:
    client.force_login(chi)
    assert "This is not your password" in client.post("/console/account/second-factor/codes/", {"current": "x", "code": codes[0]}).content.decode()
    done = client.post("/console/account/second-factor/codes/", {"current": PASSWORD, "code": codes[0]}).content.decode()
    assert done.count("<li><code>") == 10


def test_a_reset_takes_it_away_ends_sessions_and_stands_in_the_history(
    client: Client, harbor: Jurisdiction, chi: Account, codes: list[str], real_time: list[datetime]
) -> None:
    boss = cast.make_staff(harbor, Role.ADMINISTRATOR, "boss")
    client.force_login(chi)
    second_factor.reset(chi, boss, real_time[0])
    assert client.get("/console/").status_code == 302
    assert give_password(client).headers["Location"] == "/console/account/"
    row = AdministrativeChange.objects.filter(jurisdiction=harbor, subject="chi").latest("pk")
    assert (row.account, row.before, row.after) == (boss, {"second_factor": "on"}, {"second_factor": "reset"})
    assert RFC_SECRET not in str(list(AdministrativeChange.objects.values()))
