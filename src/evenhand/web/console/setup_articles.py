"""The set-up of knowledge: what call takers read out beside a call."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from evenhand.web.console.door import city_of_person, person_of
from evenhand.web.console.setup_entry_words import change_rows
from evenhand.web.console.setup_frame import setup_page
from evenhand.web.console.setup_service_forms import TranslatedForm, initial_words, kept_languages
from evenhand.web.core import clock
from evenhand.web.core.differences import differences, stamp
from evenhand.web.places.models import Jurisdiction
from evenhand.web.portal.typed_text import TypedText
from evenhand.web.service_requests.article_editing import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    LONGEST_WHOSE,
    WORDS,
    ArticleChangedMeanwhile,
    Entry,
    article_entry,
    save_article,
)
from evenhand.web.service_requests.articles import articles_of, matching
from evenhand.web.service_requests.models import KnowledgeArticle, Service

PART: Final = "articles"


class ArticleForm(TranslatedForm):
    """An article: what it says, and whether it is the city's."""

    words = ("title", "text", "whose", "keywords")

    title = TypedText(label=gettext_lazy("Title"), max_length=LONGEST_TITLE, help_text=gettext_lazy("As a caller would ask it"))
    text = TypedText(label=gettext_lazy("Text"), max_length=LONGEST_TEXT, lines=6, help_text=gettext_lazy("What the call taker reads out"))
    whose = TypedText(
        label=gettext_lazy("Whose it is"), max_length=LONGEST_WHOSE, required=False, help_text=gettext_lazy("If not ours: who, and how to reach them")
    )
    keywords = TypedText(
        label=gettext_lazy("Search words"), max_length=2000, required=False, help_text=gettext_lazy("What callers call it, separated by commas")
    )
    ours = forms.ChoiceField(
        label=gettext_lazy("Is it ours?"),
        choices=[("yes", gettext_lazy("Yes, the city’s")), ("no", gettext_lazy("No, somebody else’s"))],
        widget=forms.RadioSelect,
        initial="yes",
    )
    service = forms.ChoiceField(label=gettext_lazy("Service"), required=False)

    def __init__(self, city: Jurisdiction, *, before: Entry | None = None, **kwargs: Any) -> None:
        super().__init__(city, **kwargs)
        self.before = before
        service = self.fields["service"]
        assert isinstance(service, forms.ChoiceField)
        rows = Service.objects.filter(jurisdiction=city).order_by("-is_offered", "name")
        service.choices = [("", _("All services")), *rows.values_list("code", "name")]

    @classmethod
    def initial_of(cls, entry: Entry) -> dict[str, Any]:
        return initial_words(entry, cls.words) | {"ours": "yes" if entry["ours"] else "no", "service": entry["service"] or ""}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("ours") == "no" and not given.get("whose") and "whose" not in self.errors:
            self.add_error("whose", _("If it is not ours, say whose it is: that is what the caller needs."))
        return given

    def entry(self) -> Entry:
        """The article as the form says."""
        given, before = self.cleaned_data, self.before or {}
        told = {**kept_languages(self, before), **{code: {n: t for n, t in words.items() if t} for code, words in self.translations().items()}}
        words = {name: given[name] for name in WORDS}
        kept = {"code": before.get("code", ""), "retired": before.get("retired", False)}
        return words | kept | {"service": given["service"] or None, "ours": given["ours"] == "yes", "translations": dict(sorted(told.items()))}


def articles(request: HttpRequest) -> HttpResponse:
    """All articles, or those that a search finds as a call taker would."""
    city = city_of_person(request)
    typed = request.GET.get("q", "").strip()[:200]
    shows_retired = request.GET.get("retired") == "1"
    rows = articles_of(city, with_retired=True)
    shown = [row for row in rows if shows_retired or not row.is_retired]
    found = matching(shown, typed, get_language() or "en") if typed else shown
    context = {"articles": found, "q": typed, "shows_retired": shows_retired, "retired_count": sum(row.is_retired for row in rows)}
    return setup_page(request, "console/setup/articles.html", context, part=PART)


@require_http_methods(["GET", "HEAD", "POST"])
def article(request: HttpRequest, key: int = 0) -> HttpResponse:
    """One article; without a key a new one."""
    city = city_of_person(request)
    row = _row_or_404(city, key) if key else None
    before = article_entry(row) if row else None
    initial = ArticleForm.initial_of(before) if before else {}
    do = request.POST.get("do", "")
    if request.method != "POST":
        return _page(request, row, ArticleForm(city, before=before, initial=initial))
    if before is not None and do in {"retire", "restore"}:
        return _saved(request, row, ArticleForm(city, before=before, initial=initial), before | {"retired": do == "retire"})
    form = ArticleForm(city, before=before, data=request.POST)
    if not form.is_valid() or do == "preview":
        return _page(request, row, form)
    return _saved(request, row, form, form.entry())


def _saved(request: HttpRequest, row: KnowledgeArticle | None, form: ArticleForm, entry: Entry) -> HttpResponse:
    try:
        save_article(city_of_person(request), row, entry, seen=request.POST.get("seen", "")[:40], person=person_of(request), at=clock.real_now())
    except ArticleChangedMeanwhile:
        now = article_entry(_row_or_404(city_of_person(request), row.pk if row else 0))
        return _page(request, row, form, meanwhile=change_rows(differences(now, entry)), seen=stamp(now))
    messages.success(request, _("Saved."))
    return redirect("console:setup_articles")


def _page(request: HttpRequest, row: KnowledgeArticle | None, form: ArticleForm, **context: Any) -> HttpResponse:
    before = article_entry(row) if row else {}
    seen = request.POST.get("seen", "")[:40] if request.method == "POST" else stamp(before)
    shown = {"article": row, "form": form, "seen": seen, "previews": _previews(form, before)}
    return setup_page(request, "console/setup/article.html", shown | context, part=PART)


def _previews(form: ArticleForm, before: Entry) -> list[dict[str, Any]]:
    """The article as a call taker reads it, in each language."""
    entry = form.entry() if form.is_bound and form.is_valid() else before
    if not entry:
        return []
    languages = sorted(settings.LANGUAGES, key=lambda pair: pair[0] != form.city.language)
    told = entry["translations"]
    return [
        {
            "code": code,
            "name": name,
            "ours": entry["ours"],
            **{field: told.get(code, {}).get(field) or entry[field] for field in ("title", "text", "whose")},
        }
        for code, name in languages
    ]


def _row_or_404(city: Jurisdiction, key: int) -> KnowledgeArticle:
    found = articles_of(city, with_retired=True).filter(pk=key).first() if key < 2**63 else None
    if found is None:
        raise Http404
    return found
