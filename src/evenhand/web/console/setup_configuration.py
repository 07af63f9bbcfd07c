"""The configuration as one file: taken out, and brought in after a look at what it would change."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from evenhand.web.console.door import city_of_person, person_of
from evenhand.web.console.setup_entry_words import change_rows
from evenhand.web.console.setup_frame import setup_page
from evenhand.web.core import clock
from evenhand.web.core.json_files import JsonUnreadable, read_json
from evenhand.web.journeys.compare_configurations import Difference
from evenhand.web.journeys.export_configuration import SECTIONS, as_text, configuration_of
from evenhand.web.journeys.import_configuration import (
    ConfigurationChangedMeanwhile,
    ConfigurationInvalid,
    Plan,
    import_configuration,
    plan_import,
)

PART: Final = "configuration"
MOST_BYTES: Final = 4_000_000
MOST_SHOWN: Final = 200
SECTION_WORDS: Final = {
    "groups": gettext_lazy("Groups"),
    "services": gettext_lazy("Services"),
    "teams": gettext_lazy("Teams"),
    "working_hours": gettext_lazy("Working hours"),
    "routing": gettext_lazy("Routing"),
    "holidays": gettext_lazy("Holidays"),
    "templates": gettext_lazy("Answers"),
    "articles": gettext_lazy("Knowledge"),
}
_KINDS: Final = {
    "added": gettext_lazy("added"),
    "changed": gettext_lazy("changed"),
    "retired": gettext_lazy("retired"),
    "removed": gettext_lazy("removed"),
}


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The file itself."""
    city = city_of_person(request)
    answer = HttpResponse(as_text(configuration_of(city)), content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{city.slug}-configuration.json"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def configuration(request: HttpRequest) -> HttpResponse:
    """Export and import; a file that was chosen is looked at first, and made so only when somebody says so."""
    if request.method != "POST":
        return _page(request)
    if request.POST.get("do") == "apply":
        return _apply(request)
    try:
        document = _uploaded(request.FILES.get("file"))
    except JsonUnreadable as error:
        return _page(request, faults=[error.message])
    return _planned(request, document)


def _planned(request: HttpRequest, document: Any, *, is_stale: bool = False) -> HttpResponse:
    plan = plan_import(city_of_person(request), document)
    if plan.faults:
        return _page(request, faults=plan.faults)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    shown: dict[str, Any] = {"plan": plan, "sections": _sections(plan), "unknown": plan.unknown[:MOST_SHOWN], "text": text, "is_stale": is_stale}
    return _page(request, **shown)


def _apply(request: HttpRequest) -> HttpResponse:
    city = city_of_person(request)
    try:
        document = json.loads(request.POST.get("text", ""))
        made = import_configuration(city, document, person=person_of(request), at=clock.real_now(), seen=request.POST.get("seen", "")[:40])
    except (ValueError, RecursionError) as error:
        return _page(request, faults=[_("This is no JSON: %(reason)s") % {"reason": error}])
    except ConfigurationInvalid as error:
        faults: Any = error.facts["faults"]
        return _page(request, faults=faults)
    except ConfigurationChangedMeanwhile:
        return _planned(request, document, is_stale=True)
    if made:
        words = ngettext("%(count)d change was made.", "%(count)d changes were made.", len(made)) % {"count": len(made)}
        messages.success(request, words)
    else:
        messages.info(request, _("Nothing was changed: everything in the file stands here already."))
    return redirect("console:setup_configuration")


def _uploaded(file: UploadedFile[Any] | None) -> Any:
    """The document of a file that was sent. Raises JsonUnreadable."""
    if file is None:
        raise JsonUnreadable(_("Please choose a file."))
    if (file.size or 0) > MOST_BYTES:
        raise JsonUnreadable(_("The file is larger than 4 MB, which no configuration is."))
    with tempfile.NamedTemporaryFile() as copy:
        for piece in file.chunks():
            copy.write(piece)
        copy.flush()
        return read_json(Path(copy.name))


def _sections(plan: Plan) -> list[dict[str, Any]]:
    """Differences by section, for the page."""
    by_section = {section: [one for one in plan.differences if one.section == section] for section in SECTIONS}
    return [
        {
            "name": SECTION_WORDS[section],
            "count": len(found),
            "rows": [_row(one) for one in found[:MOST_SHOWN]],
            "more": max(0, len(found) - MOST_SHOWN),
        }
        for section, found in by_section.items()
        if found
    ]


def _row(one: Difference) -> dict[str, Any]:
    return {"subject": one.subject or SECTION_WORDS[one.section], "kind": one.kind, "kind_words": _KINDS[one.kind], "fields": change_rows(one.fields)}


def _page(request: HttpRequest, *, faults: Sequence[str] = (), **context: Any) -> HttpResponse:
    shown = {"faults": faults[:MOST_SHOWN], "more_faults": max(0, len(faults) - MOST_SHOWN)}
    return setup_page(request, "console/setup/configuration.html", shown | context, part=PART)
