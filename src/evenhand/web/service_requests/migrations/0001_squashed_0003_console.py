import django.db.models.deletion
import evenhand.web.service_requests.workflow
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [("service_requests", "0001_initial"), ("service_requests", "0002_stated_digest"), ("service_requests", "0003_console")]

    initial = True

    dependencies = [
        ("accounts", "0002_console"),
        ("places", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="RoutingVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "jurisdiction",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="routing_versions", to="places.jurisdiction"),
                ),
                ("number", models.PositiveIntegerField()),
                ("working_hours", models.JSONField(default=dict, help_text='City time by ISO weekday: {"1": [["08:00", "16:30"]], …}')),
                ("note", models.CharField(blank=True, help_text="Why it was changed", max_length=240)),
                ("made_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "db_table": "requests_routing_version",
                "ordering": ["-number"],
                "constraints": [models.UniqueConstraint(fields=("jurisdiction", "number"), name="requests_routing_number")],
            },
        ),
        migrations.CreateModel(
            name="ServiceGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "jurisdiction",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="service_groups", to="places.jurisdiction"),
                ),
                ("code", models.SlugField(max_length=80)),
                ("name", models.CharField(max_length=120)),
                ("translations", models.JSONField(default=dict, help_text='{"es": "Calles"}')),
                ("order", models.PositiveIntegerField(default=0)),
            ],
            options={
                "db_table": "requests_service_group",
                "ordering": ["order", "name"],
                "constraints": [models.UniqueConstraint(fields=("jurisdiction", "code"), name="requests_group_code")],
            },
        ),
        migrations.CreateModel(
            name="Service",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jurisdiction", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="services", to="places.jurisdiction")),
                (
                    "group",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="services", to="service_requests.servicegroup"),
                ),
                ("code", models.CharField(max_length=120)),
                ("name", models.CharField(max_length=160)),
                ("description", models.TextField(blank=True)),
                ("keywords", models.TextField(blank=True, help_text="Comma separated, also found by the search box")),
                ("notice", models.TextField(blank=True, help_text="Shown before reporting")),
                ("kind", models.CharField(default="realtime", help_text="Open311 type: realtime, batch, blackbox", max_length=16)),
                ("is_private", models.BooleanField(default=False, help_text="Its requests have no public page, point, feed or row (outages)")),
                ("is_offered", models.BooleanField(default=True, help_text="False: known from history only, or retired; no new reports")),
                ("order", models.PositiveIntegerField(default=0)),
                ("translations", models.JSONField(default=dict)),
                (
                    "areas",
                    models.ManyToManyField(blank=True, help_text="Where it is offered; none = everywhere", related_name="services", to="places.area"),
                ),
            ],
            options={
                "db_table": "requests_service",
                "ordering": ["group__order", "order", "name"],
                "constraints": [models.UniqueConstraint(fields=("jurisdiction", "code"), name="requests_service_code")],
            },
        ),
        migrations.CreateModel(
            name="RoutingRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "version",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="rules", to="service_requests.routingversion"),
                ),
                (
                    "service",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="service_requests.service"),
                ),
                ("area", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.area")),
                ("team", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="routing_rules", to="accounts.team")),
                ("work_hours", models.PositiveIntegerField(help_text="Hours of working time until due; null = no deadline", null=True)),
                ("priority", models.PositiveSmallIntegerField(default=1)),
            ],
            options={
                "db_table": "requests_routing_rule",
                "constraints": [
                    models.UniqueConstraint(fields=("version", "service", "area"), name="requests_routing_rule_once"),
                    models.UniqueConstraint(condition=models.Q(("area", None)), fields=("version", "service"), name="requests_routing_service_once"),
                    models.UniqueConstraint(condition=models.Q(("service", None)), fields=("version", "area"), name="requests_routing_area_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("area", None), ("service", None)), fields=("version",), name="requests_routing_rest_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Holiday",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jurisdiction", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="holidays", to="places.jurisdiction")),
                ("date", models.DateField(help_text="In the city's zone")),
                ("name", models.CharField(max_length=120)),
            ],
            options={
                "db_table": "requests_holiday",
                "ordering": ["date"],
                "constraints": [models.UniqueConstraint(fields=("jurisdiction", "date"), name="requests_holiday_once")],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "jurisdiction",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="saved_views", to="places.jurisdiction"),
                ),
                ("account", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="saved_views", to=settings.AUTH_USER_MODEL)),
                ("name", models.CharField(max_length=80)),
                ("query", models.CharField(help_text="The queue's own query string", max_length=1000)),
                ("is_shared", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "requests_saved_view",
                "ordering": ["name"],
                "constraints": [models.UniqueConstraint(fields=("jurisdiction", "account", "name"), name="requests_saved_view_name")],
            },
        ),
        migrations.CreateModel(
            name="KnowledgeArticle",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jurisdiction", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="articles", to="places.jurisdiction")),
                (
                    "service",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="articles", to="service_requests.service"),
                ),
                ("code", models.SlugField(max_length=80)),
                ("title", models.CharField(max_length=160)),
                ("text", models.TextField()),
                ("keywords", models.TextField(blank=True, help_text="Comma separated, also found by the search box")),
                ("is_ours", models.BooleanField(default=True)),
                ("whose", models.CharField(blank=True, help_text="Where it is not ours: whose it is, and how to reach them", max_length=160)),
                ("translations", models.JSONField(default=dict, help_text='{"es": {"title": …, "text": …, "whose": …}}')),
                ("is_retired", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "requests_knowledge_article",
                "ordering": ["title"],
                "constraints": [models.UniqueConstraint(fields=("jurisdiction", "code"), name="requests_article_code")],
            },
        ),
        migrations.CreateModel(
            name="InformationRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "jurisdiction",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="information_requests", to="places.jurisdiction"),
                ),
                (
                    "service",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="service_requests.service"),
                ),
                (
                    "article",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="service_requests.knowledgearticle"
                    ),
                ),
                ("topic", models.CharField(blank=True, help_text="In a few words, where no article fits; nothing about the caller", max_length=160)),
                ("channel", models.CharField(default="phone", max_length=16)),
                ("entered_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("submission_key", models.CharField(max_length=64, unique=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "requests_information_request",
                "indexes": [models.Index(fields=["jurisdiction", "-at"], name="requests_information_newest")],
            },
        ),
        migrations.CreateModel(
            name="ServiceAttribute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("service", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="attributes", to="service_requests.service")),
                ("code", models.SlugField(max_length=64)),
                ("datatype", models.CharField(max_length=24)),
                ("is_variable", models.BooleanField(default=True, help_text="False: only text to show, nothing to answer")),
                ("is_required", models.BooleanField(default=False)),
                ("is_retired", models.BooleanField(default=False, help_text="No longer asked; answers of old requests keep its words")),
                ("question", models.CharField(max_length=400)),
                ("hint", models.CharField(blank=True, max_length=400)),
                ("order", models.PositiveIntegerField(default=1)),
                ("values", models.JSONField(default=list, help_text='[{"key": "...", "name": "..."}]')),
                ("translations", models.JSONField(default=dict, help_text='{"es": {"question": …, "hint": …, "values": {key: name}}}')),
            ],
            options={
                "db_table": "requests_service_attribute",
                "ordering": ["order", "id"],
                "constraints": [models.UniqueConstraint(fields=("service", "code"), name="requests_attribute_code")],
            },
        ),
        migrations.CreateModel(
            name="StopQuestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "service",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="stop_questions", to="service_requests.service"),
                ),
                ("code", models.SlugField(max_length=64)),
                ("question", models.CharField(max_length=400)),
                ("stop_answer", models.CharField(default="yes", help_text="yes or no", max_length=3)),
                ("message", models.TextField()),
                ("call", models.CharField(blank=True, help_text="Number to call; empty = the city's emergency number", max_length=32)),
                ("order", models.PositiveIntegerField(default=0)),
                ("translations", models.JSONField(default=dict, help_text='{"es": {"question": …, "message": …}}')),
            ],
            options={
                "db_table": "requests_stop_question",
                "ordering": ["order", "id"],
                "constraints": [models.UniqueConstraint(fields=("service", "code"), name="requests_stop_code")],
            },
        ),
        migrations.CreateModel(
            name="ServiceRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "jurisdiction",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="requests", to="places.jurisdiction"),
                ),
                (
                    "service",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="requests", to="service_requests.service"
                    ),
                ),
                (
                    "reference",
                    models.CharField(help_text="The number that people use; a source's own id unless it collides", max_length=64, unique=True),
                ),
                ("source", models.CharField(blank=True, help_text="Where it was imported from; empty = reported here", max_length=64)),
                ("source_id", models.CharField(blank=True, max_length=64)),
                ("submission_key", models.CharField(help_text="Two sends of one form make one request", max_length=64, null=True, unique=True)),
                ("link_salt", models.CharField(blank=True, help_text="Private links are signed with it; a new salt revokes them", max_length=32)),
                ("status", models.CharField(default=evenhand.web.service_requests.workflow.Status["OPEN"], max_length=8)),
                ("state", models.CharField(default=evenhand.web.service_requests.workflow.State["RECEIVED"], max_length=24)),
                ("closing_reason", models.CharField(blank=True, max_length=16)),
                ("evidence", models.CharField(blank=True, max_length=16)),
                ("stated_by", models.CharField(blank=True, help_text="Source that stated the closing, where it came from outside", max_length=64)),
                ("source_status", models.CharField(blank=True, help_text="The state in the source's own word", max_length=64)),
                ("stated_digest", models.CharField(blank=True, help_text="Of the row in which the source last said something new", max_length=16)),
                ("delivery", models.CharField(default="none", max_length=12)),
                ("visibility", models.CharField(default="public", help_text="public, held (until held_until), private", max_length=8)),
                ("held_until", models.DateTimeField(null=True)),
                (
                    "team",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="requests", to="accounts.team"
                    ),
                ),
                (
                    "assignee",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assigned_requests",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("priority", models.PositiveSmallIntegerField(default=evenhand.web.service_requests.workflow.Priority["NORMAL"])),
                (
                    "duplicate_of",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="duplicates", to="service_requests.servicerequest"
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("expected_at", models.DateTimeField(help_text="A date that the city itself gave", null=True)),
                ("due_at", models.DateTimeField(help_text="Deadline by the routing rule, in the city's working hours", null=True)),
                ("answered_at", models.DateTimeField(help_text="First public word of the city: an answer, a question, a closing", null=True)),
                ("lat", models.FloatField(null=True)),
                ("long", models.FloatField(null=True)),
                ("place_quality", models.CharField(default="exact", help_text="exact, address, fallback, missing", max_length=12)),
                ("address", models.CharField(blank=True, max_length=240)),
                ("address_ref", models.CharField(blank=True, help_text="Id in the city's address file", max_length=64)),
                ("zipcode", models.CharField(blank=True, max_length=16)),
                (
                    "area",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="requests", to="places.area"
                    ),
                ),
                ("channel", models.CharField(default="web", max_length=16)),
                ("made_by", models.CharField(default="resident", help_text="resident, staff, meter, unknown", max_length=8)),
                (
                    "entered_by",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("client", models.CharField(blank=True, max_length=64)),
                ("agency_responsible", models.CharField(blank=True, max_length=160)),
                ("description", models.TextField(blank=True, help_text="Erasable copy of the words of the first event")),
                ("answers", models.JSONField(default=dict, help_text="Erasable: {attribute code: answer or list of keys}")),
                ("reporter_name_shown", models.CharField(blank=True, help_text="Only where the reporter wants the name shown", max_length=120)),
                ("faults", models.JSONField(default=list, help_text="Codes of faults kept from an import")),
                ("photo_count", models.PositiveIntegerField(default=0)),
                ("comment_count", models.PositiveIntegerField(default=0)),
                ("supporter_count", models.PositiveIntegerField(default=0)),
                ("veto_count", models.PositiveIntegerField(default=0, help_text='Times that somebody said "not fixed"')),
                ("event_count", models.PositiveIntegerField(default=0)),
                ("head_hash", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "db_table": "requests_request",
                "indexes": [
                    models.Index(fields=["jurisdiction", "visibility", "-requested_at", "-id"], name="requests_newest"),
                    models.Index(fields=["service", "visibility", "-requested_at", "-id"], name="requests_by_service"),
                    models.Index(fields=["area", "visibility", "-requested_at", "-id"], name="requests_by_area"),
                    models.Index(fields=["jurisdiction", "state", "-requested_at", "-id"], name="requests_by_state"),
                    models.Index(condition=models.Q(("visibility", "held")), fields=["held_until"], name="requests_held"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("source", ""), _negated=True), fields=("source", "source_id"), name="requests_source_id"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "request",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="events", to="service_requests.servicerequest"
                    ),
                ),
                ("seq", models.PositiveIntegerField()),
                ("kind", models.CharField(max_length=32)),
                ("at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("channel", models.CharField(max_length=16)),
                ("actor_kind", models.CharField(max_length=12)),
                (
                    "actor",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("visibility", models.CharField(help_text="public, reporter, staff", max_length=8)),
                ("facts", models.JSONField(default=dict, help_text="Codes and numbers only, never words about people")),
                ("content_hash", models.CharField(blank=True, max_length=64)),
                ("previous_hash", models.CharField(blank=True, max_length=64)),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "db_table": "requests_event",
                "ordering": ["request", "seq"],
                "constraints": [models.UniqueConstraint(fields=("request", "seq"), name="requests_event_seq")],
            },
        ),
        migrations.CreateModel(
            name="EventContent",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="content",
                        serialize=False,
                        to="service_requests.event",
                    ),
                ),
                ("salt", models.CharField(blank=True, max_length=32)),
                ("body", models.JSONField(default=dict)),
                ("erased_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "requests_event_content",
            },
        ),
        migrations.CreateModel(
            name="ReportDraft",
            fields=[
                ("token", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("jurisdiction", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="places.jurisdiction")),
                (
                    "service",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="service_requests.service"),
                ),
                ("fields", models.JSONField(default=dict)),
                ("started_at", models.DateTimeField()),
                ("touched_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "db_table": "requests_draft",
            },
        ),
        migrations.CreateModel(
            name="Photo",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "request",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="photos", to="service_requests.servicerequest"
                    ),
                ),
                ("event_seq", models.PositiveIntegerField(null=True)),
                (
                    "draft",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="photos", to="service_requests.reportdraft"
                    ),
                ),
                ("key", models.CharField(max_length=64, unique=True)),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("added_at", models.DateTimeField()),
                ("erased_at", models.DateTimeField(null=True)),
                ("hidden_at", models.DateTimeField(help_text="Moderated: kept, and shown to staff only", null=True)),
            ],
            options={
                "db_table": "requests_photo",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Reporter",
            fields=[
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="reporter",
                        serialize=False,
                        to="service_requests.servicerequest",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=120)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("phone", models.CharField(blank=True, max_length=32)),
                ("language", models.CharField(default="en", max_length=16)),
                ("contact_method", models.CharField(default="web", help_text="How they reached us", max_length=16)),
                ("response_method", models.CharField(blank=True, help_text="How they want to hear: email, text, phone, none", max_length=16)),
                ("is_for_somebody_else", models.BooleanField(default=False)),
                ("erased_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "requests_reporter",
                "indexes": [
                    models.Index(condition=models.Q(("email", ""), _negated=True), fields=["email"], name="requests_reporter_email"),
                    models.Index(condition=models.Q(("phone", ""), _negated=True), fields=["phone"], name="requests_reporter_phone"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Supporter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "request",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="supporters", to="service_requests.servicerequest"),
                ),
                ("device", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "requests_supporter",
                "constraints": [models.UniqueConstraint(fields=("request", "device"), name="requests_supporter_once")],
            },
        ),
        migrations.CreateModel(
            name="IntakeTrace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("device", models.CharField(max_length=64)),
                ("network", models.CharField(max_length=64)),
                ("is_new_device", models.BooleanField()),
                ("at", models.DateTimeField(db_index=True)),
            ],
            options={
                "db_table": "requests_intake_trace",
                "indexes": [
                    models.Index(fields=["device", "at"], name="requests_trace_device"),
                    models.Index(fields=["network", "at"], name="requests_trace_network"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RequestCell",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "jurisdiction",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="places.jurisdiction"),
                ),
                ("level", models.PositiveSmallIntegerField()),
                ("service_key", models.BigIntegerField(default=0)),
                ("month", models.PositiveIntegerField(default=0)),
                ("x", models.PositiveIntegerField()),
                ("y", models.PositiveIntegerField()),
                ("open_count", models.IntegerField(default=0)),
                ("closed_count", models.IntegerField(default=0)),
            ],
            options={
                "db_table": "requests_cell",
                "constraints": [
                    models.UniqueConstraint(fields=("jurisdiction", "level", "service_key", "month", "x", "y"), name="requests_cell_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "jurisdiction",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="import_runs", to="places.jurisdiction"),
                ),
                ("format", models.CharField(max_length=16)),
                ("source", models.CharField(max_length=64)),
                ("file_name", models.CharField(max_length=255)),
                ("sha256", models.CharField(max_length=64)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "data_until",
                    models.DateTimeField(help_text="Latest moment that the export speaks of: open requests are censored there", null=True),
                ),
                ("counts", models.JSONField(default=dict)),
                ("fault_counts", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "requests_import_run",
                "ordering": ["-started_at"],
            },
        ),
        migrations.CreateModel(
            name="QuarantinedRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("run", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="quarantined", to="service_requests.importrun")),
                ("line", models.PositiveIntegerField()),
                ("code", models.CharField(max_length=48)),
                ("message", models.TextField()),
                ("raw", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "requests_quarantined_row",
                "ordering": ["line"],
            },
        ),
    ]
