"""Setting up response templates. A text that names a placeholder which does not exist is refused; a template is retired, never deleted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.accounts.administrative_history import record
from evenhand.web.accounts.models import Account
from evenhand.web.conversations.models import ResponseTemplate
from evenhand.web.conversations.response_templates import faults_of
from evenhand.web.core.differences import stamp
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import Service
from evenhand.web.service_requests.workflow import ClosingReason, Move

LONGEST_NAME, LONGEST_TEXT = 120, 4000
Entry = dict[str, Any]
USES: Final = (
    "answer",
    "expected_date",
    *(str(move) for move in (Move.SCHEDULE, Move.ASK_REPORTER, Move.SEND_BACK, Move.REOPEN, Move.DECLINE_REOPEN)),
    *(f"close:{reason}" for reason in ClosingReason if reason not in {ClosingReason.NOT_STATED, ClosingReason.WITHDRAWN}),
)


class TemplateRefused(EvenhandError):
    """A template that cannot be saved; `faults` are sentences."""


class TemplateChangedMeanwhile(EvenhandError):
    """Somebody else changed it since the form was shown."""


def templates_of(city: Jurisdiction) -> Sequence[ResponseTemplate]:
    """All templates of a city: by use as the work goes, then by name."""
    rows = ResponseTemplate.objects.filter(jurisdiction=city).select_related("service")
    place = {use: number for number, use in enumerate(USES)}
    return sorted(rows, key=lambda row: (place.get(row.use, len(place)), row.name.casefold(), row.language, row.pk))


def template_entry(row: ResponseTemplate) -> Entry:
    """A template as an entry of the configuration's file."""
    return {
        "name": row.name,
        "use": row.use,
        "language": row.language,
        "service": row.service.code if row.service else None,
        "text": row.text,
        "retired": row.is_retired,
    }


@transaction.atomic
def save_template(
    city: Jurisdiction, row: ResponseTemplate | None, entry: Entry, *, seen: str = "", person: Account | None, at: datetime
) -> ResponseTemplate:
    """Make a template (`row` None) or change one. The same one twice is one.

    Raises TemplateRefused (placeholders, a name that is taken), TemplateChangedMeanwhile.
    """
    service = Service.objects.filter(jurisdiction=city, code=entry["service"]).first() if entry["service"] else None
    known = ResponseTemplate.objects.select_for_update(of=("self",)).get(jurisdiction=city, pk=row.pk) if row else None
    before = template_entry(known) if known else {}
    if before == entry:
        return known  # type: ignore[return-value]  # an entry is never empty
    if known is not None and seen != stamp(before):
        raise TemplateChangedMeanwhile("template_changed_meanwhile", f"{known.name} was changed by somebody else meanwhile.", permanent=False)
    same = ResponseTemplate.objects.filter(jurisdiction=city, name=entry["name"], use=entry["use"], language=entry["language"], service=service)
    namesake = same.exclude(pk=known.pk if known else 0).first()
    if namesake is not None and known is None and template_entry(namesake) == entry:
        return namesake
    faults = [*faults_of(entry["text"]), *(["name_taken"] if namesake else [])]
    if faults:
        raise TemplateRefused("template_refused", f"The template was not saved: {' '.join(faults)}", faults=faults)
    saved = known or ResponseTemplate(jurisdiction=city)
    saved.name, saved.use, saved.language, saved.text = entry["name"], entry["use"], entry["language"], entry["text"]
    saved.service, saved.is_retired = service, entry["retired"]
    saved.save()
    record(city, person, "template", entry["name"], before, entry, at)
    return saved
