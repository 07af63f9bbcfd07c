"""The tables of conversations: who follows a request, and what waits to leave the house."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import Service, ServiceRequest


class Follower(models.Model):
    """Somebody who wants to hear about a request. An address counts only once its owner has confirmed it."""

    request = models.ForeignKey(ServiceRequest, on_delete=models.PROTECT, related_name="followers")
    channel = models.CharField(max_length=16, default="email")
    recipient = models.CharField(max_length=254, help_text="E-mail address or number; empty once erased")
    language = models.CharField(max_length=16, default="en")
    is_reporter = models.BooleanField(default=False)
    link_salt = models.CharField(max_length=32, help_text="Confirm and stop links are signed with it")
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "conversations_follower"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "channel", "recipient"], condition=~Q(recipient=""), name="conversations_follower_once"),
        ]


class OutboxMessage(models.Model):
    """One message to one recipient, written in the transaction that caused it and sent by the worker, at least once.

    The words are made when the row is written, in the recipient's language: what was promised is what is sent.
    """

    channel = models.CharField(max_length=16, default="email")
    kind = models.CharField(max_length=48, help_text="Template: request_received, follow_confirm, ...")
    recipient = models.CharField(max_length=254, help_text="Emptied when sent long ago, or erased")
    language = models.CharField(max_length=16, default="en")
    subject = models.CharField(max_length=255, blank=True)
    text = models.TextField()
    headers = models.JSONField(default=dict)
    request = models.ForeignKey(ServiceRequest, on_delete=models.SET_NULL, null=True, related_name="messages")
    message_id = models.CharField(max_length=160, unique=True, help_text="Stable over retries, so that a double sending is seen as one")
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True, help_text="Given up: refused for good, or too many attempts")
    last_error = models.TextField(blank=True)

    class Meta:
        db_table = "conversations_outbox"
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at"], condition=Q(sent_at=None, failed_at=None), name="conversations_outbox_due"),
        ]


class SentForm(models.Model):
    """A form that was taken: a second click finds its key here and does nothing more. Kept for some days."""

    key = models.CharField(max_length=64, primary_key=True, help_text="Hash of the form's one-time key and of what was typed into it")
    at = models.DateTimeField(db_index=True, help_text="Real time")

    class Meta:
        db_table = "conversations_sent_form"


class ReporterQuestion(models.Model):
    """A question of the city to the reporter, answered by a private link until it expires. The words lie in the request's history."""

    request = models.ForeignKey(ServiceRequest, on_delete=models.PROTECT, related_name="questions")
    event_seq = models.PositiveIntegerField(help_text="The event that asked")
    link_salt = models.CharField(max_length=32, help_text="The answering link is signed with it")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answer_seq = models.PositiveIntegerField(null=True)

    class Meta:
        db_table = "conversations_reporter_question"
        constraints: ClassVar = [models.UniqueConstraint(fields=["request", "event_seq"], name="conversations_question_once")]


class ContractorLink(models.Model):
    """Somebody outside who works on one request: sees what is needed by a private link, answers, says "done" with a photo."""

    request = models.ForeignKey(ServiceRequest, on_delete=models.PROTECT, related_name="contractor_links")
    name = models.CharField(max_length=160)
    recipient = models.EmailField(blank=True, help_text="Gets the link by mail; empty = handed over otherwise")
    language = models.CharField(max_length=16, default="en")
    words = models.TextField(blank=True, help_text="What is needed")
    link_salt = models.CharField(max_length=32)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "conversations_contractor_link"


class ResponseTemplate(models.Model):
    """Public words that staff start from: of one service or of all, for one move (or an answer), in one language.

    `text` may name what `conversations.response_templates` lists in braces, as in "{reference}"; anything else in braces is refused when it is saved.
    """

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.CASCADE, related_name="response_templates")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True, related_name="+")
    use = models.CharField(max_length=32, help_text="answer, or a move of the transition table, or close:REASON")
    language = models.CharField(max_length=16, default="en")
    name = models.CharField(max_length=120)
    text = models.TextField()
    is_retired = models.BooleanField(default=False)

    class Meta:
        db_table = "conversations_response_template"
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
