"""The tables of requests.

A request's state is a projection of its events: the columns of ServiceRequest can be made again from its history. Events hold only facts that may
stay for ever; words, names and photos lie in rows of their own that can be erased, and the chain of hashes still verifies.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from evenhand.web.accounts.models import Team
from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.service_requests.desk_models import (
    Holiday as Holiday,
)
from evenhand.web.service_requests.desk_models import (
    InformationRequest as InformationRequest,
)
from evenhand.web.service_requests.desk_models import (
    KnowledgeArticle as KnowledgeArticle,
)
from evenhand.web.service_requests.desk_models import (
    RoutingRule as RoutingRule,
)
from evenhand.web.service_requests.desk_models import (
    RoutingVersion as RoutingVersion,
)
from evenhand.web.service_requests.desk_models import (
    SavedView as SavedView,
)
from evenhand.web.service_requests.querysets import PhotoQuerySet, ServiceQuerySet, ServiceRequestQuerySet
from evenhand.web.service_requests.workflow import ClosingReason, Priority, State, Status


class ServiceGroup(models.Model):
    """The upper of the two levels in which services are offered."""

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.CASCADE, related_name="service_groups")
    code = models.SlugField(max_length=80)
    name = models.CharField(max_length=120)
    translations = models.JSONField(default=dict, help_text='{"es": "Calles"}')
    order = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "requests_service_group"
        constraints: ClassVar = [models.UniqueConstraint(fields=["jurisdiction", "code"], name="requests_group_code")]
        ordering: ClassVar = ["order", "name"]

    def __str__(self) -> str:
        return self.name

    def name_in(self, language: str) -> str:
        return str(self.translations.get(language) or self.name)


class Service(models.Model):
    """Something that a resident can ask for. `translations` holds, by language, the words of every text column."""

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.CASCADE, related_name="services")
    group = models.ForeignKey(ServiceGroup, on_delete=models.PROTECT, related_name="services")
    code = models.CharField(max_length=120)
    name = models.CharField(max_length=160)
    description = models.TextField(blank=True)
    keywords = models.TextField(blank=True, help_text="Comma separated, also found by the search box")
    notice = models.TextField(blank=True, help_text="Shown before reporting")
    kind = models.CharField(max_length=16, default="realtime", help_text="Open311 type: realtime, batch, blackbox")
    is_private = models.BooleanField(default=False, help_text="Its requests have no public page, point, feed or row (outages)")
    is_offered = models.BooleanField(default=True, help_text="False: known from history only, or retired; no new reports")
    areas = models.ManyToManyField(Area, blank=True, related_name="services", help_text="Where it is offered; none = everywhere")
    order = models.PositiveIntegerField(default=0)
    translations = models.JSONField(default=dict)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        db_table = "requests_service"
        constraints: ClassVar = [models.UniqueConstraint(fields=["jurisdiction", "code"], name="requests_service_code")]
        ordering: ClassVar = ["group__order", "order", "name"]

    def __str__(self) -> str:
        return self.name

    def text_in(self, language: str, field: str) -> str:
        """`name`, `description` or `notice` in a language, else as the city wrote it."""
        translated = self.translations.get(language, {})
        return str(translated.get(field) or getattr(self, field))

    def name_in(self, language: str) -> str:
        return self.text_in(language, "name")


class ServiceAttribute(models.Model):
    """An extra question of a service, in Open311's terms (datatypes: string, number, datetime, text, singlevaluelist, multivaluelist)."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="attributes")
    code = models.SlugField(max_length=64)
    datatype = models.CharField(max_length=24)
    is_variable = models.BooleanField(default=True, help_text="False: only text to show, nothing to answer")
    is_required = models.BooleanField(default=False)
    is_retired = models.BooleanField(default=False, help_text="No longer asked; answers of old requests keep its words")
    question = models.CharField(max_length=400)
    hint = models.CharField(max_length=400, blank=True)
    order = models.PositiveIntegerField(default=1)
    values = models.JSONField(default=list, help_text='[{"key": "...", "name": "..."}]')
    translations = models.JSONField(default=dict, help_text='{"es": {"question": …, "hint": …, "values": {key: name}}}')

    class Meta:
        db_table = "requests_service_attribute"
        constraints: ClassVar = [models.UniqueConstraint(fields=["service", "code"], name="requests_attribute_code")]
        ordering: ClassVar = ["order", "id"]


