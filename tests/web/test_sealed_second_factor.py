"""The secret of a second factor lies in the database sealed: what the key's change, its loss, an upgrade and the doctor make of that."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from evenhand.web.accounts import second_factor, totp
from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import Role
from evenhand.web.connectors.email import FakeEmail
from evenhand.web.core import clock
from evenhand.web.core.examination import Finding, Outcome
from evenhand.web.journeys import run_worker
from evenhand.web.journeys.examine import second_factors_finding
from evenhand.web.places.models import Jurisdiction
from tests import cast

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
KEY, FORMER = "the present key of this instance, 40 long", "a former key of this instance, 40 letters"
BEFORE = "0001_squashed_0002_console"


@pytest.fixture(autouse=True)
def _former_key(settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = FORMER, []


@pytest.fixture
def chi(harbor: Jurisdiction) -> Account:
    return cast.make_staff(harbor, Role.ADMINISTRATOR, "chi", first_name="Chi")


@pytest.fixture
def an_hour_ago() -> datetime:
    return clock.real_now() - timedelta(hours=1)


@pytest.fixture
def codes(chi: Account, an_hour_ago: datetime) -> list[str]:
    made = second_factor.switch_on(chi, SECRET, code_at(an_hour_ago), at=an_hour_ago)
    assert made is not None
    return list(made)


def code_at(moment: datetime) -> str:
    return totp.code_of_step(SECRET, totp.step_at(moment))


def lets_in(person: Account, code: str | None = None) -> bool:
    moment = clock.real_now()
    return second_factor.accept(Account.objects.get(pk=person.pk), code or code_at(moment), at=moment)


def column(person: Account) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT totp_secret FROM accounts_account WHERE id = %s", [person.pk])
        return str(cursor.fetchone()[0])


def test_the_database_holds_no_secret_in_clear_neither_before_nor_after_the_first_code(client: Client, chi: Account) -> None:
    chi.set_password("four unusual harbor words")
    chi.save()
    client.force_login(chi)
    client.get("/console/account/second-factor/")
    secret = second_factor.opened_secret(chi, client.session["new_second_factor"])
    assert secret is not None
    assert secret not in str(dict(client.session.items()))
    code = totp.code_of_step(secret, totp.step_at(clock.real_now()))
    client.post("/console/account/second-factor/", {"code": code, "current": "four unusual harbor words"})
    chi.refresh_from_db()
    assert chi.has_second_factor
    assert secret not in column(chi)
    assert second_factor.opened_secret(chi, column(chi)) == secret


def test_a_secret_copied_into_another_account_opens_nothing(harbor: Jurisdiction, chi: Account, codes: list[str]) -> None:
    other = cast.make_staff(harbor, Role.AGENT, "dee")
    Account.objects.filter(pk=other.pk).update(totp_secret=column(chi), totp_confirmed_at=clock.real_now())
    assert not lets_in(other)


def test_codes_of_both_kinds_work_on_after_the_key_was_changed_while_the_former_is_named(chi: Account, codes: list[str], settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = KEY, [FORMER]
    assert lets_in(chi)
    assert lets_in(chi, codes[0])
    assert not lets_in(chi, codes[0])


def test_the_worker_seals_anew_and_then_the_former_key_is_needed_no_more(chi: Account, codes: list[str], settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = KEY, [FORMER]
    assert second_factors_finding().outcome is Outcome.WARNING
    sealing = next(duty for duty in run_worker.duties_with(FakeEmail(), threading.Event()) if "Sealing" in duty.name)
    assert sealing.do() == 1
    assert second_factor.seal_anew() == 0
    settings.SECRET_KEY_FALLBACKS = []
    assert lets_in(chi)
    assert second_factors_finding() == Finding("second factors", Outcome.GOOD, "1 open with the present secret key.")


def test_where_no_former_key_is_named_nothing_is_read(chi: Account, codes: list[str], django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert second_factor.seal_anew() == 0


def test_a_lost_key_lets_nobody_in_by_code_is_said_and_a_reset_helps(
    chi: Account, codes: list[str], settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SECRET_KEY = KEY
    with caplog.at_level(logging.ERROR, logger="evenhand.accounts"):
        assert not lets_in(chi)
    assert "the second factor of chi" in caplog.text
    assert SECRET not in caplog.text
    assert not lets_in(chi, codes[0])
    found = second_factors_finding()
    assert (found.outcome, found.words[:59]) == (Outcome.FAULT, "No secret key of the settings opens 1 of 1 (chi). Bring the")
    assert "evenhand staff reset-second-factor NAME" in found.words
    second_factor.reset(chi, None, clock.real_now())
    assert second_factors_finding().outcome is Outcome.GOOD
    moment = clock.real_now()
    assert second_factor.switch_on(chi, SECRET, code_at(moment), at=moment) is not None


@pytest.mark.django_db(transaction=True)
def test_an_upgrade_seals_what_lay_in_clear_and_going_back_opens_it(chi: Account, codes: list[str]) -> None:
    try:
        call_command("migrate", "accounts", BEFORE, verbosity=0)
        assert column(chi) == SECRET
    finally:
        call_command("migrate", verbosity=0)
    assert SECRET not in column(chi)
    assert lets_in(chi)
