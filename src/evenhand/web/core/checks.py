"""Database checks that Django runs with `migrate` and `check --database default`, and that `evenhand doctor` repeats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from evenhand.web.core import database_objects


@register(Tags.database)
def database_objects_are_in_place(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Every trigger and index that guards or finds rows is there, as this version makes it: history that can be edited is no history."""
    found: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        if _is_migrated(alias) and (lost := database_objects.not_in_place(connection)):
            found.append(
                Error(
                    f"The database lacks, or has otherwise than this version makes them: {', '.join(lost)}.",
                    hint="Run `evenhand migrate`: it makes them again. Until then history is not protected or places are not found.",
                    id="evenhand.E101",
                )
            )
    return found


def _is_migrated(alias: str) -> bool:
    executor = MigrationExecutor(connections[alias])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
