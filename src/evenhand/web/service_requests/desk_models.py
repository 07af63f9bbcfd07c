"""The tables that staff work with beside the requests themselves: routing, holidays, saved views, what call takers read, and calls without a request.

Routing is versioned as a whole: a change makes a new version with all its rules, so that the reason given on an old request can still be looked up.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from evenhand.web.accounts.models import Team
from evenhand.web.places.models import Area, Jurisdiction


class RoutingVersion(models.Model):
    """A state of a city's routing: its rules, and the hours in which the city works. The highest number counts."""

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="routing_versions")
    number = models.PositiveIntegerField()
    working_hours = models.JSONField(default=dict, help_text='City time by ISO weekday: {"1": [["08:00", "16:30"]], …}')
    note = models.CharField(max_length=240, blank=True, help_text="Why it was changed")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        db_table = "requests_routing_version"
        constraints: ClassVar = [models.UniqueConstraint(fields=["jurisdiction", "number"], name="requests_routing_number")]
        ordering: ClassVar = ["-number"]


class RoutingRule(models.Model):
    """Requests of `service` (none = every one) in `area` (none = everywhere) go to `team`, due after `work_hours` of the city's working time.

    The most particular rule wins: service and area, then service, then area, then neither.
    """

    version = models.ForeignKey(RoutingVersion, on_delete=models.PROTECT, related_name="rules")
    service = models.ForeignKey("service_requests.Service", on_delete=models.PROTECT, null=True, related_name="+")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="routing_rules")
    work_hours = models.PositiveIntegerField(null=True, help_text="Hours of working time until due; null = no deadline")
    priority = models.PositiveSmallIntegerField(default=1)

    class Meta:
        db_table = "requests_routing_rule"
        # Four of them, as SQLite tells two nulls apart: no two rules of a version for the same service and place.
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "service", "area"], name="requests_routing_rule_once"),
            models.UniqueConstraint(fields=["version", "service"], condition=Q(area=None), name="requests_routing_service_once"),
            models.UniqueConstraint(fields=["version", "area"], condition=Q(service=None), name="requests_routing_area_once"),
            models.UniqueConstraint(fields=["version"], condition=Q(service=None, area=None), name="requests_routing_rest_once"),
        ]


class Holiday(models.Model):
    """A day on which the city does not work."""

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.CASCADE, related_name="holidays")
    date = models.DateField(help_text="In the city's zone")
    name = models.CharField(max_length=120)

    class Meta:
        db_table = "requests_holiday"
        constraints: ClassVar = [models.UniqueConstraint(fields=["jurisdiction", "date"], name="requests_holiday_once")]
        ordering: ClassVar = ["date"]


class SavedView(models.Model):
    """A search of the queue under a name: one's own, or everybody's in the city (`is_shared`)."""

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.CASCADE, related_name="saved_views")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=1000, help_text="The queue's own query string")
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "requests_saved_view"
        constraints: ClassVar = [models.UniqueConstraint(fields=["jurisdiction", "account", "name"], name="requests_saved_view_name")]
        ordering: ClassVar = ["name"]


class KnowledgeArticle(models.Model):
    """What a call taker should know and may read out: of one service, or of the city. `is_ours` answers "is this ours?"."""

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.CASCADE, related_name="articles")
    service = models.ForeignKey("service_requests.Service", on_delete=models.PROTECT, null=True, related_name="articles")
    code = models.SlugField(max_length=80)
    title = models.CharField(max_length=160)
    text = models.TextField()
    keywords = models.TextField(blank=True, help_text="Comma separated, also found by the search box")
    is_ours = models.BooleanField(default=True)
    whose = models.CharField(max_length=160, blank=True, help_text="Where it is not ours: whose it is, and how to reach them")
    translations = models.JSONField(default=dict, help_text='{"es": {"title": …, "text": …, "whose": …}}')
    is_retired = models.BooleanField(default=False)

    class Meta:
        db_table = "requests_knowledge_article"
        constraints: ClassVar = [models.UniqueConstraint(fields=["jurisdiction", "code"], name="requests_article_code")]
        ordering: ClassVar = ["title"]

    def __str__(self) -> str:
        return self.title

    def text_in(self, language: str, field: str) -> str:
        """`title`, `text` or `whose` in a language, else as the city wrote it."""
        return str(self.translations.get(language, {}).get(field) or getattr(self, field))


class InformationRequest(models.Model):
    """A call that needed no request: an answer was enough. Counted, and nothing about the caller kept."""

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="information_requests")
    service = models.ForeignKey("service_requests.Service", on_delete=models.PROTECT, null=True, related_name="+")
    article = models.ForeignKey(KnowledgeArticle, on_delete=models.PROTECT, null=True, related_name="+")
    topic = models.CharField(max_length=160, blank=True, help_text="In a few words, where no article fits; nothing about the caller")
    channel = models.CharField(max_length=16, default="phone")
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    submission_key = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "requests_information_request"
        indexes: ClassVar = [models.Index(fields=["jurisdiction", "-at"], name="requests_information_newest")]
