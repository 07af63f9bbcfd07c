"""Addresses of the queue."""

from __future__ import annotations

from django.urls import path

from evenhand.web.console import queue_desk_views, queue_map_views, queue_views

urlpatterns = [
    path("", queue_views.queue, name="queue"),
    path("queue/map.json", queue_map_views.queue_map_layer, name="queue_map"),
    path("queue/news.json", queue_views.queue_news, name="queue_news"),
    path("queue/assign/", queue_desk_views.queue_assign, name="queue_assign"),
    path("queue/take-back/", queue_desk_views.queue_take_back, name="queue_take_back"),
    path("queue/views/save/", queue_desk_views.queue_view_save, name="queue_view_save"),
    path("queue/views/<int:key>/delete/", queue_desk_views.queue_view_delete, name="queue_view_delete"),
]
