"""Accounts of people who work for the city, their teams, and what must be known about access.

An account has one role and works for one or more cities. Nothing here is deleted while a history names it: people are deactivated, teams retired.
Times of this module are real time: logins, limits and logs do not follow the storm clock.
"""

from __future__ import annotations

from typing import ClassVar, Final

from django.contrib.auth.models import AbstractUser
from django.db import models

from evenhand.web.accounts.roles import Ability, abilities_of
from evenhand.web.places.models import Jurisdiction

NAME_FIELDS: Final = ("username", "first_name", "last_name")
"""What `shown_name` is made of: all that a page reads of a colleague."""


class Account(AbstractUser):
    """A member of staff. `role` is one of `roles.Role`; an account without a role can sign in and do nothing."""

    role = models.CharField(max_length=16, blank=True)
    cities = models.ManyToManyField(Jurisdiction, blank=True, related_name="staff")
    language = models.CharField(max_length=16, blank=True, help_text="Of the console; empty = as the browser asks")
    theme = models.CharField(max_length=8, default="auto", help_text="auto, light, dark")
    must_change_password = models.BooleanField(default=False)
    totp_secret = models.CharField(max_length=255, blank=True, help_text="Base32, sealed by `second_factor`; counts once `totp_confirmed_at` is set")
    totp_confirmed_at = models.DateTimeField(null=True)
    totp_last_step = models.BigIntegerField(default=0, help_text="Last time step that was accepted: a code works once")
    recovery_codes = models.JSONField(default=list, help_text="Hashes of unused one-time codes")

    class Meta:
        db_table = "accounts_account"

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """Full name, else the user name."""
        return self.get_full_name() or self.username

    @property
    def has_second_factor(self) -> bool:
        return self.totp_confirmed_at is not None

    def can(self, ability: Ability) -> bool:
        """Whether the role allows it; an account that was deactivated can do nothing."""
        return self.is_active and ability in abilities_of(self.role)


class Team(models.Model):
    """People who get requests together. What comes to them is said by the routing rules; `is_confined` people see nothing else."""

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="teams")
    code = models.SlugField(max_length=64)
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True, help_text="Gets the daily digest; empty = nobody")
    is_confined = models.BooleanField(default=False, help_text="Its members see only requests of their own teams")
    is_retired = models.BooleanField(default=False)
    members = models.ManyToManyField(Account, blank=True, related_name="teams")

    class Meta:
        db_table = "accounts_team"
        constraints: ClassVar = [models.UniqueConstraint(fields=["jurisdiction", "code"], name="accounts_team_code")]
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class SignInAttempt(models.Model):
    """A try to sign in, kept for a day as keyed hashes, so that guessing is slowed by name and by network."""

    name_hash = models.CharField(max_length=64)
    network_hash = models.CharField(max_length=64)
    has_succeeded = models.BooleanField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "accounts_sign_in_attempt"
        indexes: ClassVar = [
            models.Index(fields=["name_hash", "at"], name="accounts_attempt_name"),
            models.Index(fields=["network_hash", "at"], name="accounts_attempt_network"),
        ]


class PersonalDataRead(models.Model):
    """Who saw whose personal data, and where in the console. `reference` is the request's number; it outlives the person's erasure."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=64, db_index=True)
    purpose = models.CharField(max_length=32, help_text="request_page, caller_history, export, …")
    at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "accounts_personal_data_read"


class AdministrativeChange(models.Model):
    """Something that was changed in the city's set-up: what it was before and what it became. Never changed, never deleted."""

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, null=True, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+", help_text="Null: by command line")
    kind = models.CharField(max_length=32, help_text="service, team, account, template, holiday, routing, …")
    subject = models.CharField(max_length=160, help_text="Code or name of what was changed")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "accounts_administrative_change"
        indexes: ClassVar = [models.Index(fields=["jurisdiction", "kind", "-at"], name="accounts_change_kind")]


class Presence(models.Model):
    """That somebody has a request open in the console, and when their page last said so. Kept for an hour at most, in no history."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    reference = models.CharField(max_length=64)
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "accounts_presence"
        constraints: ClassVar = [models.UniqueConstraint(fields=["reference", "account"], name="accounts_presence_once")]
