"""The tables of insights: figures that are computed by the worker and read by pages."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import Service


class ClosingEstimate(models.Model):
    """How long a service's requests took to close, from the city's own past: the curve behind expected dates, or why there is none."""

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.CASCADE, related_name="+")
    service = models.OneToOneField(Service, on_delete=models.CASCADE, related_name="closing_estimate")
    as_of = models.DateTimeField(help_text="Requests still open then count as censored")
    closed_count = models.PositiveIntegerField()
    open_count = models.PositiveIntegerField()
    curve = models.JSONField(null=True, help_text="ClosingTimes.to_dict(); null where nothing can be said")
    cannot_say = models.CharField(max_length=48, blank=True, help_text="Reason code where nothing can be said")
    coverage = models.FloatField(null=True, help_text="Share of past requests whose closing fell into their 80 % range")
    computed_at = models.DateTimeField()

    class Meta:
        db_table = "insights_closing_estimate"
        indexes: ClassVar = [models.Index(fields=["jurisdiction"], name="insights_estimate_city")]
