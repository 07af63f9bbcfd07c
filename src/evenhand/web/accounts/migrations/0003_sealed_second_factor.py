"""Secrets of second factors are sealed where they lay in clear; SQLite is told to overwrite what it frees meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import migrations, models

from evenhand.web.core import sealed_words


def overwrite_what_is_freed(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("PRAGMA secure_delete = ON")


def seal(apps: Any, schema_editor: Any) -> None:
    _change(apps, sealed_words.sealed)


def unseal(apps: Any, schema_editor: Any) -> None:
    # What no key opens is of no use in clear either: that person sets up a new one.
    _change(apps, lambda purpose, seal: sealed_words.opened(purpose, seal) or "")


def _change(apps: Any, change: Callable[[str, str], str]) -> None:
    accounts = apps.get_model("accounts", "Account")
    for key, secret in accounts.objects.exclude(totp_secret="").values_list("pk", "totp_secret"):
        accounts.objects.filter(pk=key).update(totp_secret=change(f"second_factor {key}", secret))


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_console"),
    ]

    operations = [
        migrations.RunPython(overwrite_what_is_freed, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="account",
            name="totp_secret",
            field=models.CharField(blank=True, help_text="Base32, sealed by `second_factor`; counts once `totp_confirmed_at` is set", max_length=255),
        ),
        migrations.RunPython(seal, unseal),
    ]