class StopQuestion(models.Model):
    """A question asked before a report: the stop answer sends people to an emergency number instead."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="stop_questions")
    code = models.SlugField(max_length=64)
    question = models.CharField(max_length=400)
    stop_answer = models.CharField(max_length=3, default="yes", help_text="yes or no")
    message = models.TextField()
    call = models.CharField(max_length=32, blank=True, help_text="Number to call; empty = the city's emergency number")
    order = models.PositiveIntegerField(default=0)
    translations = models.JSONField(default=dict, help_text='{"es": {"question": …, "message": …}}')

    class Meta:
        db_table = "requests_stop_question"
        constraints: ClassVar = [models.UniqueConstraint(fields=["service", "code"], name="requests_stop_code")]
        ordering: ClassVar = ["order", "id"]

    def text_in(self, language: str, field: str) -> str:
        return str(self.translations.get(language, {}).get(field) or getattr(self, field))


class ServiceRequest(models.Model):
    """One report of something, as it stands now."""

    # Keys without an index of their own are led by one of the indexes below, or are never searched for.
    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="requests", db_index=False)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="requests", db_index=False)
    reference = models.CharField(max_length=64, unique=True, help_text="The number that people use; a source's own id unless it collides")
    source = models.CharField(max_length=64, blank=True, help_text="Where it was imported from; empty = reported here")
    source_id = models.CharField(max_length=64, blank=True)
    submission_key = models.CharField(max_length=64, null=True, unique=True, help_text="Two sends of one form make one request")
    link_salt = models.CharField(max_length=32, blank=True, help_text="Private links are signed with it; a new salt revokes them")

    status = models.CharField(max_length=8, default=Status.OPEN)
    state = models.CharField(max_length=24, default=State.RECEIVED)
    closing_reason = models.CharField(max_length=16, blank=True)
    evidence = models.CharField(max_length=16, blank=True)
    stated_by = models.CharField(max_length=64, blank=True, help_text="Source that stated the closing, where it came from outside")
    source_status = models.CharField(max_length=64, blank=True, help_text="The state in the source's own word")
    stated_digest = models.CharField(max_length=16, blank=True, help_text="Of the row in which the source last said something new")
    delivery = models.CharField(max_length=12, default="none")
    visibility = models.CharField(max_length=8, default="public", help_text="public, held (until held_until), private")
    held_until = models.DateTimeField(null=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="requests", db_index=False)
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="assigned_requests", db_index=False)
    priority = models.PositiveSmallIntegerField(default=Priority.NORMAL)
    duplicate_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="duplicates")

    requested_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    expected_at = models.DateTimeField(null=True, help_text="A date that the city itself gave")
    due_at = models.DateTimeField(null=True, help_text="Deadline by the routing rule, in the city's working hours")
    answered_at = models.DateTimeField(null=True, help_text="First public word of the city: an answer, a question, a closing")

    lat = models.FloatField(null=True)
    long = models.FloatField(null=True)
    place_quality = models.CharField(max_length=12, default="exact", help_text="exact, address, fallback, missing")
    address = models.CharField(max_length=240, blank=True)
    address_ref = models.CharField(max_length=64, blank=True, help_text="Id in the city's address file")
    zipcode = models.CharField(max_length=16, blank=True)
    area = models.ForeignKey(Area, on_delete=models.SET_NULL, null=True, related_name="requests", db_index=False)

    channel = models.CharField(max_length=16, default="web")
    made_by = models.CharField(max_length=8, default="resident", help_text="resident, staff, meter, unknown")
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    client = models.CharField(max_length=64, blank=True)
    agency_responsible = models.CharField(max_length=160, blank=True)

    description = models.TextField(blank=True, help_text="Erasable copy of the words of the first event")
    answers = models.JSONField(default=dict, help_text="Erasable: {attribute code: answer or list of keys}")
    reporter_name_shown = models.CharField(max_length=120, blank=True, help_text="Only where the reporter wants the name shown")
    faults = models.JSONField(default=list, help_text="Codes of faults kept from an import")
    photo_count = models.PositiveIntegerField(default=0)
    comment_count = models.PositiveIntegerField(default=0)
    supporter_count = models.PositiveIntegerField(default=0)
    veto_count = models.PositiveIntegerField(default=0, help_text='Times that somebody said "not fixed"')
    event_count = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True)

    objects = ServiceRequestQuerySet.as_manager()

    class Meta:
        db_table = "requests_request"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "source_id"], condition=~Q(source=""), name="requests_source_id"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["jurisdiction", "visibility", "-requested_at", "-id"], name="requests_newest"),
            models.Index(fields=["service", "visibility", "-requested_at", "-id"], name="requests_by_service"),
            models.Index(fields=["area", "visibility", "-requested_at", "-id"], name="requests_by_area"),
            models.Index(fields=["jurisdiction", "state", "-requested_at", "-id"], name="requests_by_state"),
            models.Index(fields=["held_until"], condition=Q(visibility="held"), name="requests_held"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        return self.status == Status.OPEN

    @property
    def is_public(self) -> bool:
        return self.visibility == "public"

    def is_overdue(self, at: datetime) -> bool:
        """Open past its deadline."""
        return self.is_open and self.due_at is not None and self.due_at < at

    @property
    def can_be_vetoed(self) -> bool:
        """Closed by the city or a source. A withdrawn report is reported anew, and a duplicate is spoken of at its parent."""
        return self.state == State.CLOSED and self.closing_reason != ClosingReason.WITHDRAWN and self.duplicate_of_id is None

    @property
    def has_place(self) -> bool:
        """A point that may be drawn: a fallback point that many requests share is none."""
        return self.lat is not None and self.long is not None and self.place_quality in {"exact", "address"}


class Event(models.Model):
    """One thing that happened, for ever. `hash` covers every column, the hash of the content, and the hash of the event before."""

    request = models.ForeignKey(ServiceRequest, on_delete=models.PROTECT, related_name="events", db_index=False)  # (request, seq) leads with it
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=32)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    channel = models.CharField(max_length=16)
    actor_kind = models.CharField(max_length=12)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    visibility = models.CharField(max_length=8, help_text="public, reporter, staff")
    facts = models.JSONField(default=dict, help_text="Codes and numbers only, never words about people")
    content_hash = models.CharField(max_length=64, blank=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "requests_event"
        constraints: ClassVar = [models.UniqueConstraint(fields=["request", "seq"], name="requests_event_seq")]
        ordering: ClassVar = ["request", "seq"]


class EventContent(models.Model):
    """The words of an event, salted and hashed into it. Erasing empties `body` and `salt`; the hash in the event stays and proves nothing more."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, primary_key=True, related_name="content")
    salt = models.CharField(max_length=32, blank=True)
    body = models.JSONField(default=dict)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "requests_event_content"


