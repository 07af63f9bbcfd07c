from __future__ import annotations

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "evenhand.web.places"
    label = "places"

    def ready(self) -> None:
        from evenhand.web.core.database_objects import register
        from evenhand.web.places.address_search import SEARCH_OBJECTS

        register(*SEARCH_OBJECTS)
