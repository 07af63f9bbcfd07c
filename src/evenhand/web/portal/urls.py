"""Addresses of the portal. A request's page is `/requests/<reference>/`; everything that can be seen has an address."""

from __future__ import annotations

from django.urls import URLPattern, path, register_converter
from django.urls.converters import StringConverter

from evenhand.web.portal import (
    answer_views,
    area_views,
    browse_views,
    follow_views,
    home_views,
    information_views,
    map_views,
    photo_views,
    place_views,
    private_views,
    report_place_views,
    report_views,
    request_views,
    service_views,
    work_views,
)


class CodeConverter(StringConverter):
    """A code of the city's own, which may hold slashes; NUL is in none, and PostgreSQL refuses to look for it."""

    regex = r"[^\x00]+"


register_converter(CodeConverter, "code")
app_name = "portal"
urlpatterns: list[URLPattern] = [
    path("", home_views.home, name="home"),
    path("requests/", browse_views.requests, name="requests"),
    path("map/", map_views.map_, name="map"),
    path("map/requests.json", map_views.map_requests, name="map_requests"),
    path("map/areas.json", map_views.map_areas, name="map_areas"),
    path("map/grounds.json", map_views.map_grounds, name="map_grounds"),
    path("map/streets/14/<int:x>/<int:y>.json", map_views.map_streets, name="map_streets"),
    path("areas/", area_views.areas, name="areas"),
    path("areas/<code:code>/", area_views.area, name="area"),
    path("services/", service_views.services, name="services"),
    path("services/<code:code>/", service_views.service, name="service"),
    path("cities/", information_views.cities, name="cities"),
    path("about/", information_views.about, name="about"),
    path("accessibility/", information_views.accessibility, name="accessibility"),
    path("privacy/", information_views.privacy, name="privacy"),
    path("health/", information_views.health, name="health"),
    path("requests/<str:reference>/", request_views.request_, name="request"),
    path("requests/<str:reference>/comment/", request_views.comment, name="request_comment"),
    path("requests/<str:reference>/me-too/", request_views.me_too, name="request_me_too"),
    path("requests/<str:reference>/follow/", request_views.follow, name="request_follow"),
    path("requests/<str:reference>/not-fixed/", request_views.not_fixed, name="request_not_fixed"),
    path("requests/<str:reference>/private/<str:token>/", private_views.private, name="private"),
    path("requests/<str:reference>/private/<str:token>/comment/", request_views.comment, name="private_comment"),
    path("requests/<str:reference>/private/<str:token>/not-fixed/", request_views.not_fixed, name="private_not_fixed"),
    path("requests/<str:reference>/private/<str:token>/withdraw/", private_views.withdraw, name="private_withdraw"),
    path("requests/<str:reference>/private/<str:token>/hide-name/", private_views.hide_name, name="private_hide_name"),
    path("requests/<str:reference>/private/<str:token>/erase/", private_views.erase, name="private_erase"),
    path("requests/<str:reference>/private/<str:token>/mails/", private_views.mails, name="private_mails"),
    path("answer/<int:question_id>/<str:token>/", answer_views.answer, name="answer"),
    path("contractor/<int:link_id>/<str:token>/", work_views.work, name="work"),
    path("follow/confirm/<int:follower_id>/<str:token>/", follow_views.follow_confirm, name="follow_confirm"),
    path("follow/stop/<int:follower_id>/<str:token>/", follow_views.follow_stop, name="follow_stop"),
    path("photos/<slug:key>-small.jpg", photo_views.photo_small, name="photo_small"),
    path("photos/<slug:key>.jpg", photo_views.photo, name="photo"),
    path("report/", report_views.report, name="report"),
    path("report/<str:token>/safety/", report_views.safety, name="report_safety"),
    path("report/<str:token>/place/", report_place_views.place, name="report_place"),
    path("report/<str:token>/similar/", report_place_views.similar, name="report_similar"),
    path("report/<str:token>/details/", report_views.details, name="report_details"),
    path("report/<str:token>/contact/", report_views.contact, name="report_contact"),
    path("report/<str:token>/check/", report_views.check, name="report_check"),
    path("places/suggest.json", place_views.suggest, name="suggest"),
    path("places/describe.json", place_views.describe, name="describe"),
]