class Photo(models.Model):
    """A photo's clean copy. The file lies in the photo store under `key`; originals are not kept."""

    request = models.ForeignKey(ServiceRequest, on_delete=models.PROTECT, null=True, related_name="photos")
    event_seq = models.PositiveIntegerField(null=True)
    draft = models.ForeignKey("ReportDraft", on_delete=models.SET_NULL, null=True, related_name="photos")
    key = models.CharField(max_length=64, unique=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    added_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True, help_text="Moderated: kept, and shown to staff only")

    objects = PhotoQuerySet.as_manager()

    class Meta:
        db_table = "requests_photo"
        ordering: ClassVar = ["id"]


class Reporter(models.Model):
    """Who reported and how to reach them. Erasable as a whole; who entered a request and who reported it are kept apart."""

    request = models.OneToOneField(ServiceRequest, on_delete=models.PROTECT, primary_key=True, related_name="reporter")
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=32, blank=True)
    language = models.CharField(max_length=16, default="en")
    contact_method = models.CharField(max_length=16, default="web", help_text="How they reached us")
    response_method = models.CharField(max_length=16, blank=True, help_text="How they want to hear: email, text, phone, none")
    is_for_somebody_else = models.BooleanField(default=False)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "requests_reporter"
        indexes: ClassVar = [
            models.Index(fields=["email"], name="requests_reporter_email", condition=~Q(email="")),
            models.Index(fields=["phone"], name="requests_reporter_phone", condition=~Q(phone="")),
        ]


