"""The set-up of response templates: words that staff start from, tried on a real request before they are saved."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from evenhand.web.console.door import city_of_person, person_of
from evenhand.web.console.setup_entry_words import change_rows
from evenhand.web.console.setup_frame import setup_page
from evenhand.web.conversations.models import ResponseTemplate
from evenhand.web.conversations.response_templates import faults_of, filled, placeholders
from evenhand.web.conversations.template_editing import (
    LONGEST_NAME,
    LONGEST_TEXT,
    USES,
    Entry,
    TemplateChangedMeanwhile,
    TemplateRefused,
    save_template,
    template_entry,
    templates_of,
)
from evenhand.web.core import clock
from evenhand.web.core.differences import differences, stamp
from evenhand.web.places.models import Jurisdiction
from evenhand.web.portal.typed_text import TypedText
from evenhand.web.portal.wording import badge_label
from evenhand.web.service_requests.models import Service, ServiceRequest

PART: Final = "templates"
_USES: Final[dict[str, str | Promise]] = {
    "answer": gettext_lazy("Public answer"),
    "expected_date": gettext_lazy("Expected date"),
    "schedule": gettext_lazy("A date is set"),
    "ask_reporter": gettext_lazy("Question to the reporter"),
    "send_back": gettext_lazy("More is to be done"),
    "reopen": gettext_lazy("Opened again"),
    "decline_reopen": gettext_lazy("It stays closed"),
}


def use_words(use: str) -> str:
    """What a template is used for, in words."""
    kind, _colon, reason = use.partition(":")
    return _("Closing · %(reason)s") % {"reason": badge_label(reason)} if kind == "close" and reason else str(_USES.get(use, use))


class TemplateForm(forms.Form):
    """A template: where it is offered, and its words."""

    use_required_attribute = False

    name = TypedText(label=gettext_lazy("Name"), max_length=LONGEST_NAME, help_text=gettext_lazy("As staff find it; residents never see it"))
    use = forms.ChoiceField(label=gettext_lazy("Used for"))
    service = forms.ChoiceField(label=gettext_lazy("Service"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    text = TypedText(label=gettext_lazy("Text"), max_length=LONGEST_TEXT, lines=8)

    def __init__(self, city: Jurisdiction, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        use, service = self.fields["use"], self.fields["service"]
        assert isinstance(use, forms.ChoiceField)
        assert isinstance(service, forms.ChoiceField)
        use.choices = [(code, use_words(code)) for code in USES]
        rows = Service.objects.filter(jurisdiction=city).order_by("-is_offered", "name")
        service.choices = [("", _("All services")), *rows.values_list("code", "name")]

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"])
        if faults := faults_of(text):
            raise forms.ValidationError(faults)
        return text

    def entry(self, *, retired: bool) -> Entry:
        """The template as the form says."""
        given = self.cleaned_data
        return {name: given[name] for name in ("name", "use", "language", "text")} | {"service": given["service"] or None, "retired": retired}


def templates(request: HttpRequest) -> HttpResponse:
    """All templates, by what they are used for."""
    rows = templates_of(city_of_person(request))
    shows_retired = request.GET.get("retired") == "1"
    names = dict(settings.LANGUAGES)
    shown = [
        {"row": row, "use": use_words(row.use), "language": names.get(row.language, row.language)}
        for row in rows
        if shows_retired or not row.is_retired
    ]
    context = {"templates": shown, "shows_retired": shows_retired, "retired_count": sum(row.is_retired for row in rows)}
    return setup_page(request, "console/setup/templates.html", context, part=PART)


@require_http_methods(["GET", "HEAD", "POST"])
def template(request: HttpRequest, key: int = 0) -> HttpResponse:
    """One template; without a key a new one."""
    city = city_of_person(request)
    row = _row_or_404(city, key) if key else None
    if request.method != "POST":
        initial = template_entry(row) if row else {"language": city.language}
        return _page(request, row, TemplateForm(city, initial=initial))
    do = request.POST.get("do", "")
    if row is not None and do in {"retire", "restore"}:
        return _saved(request, row, TemplateForm(city, initial=template_entry(row)), template_entry(row) | {"retired": do == "retire"})
    form = TemplateForm(city, data=request.POST)
    if not form.is_valid() or do == "preview":
        return _page(request, row, form)
    return _saved(request, row, form, form.entry(retired=row is not None and row.is_retired))


def _saved(request: HttpRequest, row: ResponseTemplate | None, form: TemplateForm, entry: Entry) -> HttpResponse:
    seen = request.POST.get("seen", "")[:40]
    try:
        save_template(city_of_person(request), row, entry, seen=seen, person=person_of(request), at=clock.real_now())
    except TemplateRefused:
        form.add_error("name", _("There is a template of this name for the same use, service and language."))
        return _page(request, row, form)
    except TemplateChangedMeanwhile:
        now = template_entry(_row_or_404(city_of_person(request), row.pk if row else 0))
        return _page(request, row, form, meanwhile=change_rows(differences(now, entry)), seen=stamp(now))
    messages.success(request, _("Saved."))
    return redirect("console:setup_templates")


def _page(request: HttpRequest, row: ResponseTemplate | None, form: TemplateForm, **context: Any) -> HttpResponse:
    city = city_of_person(request)
    before = template_entry(row) if row else {}
    seen = request.POST.get("seen", "")[:40] if request.method == "POST" else stamp(before)
    shown: dict[str, Any] = {
        "template": row,
        "form": form,
        "placeholders": placeholders(),
        "seen": seen,
        "preview": _preview(request, city, form, row),
    }
    return setup_page(request, "console/setup/template.html", shown | context, part=PART)


def _preview(request: HttpRequest, city: Jurisdiction, form: TemplateForm, row: ResponseTemplate | None) -> dict[str, Any]:
    """The words filled in for the newest request that they could be used for."""
    if form.is_bound and form.is_valid():
        entry = form.entry(retired=False)
    elif row is not None and not form.is_bound:
        entry = template_entry(row)
    else:
        return {}
    requests = ServiceRequest.objects.visible_to(person_of(request), city).public().select_related("service", "area", "jurisdiction")
    chosen = requests.filter(service__code=entry["service"]) if entry["service"] else requests
    found = chosen.defer("area__shape", "area__properties", "jurisdiction__boundary").newest_first().first()
    if found is None:
        return {"is_without_request": True}
    unsaved = ResponseTemplate(jurisdiction=city, text=entry["text"], language=entry["language"], use=entry["use"])
    return {"text": filled(unsaved, found), "request": found, "language": entry["language"]}


def _row_or_404(city: Jurisdiction, key: int) -> ResponseTemplate:
    found = ResponseTemplate.objects.filter(jurisdiction=city, pk=key).select_related("service").first() if key < 2**63 else None
    if found is None:
        raise Http404
    return found
