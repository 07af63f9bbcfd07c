import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [("accounts", "0001_initial"), ("accounts", "0002_console")]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("places", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False, help_text="Designates whether the user can log into this admin site.", verbose_name="staff status"
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                ("role", models.CharField(blank=True, max_length=16)),
                ("language", models.CharField(blank=True, help_text="Of the console; empty = as the browser asks", max_length=16)),
                ("theme", models.CharField(default="auto", help_text="auto, light, dark", max_length=8)),
                ("must_change_password", models.BooleanField(default=False)),
                ("totp_secret", models.CharField(blank=True, help_text="Base32; counts once `totp_confirmed_at` is set", max_length=64)),
                ("totp_confirmed_at", models.DateTimeField(null=True)),
                ("totp_last_step", models.BigIntegerField(default=0, help_text="Last time step that was accepted: a code works once")),
                ("recovery_codes", models.JSONField(default=list, help_text="Hashes of unused one-time codes")),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
                ("cities", models.ManyToManyField(blank=True, related_name="staff", to="places.jurisdiction")),
            ],
            options={
                "db_table": "accounts_account",
            },
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="Team",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jurisdiction", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="teams", to="places.jurisdiction")),
                ("code", models.SlugField(max_length=64)),
                ("name", models.CharField(max_length=120)),
                ("email", models.EmailField(blank=True, help_text="Gets the daily digest; empty = nobody", max_length=254)),
                ("is_confined", models.BooleanField(default=False, help_text="Its members see only requests of their own teams")),
                ("is_retired", models.BooleanField(default=False)),
                ("members", models.ManyToManyField(blank=True, related_name="teams", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "db_table": "accounts_team",
                "ordering": ["name"],
                "constraints": [models.UniqueConstraint(fields=("jurisdiction", "code"), name="accounts_team_code")],
            },
        ),
        migrations.CreateModel(
            name="SignInAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name_hash", models.CharField(max_length=64)),
                ("network_hash", models.CharField(max_length=64)),
                ("has_succeeded", models.BooleanField()),
                ("at", models.DateTimeField(db_index=True)),
            ],
            options={
                "db_table": "accounts_sign_in_attempt",
                "indexes": [
                    models.Index(fields=["name_hash", "at"], name="accounts_attempt_name"),
                    models.Index(fields=["network_hash", "at"], name="accounts_attempt_network"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PersonalDataRead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("jurisdiction", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.jurisdiction")),
                ("reference", models.CharField(db_index=True, max_length=64)),
                ("purpose", models.CharField(help_text="request_page, caller_history, export, …", max_length=32)),
                ("at", models.DateTimeField(db_index=True)),
            ],
            options={
                "db_table": "accounts_personal_data_read",
            },
        ),
        migrations.CreateModel(
            name="AdministrativeChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "jurisdiction",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.jurisdiction"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        help_text="Null: by command line",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("kind", models.CharField(help_text="service, team, account, template, holiday, routing, …", max_length=32)),
                ("subject", models.CharField(help_text="Code or name of what was changed", max_length=160)),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                ("at", models.DateTimeField(db_index=True)),
            ],
            options={
                "db_table": "accounts_administrative_change",
                "indexes": [models.Index(fields=["jurisdiction", "kind", "-at"], name="accounts_change_kind")],
            },
        ),
    ]