class Supporter(models.Model):
    """ "Me too": one device once a request. `device` is a keyed hash, not an identity."""

    request = models.ForeignKey(ServiceRequest, on_delete=models.PROTECT, related_name="supporters")
    device = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "requests_supporter"
        constraints: ClassVar = [models.UniqueConstraint(fields=["request", "device"], name="requests_supporter_once")]


class ReportDraft(models.Model):
    """A report being written: what was typed survives the back button, an error, and a night. Erased when it is sent or a week old."""

    token = models.CharField(max_length=64, primary_key=True)
    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.CASCADE, related_name="+")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, null=True, related_name="+")
    fields = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    touched_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "requests_draft"


class IntakeTrace(models.Model):
    """For a day: which device and network (keyed hashes) an anonymous contribution came from, so that pace can be limited."""

    device = models.CharField(max_length=64)
    network = models.CharField(max_length=64)
    is_new_device = models.BooleanField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "requests_intake_trace"
        indexes: ClassVar = [
            models.Index(fields=["device", "at"], name="requests_trace_device"),
            models.Index(fields=["network", "at"], name="requests_trace_network"),
        ]


class RequestCell(models.Model):
    """Public requests counted by map cell, so that a city's map costs the same at any number of requests.

    `level` is the zoom of the Web Mercator tile (x, y). `service_id` 0 and `month` 0 (YYYYMM) stand for "all".
    """

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.CASCADE, related_name="+", db_index=False)
    level = models.PositiveSmallIntegerField()
    service_key = models.BigIntegerField(default=0)
    month = models.PositiveIntegerField(default=0)
    x = models.PositiveIntegerField()
    y = models.PositiveIntegerField()
    open_count = models.IntegerField(default=0)
    closed_count = models.IntegerField(default=0)

    class Meta:
        db_table = "requests_cell"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jurisdiction", "level", "service_key", "month", "x", "y"], name="requests_cell_key"),
        ]


class ImportRun(models.Model):
    """One run of an import: what came, what it did, and the faults that it kept."""

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.CASCADE, related_name="import_runs")
    format = models.CharField(max_length=16)
    source = models.CharField(max_length=64)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    data_until = models.DateTimeField(null=True, help_text="Latest moment that the export speaks of: open requests are censored there")
    counts = models.JSONField(default=dict)
    fault_counts = models.JSONField(default=dict)

    class Meta:
        db_table = "requests_import_run"
        ordering: ClassVar = ["-started_at"]


class QuarantinedRow(models.Model):
    """A row of an import that could not be used, or that conflicts with what is known; kept as it came, to be looked at."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="quarantined")
    line = models.PositiveIntegerField()
    code = models.CharField(max_length=48)
    message = models.TextField()
    raw = models.JSONField(default=dict)

    class Meta:
        db_table = "requests_quarantined_row"
        ordering: ClassVar = ["line"]
