"""Accounts of people who work for the city."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser


class Account(AbstractUser):
    """A member of staff. Our own class from the first migration on, so that roles and teams need no change of tables underneath."""

    class Meta:
        db_table = "accounts_account"
