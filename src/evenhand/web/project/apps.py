from __future__ import annotations

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "evenhand.web.project"
    label = "project"

    def ready(self) -> None:
        from evenhand.web.project import checks as checks
