"""The actions of daily work, as entries: read it, take it, give it to somebody, say when, say something, close it, open it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evenhand.web.accounts.roles import Ability
from evenhand.web.console import request_forms as forms
from evenhand.web.console.request_action import Action, Sending, always, by_move, while_open
from evenhand.web.journeys.acknowledge_request import acknowledge_request
from evenhand.web.journeys.answer_request import answer_request
from evenhand.web.journeys.assign_request import assign_request
from evenhand.web.journeys.close_request import close_request
from evenhand.web.journeys.decline_reopen import decline_reopen
from evenhand.web.journeys.note_on_request import note_on_request
from evenhand.web.journeys.reopen_request import reopen_request
from evenhand.web.journeys.schedule_work import schedule_work
from evenhand.web.journeys.send_back import send_back
from evenhand.web.journeys.set_expected_date import set_expected_date
from evenhand.web.journeys.set_priority import set_priority
from evenhand.web.journeys.start_work import start_work
from evenhand.web.journeys.take_reporters_answer import take_reporters_answer
from evenhand.web.journeys.withdraw_request import withdraw_by_phone
from evenhand.web.service_requests.actions import CrewRecord
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.workflow import Actor, ClosingReason, Evidence, Move, State

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

_EVIDENCE: Final[dict[str, StrPromise]] = {
    "evidence_missing": gettext_lazy("“Fixed” needs something that shows it: a photo, or the crew’s record with crew and time."),
    "crew_record_unlikely": gettext_lazy(
        "The crew’s record cannot be right: it needs a name, and a time since the report came in or was opened again."
    ),
}
_DATES: Final[dict[str, StrPromise]] = {"date_has_passed": gettext_lazy("This day is over. Please choose a later one.")}
_ASSIGNMENTS: Final[dict[str, StrPromise]] = {
    "team_refused": gettext_lazy("This team gets no requests any more. Please choose another."),
    "assignee_refused": gettext_lazy("This person does not work on requests of this city (any more). Please choose another."),
    "assignee_sees_own_teams": gettext_lazy(
        "This person sees only the requests of their own teams, and this would not be one. Choose one of their teams, or another person."
    ),
}


def can_be_assigned(request: ServiceRequest) -> bool:
    """Open, or waiting for somebody to decide whether it is opened again."""
    return request.is_open or request.state == State.REOPEN_REQUESTED


def _acknowledge(sending: Sending) -> str:
    acknowledge_request(sending.request, person=sending.person, at=sending.at)
    return _("Marked as read: residents see it.")


def _take(sending: Sending) -> str:
    assign_request(sending.request, person=sending.person, team=sending.request.team, assignee=sending.person, at=sending.at)
    return _("It is yours.")


def _assign(sending: Sending) -> str:
    team, assignee = sending.data["team"], sending.data["assignee"]
    assign_request(sending.request, person=sending.person, team=team, assignee=assignee, at=sending.at)
    names = ", ".join(str(one) for one in (team, assignee) if one is not None)
    return _("Given to %(names)s.") % {"names": names} if names else _("Given back: it lies with nobody.")


def _start(sending: Sending) -> str:
    start_work(sending.request, person=sending.person, at=sending.at)
    return _("Work has begun: residents see it.")


def _schedule(sending: Sending) -> str:
    until = sending.data["day"]
    schedule_work(sending.request, person=sending.person, until=until, words=sending.data["words"], at=sending.at)
    return _("Scheduled: residents read “by %(day)s”.") % {"day": date_format(localtime(until), "DATE_FORMAT")}


def _expected_date(sending: Sending) -> str:
    until = sending.data["day"]
    set_expected_date(sending.request, person=sending.person, until=until, words=sending.data["words"], at=sending.at)
    return _("Residents read “by %(day)s”.") % {"day": date_format(localtime(until), "DATE_FORMAT")}


def _note(sending: Sending) -> str:
    note_on_request(sending.request, person=sending.person, words=sending.data["words"], at=sending.at)
    return _("Noted, for staff alone.")


def _answer(sending: Sending) -> str:
    answer_request(sending.request, person=sending.person, words=sending.data["words"], photos=sending.photos, at=sending.at)
    return _("Answered: it stands on the public page.") if sending.request.is_public else _("Answered: it stands on the reporter’s page.")


def _priority(sending: Sending) -> str:
    set_priority(sending.request, person=sending.person, priority=sending.data["priority"], at=sending.at)
    return _("Priority set.")


def _close(sending: Sending) -> str:
    data, reason = sending.data, sending.data["reason"]
    if reason is ClosingReason.WITHDRAWN:
        withdraw_by_phone(sending.request, person=sending.person, words=data["words"], at=sending.at)
        return _("Closed as taken back.")
    is_fixed = reason is ClosingReason.FIXED
    close_request(
        sending.request,
        person=sending.person,
        reason=reason,
        words=data["words"],
        at=sending.at,
        evidence=(Evidence.PHOTO if sending.photos else Evidence.CREW_RECORD if data["crew_at"] else Evidence.NONE) if is_fixed else Evidence.NONE,
        photos=sending.photos,
        crew=CrewRecord(data["crew"], data["crew_at"]) if is_fixed and data["crew"] and data["crew_at"] else None,
        agency=data["agency"] if reason is ClosingReason.NOT_OURS else "",
    )
    return _("Closed. Whoever knows better may say that it is not so.")


def _reopen(sending: Sending) -> str:
    reopen_request(sending.request, person=sending.person, words=sending.data["words"], at=sending.at)
    return _("Open again.")


def _decline(sending: Sending) -> str:
    decline_reopen(sending.request, person=sending.person, words=sending.data["words"], at=sending.at)
    return _("It stays closed, and those who follow read why.")


def _send_back(sending: Sending) -> str:
    send_back(sending.request, person=sending.person, words=sending.data["words"], at=sending.at)
    return _("Sent back: the work goes on.")


def _reporters_answer(sending: Sending) -> str:
    take_reporters_answer(sending.request, person=sending.person, words=sending.data["words"], at=sending.at)
    return _("The reporter’s answer is written down.")


_WORK = Ability.WORK_ON_REQUESTS
WORK_ACTIONS: Final = (
    Action(
        code="acknowledge",
        label=gettext_lazy("Mark as read"),
        key="r",
        icon="check",
        ability=_WORK,
        form=forms.DirectForm,
        is_possible=by_move(Move.ACKNOWLEDGE),
        carry_out=_acknowledge,
        subject="state",
        is_direct=True,
    ),
    Action(
        code="take",
        label=gettext_lazy("Take it myself"),
        key="m",
        icon="person",
        ability=Ability.ASSIGN,
        form=forms.DirectForm,
        is_possible=can_be_assigned,
        carry_out=_take,
        subject="assignment",
        is_direct=True,
        is_needed=lambda request, person: request.assignee_id != person.pk,
        refusals=_ASSIGNMENTS,
    ),
    Action(
        code="assign",
        label=gettext_lazy("Give to…"),
        key="g",
        icon="people",
        button=gettext_lazy("Give"),
        ability=Ability.ASSIGN,
        form=forms.AssignForm,
        is_possible=can_be_assigned,
        carry_out=_assign,
        subject="assignment",
        refusals=_ASSIGNMENTS,
    ),
    Action(
        code="start",
        label=gettext_lazy("Start work"),
        key="w",
        icon="arrow-forward",
        ability=_WORK,
        form=forms.DirectForm,
        is_possible=lambda request: request.is_open and request.state != State.IN_PROGRESS,
        carry_out=_start,
        subject="state",
        is_direct=True,
    ),
    Action(
        code="schedule",
        label=gettext_lazy("Schedule…"),
        key="s",
        icon="calendar",
        button=gettext_lazy("Schedule"),
        ability=_WORK,
        form=forms.ScheduleForm,
        is_possible=while_open,
        carry_out=_schedule,
        subject="state+expected_date",
        template_use="schedule",
        has_preview=True,
        tells_everybody=True,
        refusals=_DATES,
    ),
    Action(
        code="expected-date",
        label=gettext_lazy("Expected date…"),
        key="e",
        icon="clock",
        button=gettext_lazy("Tell residents"),
        ability=_WORK,
        form=forms.DateForm,
        is_possible=while_open,
        carry_out=_expected_date,
        subject="expected_date",
        template_use="expected_date",
        has_preview=True,
        tells_everybody=True,
        refusals=_DATES,
    ),
    Action(
        code="priority",
        label=gettext_lazy("Priority…"),
        key="p",
        icon="flag",
        button=gettext_lazy("Set priority"),
        ability=_WORK,
        form=forms.PriorityForm,
        is_possible=while_open,
        carry_out=_priority,
        subject="priority",
    ),
    Action(
        code="send-back",
        label=gettext_lazy("Send back…"),
        key="b",
        icon="arrow-back",
        lead=gettext_lazy("The work was said to be done. Say what is missing: it goes on, and is not closed."),
        button=gettext_lazy("Send back"),
        ability=_WORK,
        form=forms.SendBackForm,
        is_possible=by_move(Move.SEND_BACK),
        carry_out=_send_back,
        subject="state",
        template_use="send_back",
        has_preview=True,
    ),
    Action(
        code="answer",
        label=gettext_lazy("Answer in public…"),
        key="a",
        icon="megaphone",
        group="words",
        button=gettext_lazy("Send the answer"),
        ability=_WORK,
        form=forms.AnswerForm,
        is_possible=always,
        carry_out=_answer,
        template_use="answer",
        has_preview=True,
        tells_everybody=True,
    ),
    Action(
        code="note",
        label=gettext_lazy("Note for staff…"),
        key="n",
        icon="pencil",
        group="words",
        button=gettext_lazy("Save the note"),
        ability=Ability.NOTE,
        form=forms.NoteForm,
        is_possible=always,
        carry_out=_note,
    ),
    Action(
        code="reporters-answer",
        label=gettext_lazy("Reporter answered by phone…"),
        key="y",
        icon="phone",
        group="words",
        button=gettext_lazy("Save the answer"),
        ability=Ability.NOTE,
        form=forms.PhoneWordsForm,
        is_possible=by_move(Move.REPORTER_ANSWERED, actor=Actor.REPORTER),
        carry_out=_reporters_answer,
    ),
    Action(
        code="close",
        label=gettext_lazy("Close…"),
        key="t",
        icon="check",
        group="end",
        button=gettext_lazy("Close the request"),
        ability=_WORK,
        form=forms.CloseForm,
        is_possible=while_open,
        carry_out=_close,
        subject="state",
        template="console/parts/close_fields.html",
        refusals=_EVIDENCE,
        template_use="close",
        has_preview=True,
        tells_everybody=True,
    ),
    Action(
        code="reopen",
        label=gettext_lazy("Open again…"),
        key="o",
        icon="state-open",
        group="end",
        button=gettext_lazy("Open again"),
        ability=_WORK,
        form=forms.ReopenForm,
        is_possible=lambda request: request.duplicate_of_id is None and by_move(Move.REOPEN)(request),  # a duplicate is parted instead
        carry_out=_reopen,
        subject="state",
        template_use="reopen",
        has_preview=True,
        tells_everybody=True,
    ),
    Action(
        code="decline-reopen",
        label=gettext_lazy("Keep it closed…"),
        key="k",
        icon="lock",
        group="end",
        lead=gettext_lazy("Somebody says that it is not fixed. That stays counted, whatever you decide; say what you found."),
        button=gettext_lazy("Keep it closed"),
        ability=_WORK,
        form=forms.DeclineForm,
        is_possible=by_move(Move.DECLINE_REOPEN),
        carry_out=_decline,
        subject="state",
        template_use="decline_reopen",
        has_preview=True,
        tells_everybody=True,
    ),
)
"""In the order in which the page lists them, within their groups."""
