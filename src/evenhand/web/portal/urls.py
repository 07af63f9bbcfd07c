"""Addresses of the portal. A request's page is `/requests/<reference>/`; everything that can be seen has an address."""

from __future__ import annotations

from django.urls import URLPattern, path

from evenhand.web.portal import follow_views, photo_views, place_views, private_views, report_place_views, report_views, request_views

app_name = "portal"
urlpatterns: list[URLPattern] = [
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
