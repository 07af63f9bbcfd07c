import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [("conversations", "0001_initial"), ("conversations", "0002_sent_form"), ("conversations", "0003_console")]

    initial = True

    dependencies = [
        ("accounts", "0002_console"),
        ("places", "0001_initial"),
        ("service_requests", "0003_console"),
    ]

    operations = [
        migrations.CreateModel(
            name="Follower",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "request",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="followers", to="service_requests.servicerequest"),
                ),
                ("channel", models.CharField(default="email", max_length=16)),
                ("recipient", models.CharField(help_text="E-mail address or number; empty once erased", max_length=254)),
                ("language", models.CharField(default="en", max_length=16)),
                ("is_reporter", models.BooleanField(default=False)),
                ("link_salt", models.CharField(help_text="Confirm and stop links are signed with it", max_length=32)),
                ("created_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("stopped_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "conversations_follower",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("recipient", ""), _negated=True),
                        fields=("request", "channel", "recipient"),
                        name="conversations_follower_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OutboxMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.CharField(default="email", max_length=16)),
                ("kind", models.CharField(help_text="Template: request_received, follow_confirm, ...", max_length=48)),
                ("recipient", models.CharField(help_text="Emptied when sent long ago, or erased", max_length=254)),
                ("language", models.CharField(default="en", max_length=16)),
                ("subject", models.CharField(blank=True, max_length=255)),
                ("text", models.TextField()),
                ("headers", models.JSONField(default=dict)),
                (
                    "request",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="messages", to="service_requests.servicerequest"
                    ),
                ),
                (
                    "message_id",
                    models.CharField(help_text="Stable over retries, so that a double sending is seen as one", max_length=160, unique=True),
                ),
                ("created_at", models.DateTimeField()),
                ("next_attempt_at", models.DateTimeField()),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("leased_until", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("failed_at", models.DateTimeField(help_text="Given up: refused for good, or too many attempts", null=True)),
                ("last_error", models.TextField(blank=True)),
            ],
            options={
                "db_table": "conversations_outbox",
                "indexes": [
                    models.Index(
                        condition=models.Q(("failed_at", None), ("sent_at", None)), fields=["next_attempt_at"], name="conversations_outbox_due"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SentForm",
            fields=[
                (
                    "key",
                    models.CharField(
                        help_text="Hash of the form's one-time key and of what was typed into it", max_length=64, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField(db_index=True, help_text="Real time")),
            ],
            options={
                "db_table": "conversations_sent_form",
            },
        ),
        migrations.CreateModel(
            name="ReporterQuestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "request",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="questions", to="service_requests.servicerequest"),
                ),
                ("event_seq", models.PositiveIntegerField(help_text="The event that asked")),
                ("link_salt", models.CharField(help_text="The answering link is signed with it", max_length=32)),
                ("asked_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("answer_seq", models.PositiveIntegerField(null=True)),
            ],
            options={
                "db_table": "conversations_reporter_question",
                "constraints": [models.UniqueConstraint(fields=("request", "event_seq"), name="conversations_question_once")],
            },
        ),
        migrations.CreateModel(
            name="ContractorLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="contractor_links", to="service_requests.servicerequest"
                    ),
                ),
                ("name", models.CharField(max_length=160)),
                ("recipient", models.EmailField(blank=True, help_text="Gets the link by mail; empty = handed over otherwise", max_length=254)),
                ("language", models.CharField(default="en", max_length=16)),
                ("words", models.TextField(blank=True, help_text="What is needed")),
                ("link_salt", models.CharField(max_length=32)),
                ("created_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "conversations_contractor_link",
            },
        ),
        migrations.CreateModel(
            name="ResponseTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "jurisdiction",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="response_templates", to="places.jurisdiction"),
                ),
                (
                    "service",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="service_requests.service"),
                ),
                ("use", models.CharField(help_text="answer, or a move of the transition table, or close:REASON", max_length=32)),
                ("language", models.CharField(default="en", max_length=16)),
                ("name", models.CharField(max_length=120)),
                ("text", models.TextField()),
                ("is_retired", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "conversations_response_template",
                "ordering": ["name"],
            },
        ),
    ]
