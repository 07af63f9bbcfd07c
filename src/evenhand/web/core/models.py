"""The tables of core: one row that says what time it is, and one that says when a worker was last alive."""

from __future__ import annotations

from django.db import models


class ClockRow(models.Model):
    """The one persisted clock (row 1). `moment = anchor_shown + (real − anchor_real) × rate` while it runs; `rate` 0 is a pause."""

    anchor_real = models.DateTimeField()
    anchor_shown = models.DateTimeField()
    rate = models.FloatField(default=1.0)

    class Meta:
        db_table = "core_clock"


class WorkerPulse(models.Model):
    """The last sign of life of any worker (row 1), in real time."""

    alive_at = models.DateTimeField()
    message_at = models.DateTimeField(null=True, help_text="When it last finished a message: sent, put off or given up")

    class Meta:
        db_table = "core_worker_pulse"
