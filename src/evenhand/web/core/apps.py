"""Core's registration: after every migration the database objects that migrations cannot carry are made again."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "evenhand.web.core"
    label = "core"

    def ready(self) -> None:
        from evenhand.web.core import checks as checks
        from evenhand.web.core.database_objects import install_after_migrate

        post_migrate.connect(install_after_migrate, dispatch_uid="evenhand.database_objects")
