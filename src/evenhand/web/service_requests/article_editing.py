"""Setting up knowledge articles. An article is retired, not deleted: calls that were answered by it are counted under it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.accounts.administrative_history import record
from evenhand.web.accounts.models import Account
from evenhand.web.core.differences import differences, flat, stamp
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import KnowledgeArticle, Service

LONGEST_TITLE, LONGEST_WHOSE, LONGEST_TEXT = 160, 160, 8000
WORDS = ("title", "text", "whose", "keywords")
Entry = dict[str, Any]


class ArticleChangedMeanwhile(EvenhandError):
    """Somebody else changed it since the form was shown."""


def article_entry(row: KnowledgeArticle) -> Entry:
    """An article as an entry of the configuration's file."""
    told = {language: {name: words[name] for name in WORDS if words.get(name)} for language, words in sorted(row.translations.items())}
    return {
        "code": row.code,
        "title": row.title,
        "text": row.text,
        "keywords": row.keywords,
        "service": row.service.code if row.service else None,
        "ours": row.is_ours,
        "whose": row.whose,
        "retired": row.is_retired,
        "translations": {language: words for language, words in told.items() if words},
    }


@transaction.atomic
def save_article(
    city: Jurisdiction, row: KnowledgeArticle | None, entry: Entry, *, seen: str = "", person: Account | None, at: datetime
) -> KnowledgeArticle:
    """Make an article (`row` None; its code is made of the title unless given) or change one. The same one twice is one.

    Raises ArticleChangedMeanwhile.
    """
    known = KnowledgeArticle.objects.select_for_update(of=("self",)).get(jurisdiction=city, pk=row.pk) if row else None
    if known is None and (twin := _twin(city, entry)) is not None:
        return twin
    before = article_entry(known) if known else {}
    if before == entry:
        return known  # type: ignore[return-value]  # an entry is never empty
    if known is not None and seen != stamp(before):
        raise ArticleChangedMeanwhile("article_changed_meanwhile", f"{known.title} was changed by somebody else meanwhile.", permanent=False)
    saved = known or KnowledgeArticle(jurisdiction=city, code=entry["code"] or _free_code(city, entry["title"]))
    saved.title, saved.text, saved.keywords, saved.whose = entry["title"], entry["text"], entry["keywords"], entry["whose"]
    saved.is_ours, saved.is_retired, saved.translations = entry["ours"], entry["retired"], entry["translations"]
    saved.service = Service.objects.filter(jurisdiction=city, code=entry["service"]).first() if entry["service"] else None
    saved.save()
    after = article_entry(saved)
    changed = differences(before, after)
    was = {"code": saved.code} | {one.path: one.before for one in changed if one.before is not None} if known else {}
    record(city, person, "article", saved.title, was, {"code": saved.code} | {one.path: one.after for one in changed if one.after is not None}, at)
    return saved


def _twin(city: Jurisdiction, entry: Entry) -> KnowledgeArticle | None:
    """The same article, made by the same form a moment ago."""
    rows = KnowledgeArticle.objects.filter(jurisdiction=city, title=entry["title"]).select_related("service")
    return next((row for row in rows if flat(article_entry(row) | {"code": ""}) == flat(entry | {"code": ""})), None)


def _free_code(city: Jurisdiction, title: str) -> str:
    taken = set(KnowledgeArticle.objects.filter(jurisdiction=city).values_list("code", flat=True))
    base = slugify(title)[:72].strip("-") or "article"
    return next(code for number in range(1, len(taken) + 2) if (code := base if number == 1 else f"{base}-{number}") not in taken)
