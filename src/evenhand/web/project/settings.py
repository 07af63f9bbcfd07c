"""Django's settings, made from one typed configuration. Embedded by default: SQLite in the home folder; a PostgreSQL server by DATABASE_URL."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from evenhand.web.core.languages import languages_with_catalog
from evenhand.web.project.configuration import Configuration

EVENHAND = Configuration()
WEB = Path(__file__).resolve().parent.parent

SECRET_KEY = EVENHAND.signing_key
SECRET_KEY_FALLBACKS = EVENHAND.former_keys
DEBUG = EVENHAND.debug
_PUBLIC = urlsplit(EVENHAND.public_url)
ALLOWED_HOSTS = [
    "127.0.0.1",
    "localhost",
    "[::1]",
    *([_PUBLIC.hostname] if _PUBLIC.hostname else []),
    *[h.strip() for h in EVENHAND.allowed_hosts.split(",") if h.strip()],
]
CSRF_TRUSTED_ORIGINS = [f"{_PUBLIC.scheme}://{_PUBLIC.netloc}"] if _PUBLIC.scheme == "https" else []

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "evenhand.web.core",
    "evenhand.web.accounts",
    "evenhand.web.places",
    "evenhand.web.service_requests",
    "evenhand.web.conversations",
    "evenhand.web.insights",
    "evenhand.web.portal",
    "evenhand.web.console",
    "evenhand.web.project",
]
AUTH_USER_MODEL = "accounts.Account"
LOGIN_URL = "console:sign_in"
AUTHENTICATION_BACKENDS = ["evenhand.web.accounts.sign_in_backend.AccountBackend"]
SESSION_ENGINE = "evenhand.web.accounts.session_store"
SESSION_COOKIE_NAME = "console"
SESSION_COOKIE_PATH = "/console/"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = EVENHAND.session_hours * 3600  # how long the row lives; what ends a session is accounts/sessions.py
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "evenhand.web.core.security_headers.SecurityHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "evenhand.web.portal.body_limit.BodyLimitMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",  # read only where the console asks for it: pages of the portal know nobody
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "evenhand.web.portal.cities.CityMiddleware",
    "evenhand.web.console.door.DoorMiddleware",
]
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
ROOT_URLCONF = "evenhand.web.project.urls"
WSGI_APPLICATION = "evenhand.web.project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"i18n": "evenhand.web.core.remembered_words"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "evenhand.web.portal.cities.city_context",
                "evenhand.web.console.navigation.console_context",
            ],
        },
    }
]
SILENCED_SYSTEM_CHECKS = ["templates.W003"]  # `i18n` is ours on purpose, in the place of Django's


_PREPARING = {"prepare_threshold": 0}  # what core/prepared_statements.py asks is prepared; all else is planned each time


def _database() -> dict[str, Any]:
    """The one database: SQLite with a fair write queue, or the PostgreSQL that DATABASE_URL names."""
    if not EVENHAND.database_url:
        return {"ENGINE": "evenhand.web.core.sqlite", "NAME": str(EVENHAND.home_folder / "evenhand.sqlite3"), "CONN_MAX_AGE": None}
    url = urlsplit(EVENHAND.database_url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": None,
        "OPTIONS": _PREPARING | dict(parse_qsl(url.query)),
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
LOCALE_PATHS = [WEB / "locale"]
LANGUAGES = languages_with_catalog(WEB / "locale", source="en")
FORMAT_MODULE_PATH = "evenhand.web.core.formats"
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 31_536_000
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [WEB / "static"]
STATIC_ROOT = EVENHAND.home_folder / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # `evenhand serve` collects: the content's hash is in each name, so browsers keep a file for ever and an upgrade is seen at once.
    "staticfiles": {"BACKEND": "evenhand.web.core.static_files.RememberingStaticFilesStorage"},
}
STATIC_ROOT.mkdir(exist_ok=True)
WHITENOISE_AUTOREFRESH = DEBUG
PHOTO_ROOT = EVENHAND.home_folder / "photos"

# Five photos of 20 MB and the words around them; a field of a million characters is read and answered, not cut off.
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 10
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a routing table of a thousand rules is one form

_SECURE = _PUBLIC.scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "evenhand.web.project.form_expired.form_expired"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if EVENHAND.trusted_proxies else None
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "evenhand": {"level": "INFO"},
        "django.request": {"level": "ERROR"},  # a page that is not there is a visitor's slip, no event of ours
    },
}
