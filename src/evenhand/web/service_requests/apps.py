from __future__ import annotations

from django.apps import AppConfig


class ServiceRequestsConfig(AppConfig):
    name = "evenhand.web.service_requests"
    label = "service_requests"

    def ready(self) -> None:
        from evenhand.web.core.database_objects import register
        from evenhand.web.service_requests.grid_index import GRID_OBJECTS
        from evenhand.web.service_requests.history_guard import GUARD_OBJECTS
        from evenhand.web.service_requests.places_index import POINT_OBJECTS
        from evenhand.web.service_requests.queue_index import QUEUE_OBJECTS
        from evenhand.web.service_requests.text_index import TEXT_OBJECTS

        register(*GUARD_OBJECTS, *POINT_OBJECTS, *TEXT_OBJECTS, *GRID_OBJECTS, *QUEUE_OBJECTS)
