"""Whose session it is: Django's backend, with the account read by one plain look-up, without what only signing in needs."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from evenhand.web.accounts.models import Account
from evenhand.web.core.plain_rows import row_where

_FOR_SIGNING_IN = ("totp_secret", "totp_last_step", "recovery_codes")


class AccountBackend(ModelBackend):
    """Named by `AUTHENTICATION_BACKENDS`."""

    def get_user(self, user_id: Any) -> Account | None:
        """The account of a session; None where it was deactivated."""
        person = row_where(Account, "id = %s", (user_id,), without=_FOR_SIGNING_IN)
        return person if person is not None and self.user_can_authenticate(person) else None
