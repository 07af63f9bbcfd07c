"""Addresses of the set-up: the front page, routing, hours and holidays, teams, people, areas, history."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from evenhand.web.console import (
    setup_area_views,
    setup_history_views,
    setup_hours_views,
    setup_index_views,
    setup_people_views,
    setup_routing_views,
    setup_team_views,
)

urlpatterns: Final[list[URLPattern]] = [
    path("set-up/", setup_index_views.index, name="setup"),
    path("set-up/history/", setup_history_views.history, name="setup_history"),
    path("set-up/routing/", setup_routing_views.routing, name="setup_routing"),
    path("set-up/routing/versions/", setup_routing_views.versions, name="setup_routing_versions"),
    path("set-up/routing/versions/<int:number>/", setup_routing_views.version, name="setup_routing_version"),
    path("set-up/hours/", setup_hours_views.hours, name="setup_hours"),
    path("set-up/hours/holidays/add/", setup_hours_views.holiday_add, name="setup_holiday_add"),
    path("set-up/hours/holidays/import/", setup_hours_views.holiday_import, name="setup_holiday_import"),
    path("set-up/hours/holidays/<int:key>/remove/", setup_hours_views.holiday_remove, name="setup_holiday_remove"),
    path("set-up/teams/", setup_team_views.teams, name="setup_teams"),
    path("set-up/new-team/", setup_team_views.team_new, name="setup_team_new"),
    path("set-up/teams/<slug:code>/", setup_team_views.team, name="setup_team"),
    path("set-up/teams/<slug:code>/retire/", setup_team_views.team_retire, name="setup_team_retire"),
    path("set-up/teams/<slug:code>/bring-back/", setup_team_views.team_bring_back, name="setup_team_bring_back"),
    path("set-up/people/", setup_people_views.people, name="setup_people"),
    path("set-up/new-person/", setup_people_views.person_new, name="setup_person_new"),
    path("set-up/people/<str:username>/", setup_people_views.person, name="setup_person"),
    path("set-up/people/<str:username>/deactivate/", setup_people_views.person_deactivate, name="setup_person_deactivate"),
    path("set-up/people/<str:username>/reactivate/", setup_people_views.person_reactivate, name="setup_person_reactivate"),
    path("set-up/people/<str:username>/password/", setup_people_views.person_password, name="setup_person_password"),
    path("set-up/people/<str:username>/second-factor/", setup_people_views.person_second_factor, name="setup_person_second_factor"),
    path("set-up/areas/", setup_area_views.areas, name="setup_areas"),
    path("set-up/areas/<str:code>/", setup_area_views.area, name="setup_area"),
]
