"""Addresses of the set-up of services, answers, knowledge, held reports, and the configuration's file."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from evenhand.web.console import (
    held_views,
    setup_articles,
    setup_configuration,
    setup_service_groups,
    setup_service_questions,
    setup_services,
    setup_templates,
)

urlpatterns: Final[list[URLPattern]] = [
    path("set-up/services/", setup_services.services, name="setup_services"),
    path("set-up/services/new/", setup_services.new_service, name="setup_service_new"),
    path("set-up/services/groups/", setup_service_groups.groups, name="setup_service_groups"),
    path("set-up/services/<int:key>/", setup_services.service, name="setup_service"),
    path("set-up/services/<int:key>/do/", setup_services.act, name="setup_service_act"),
    path("set-up/services/<int:key>/question/", setup_service_questions.question, name="setup_question_new"),
    path("set-up/services/<int:key>/question/<slug:code>/", setup_service_questions.question, name="setup_question"),
    path("set-up/services/<int:key>/stop/", setup_service_questions.stop, name="setup_stop_new"),
    path("set-up/services/<int:key>/stop/<slug:code>/", setup_service_questions.stop, name="setup_stop"),
    path("set-up/answers/", setup_templates.templates, name="setup_templates"),
    path("set-up/answers/new/", setup_templates.template, name="setup_template_new"),
    path("set-up/answers/<int:key>/", setup_templates.template, name="setup_template"),
    path("set-up/knowledge/", setup_articles.articles, name="setup_articles"),
    path("set-up/knowledge/new/", setup_articles.article, name="setup_article_new"),
    path("set-up/knowledge/<int:key>/", setup_articles.article, name="setup_article"),
    path("set-up/configuration/", setup_configuration.configuration, name="setup_configuration"),
    path("set-up/configuration/file/", setup_configuration.export, name="setup_export"),
    path("set-up/held/", held_views.held, name="setup_held"),
]
