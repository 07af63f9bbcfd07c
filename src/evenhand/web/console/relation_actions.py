"""What is more than daily work, as entries: link, part, split, move, hide, ask, and work that somebody outside does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evenhand.web.accounts.roles import Ability
from evenhand.web.console import relation_contexts as contexts
from evenhand.web.console import relation_forms as forms
from evenhand.web.console.relation_forms import number_words
from evenhand.web.console.request_action import Action, Sending, always, by_move, while_open
from evenhand.web.conversations.questions import Reach
from evenhand.web.journeys.ask_reporter import ask_reporter
from evenhand.web.journeys.close_with_crew_photo import close_with_crew_photo
from evenhand.web.journeys.invite_contractor import invite_contractor, revoke_contractor_link
from evenhand.web.journeys.link_duplicate import link_duplicate
from evenhand.web.journeys.moderate_content import hide_content, show_content_again
from evenhand.web.journeys.move_request import move_request
from evenhand.web.journeys.split_request import split_request
from evenhand.web.journeys.unlink_duplicate import unlink_duplicate
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.workflow import ClosingReason, Move, State


def can_be_linked(request: ServiceRequest) -> bool:
    """Open, or closed as a duplicate that nobody linked yet."""
    unlinked = request.state == State.CLOSED and request.closing_reason == ClosingReason.DUPLICATE
    return request.duplicate_of_id is None and (request.is_open or unlinked)


def is_linked(request: ServiceRequest) -> bool:
    """It goes on with another one."""
    return request.duplicate_of_id is not None


def is_said_to_be_done(request: ServiceRequest) -> bool:
    """Those who did the work say that it is done."""
    return request.state == State.DONE_REPORTED


def _link(sending: Sending) -> str:
    parent = sending.data["parent"]
    linked = link_duplicate(sending.request, parent, person=sending.person, at=sending.at, words=sending.data["words"])
    if not linked.is_new:
        return _("It was linked to %(number)s already.") % {"number": number_words(linked.parent)}
    return _("Linked: it goes on with %(number)s. Those who follow hear it, and from now on what happens there.") % {
        "number": number_words(linked.parent)
    }


def _unlink(sending: Sending) -> str:
    unlink_duplicate(sending.request, person=sending.person, at=sending.at, words=sending.data["words"])
    return _("Parted, and open again by itself.")


def _split(sending: Sending) -> str:
    data = sending.data
    split = split_request(
        sending.request,
        service=data["chosen_service"],
        place=data["place"],
        words=data["words"],
        photos=[int(key) for key in data.get("moved_photos", ())],
        publishing_is_meant=bool(data.get("publishing_is_meant")),
        person=sending.person,
        at=sending.at,
    )
    return _("Made into two: the second one is %(number)s. The reporter follows both.") % {"number": number_words(split.new)}


def _move(sending: Sending) -> str:
    data = sending.data
    moved = move_request(
        sending.request,
        service=data["chosen_service"],
        place=data["place"],
        publishing_is_meant=bool(data.get("publishing_is_meant")),
        person=sending.person,
        at=sending.at,
    )
    if moved.routed is not None and moved.routed.team is not None:
        return _("Moved. It lies with %(team)s now.") % {"team": moved.routed.team.name}
    return _("Moved.")


def _hide(sending: Sending) -> str:
    data = sending.data
    told = hide_content(sending.request, data["part"], reason=data["reason"], words=data["words"], person=sending.person, at=sending.at)
    if told:
        return _("Hidden from the public; the reporter gets a mail.")
    return _("Hidden from the public. Its author gave no address, so nobody was told.")


def _show_again(sending: Sending) -> str:
    show_content_again(sending.request, sending.data["part"], words=sending.data["words"], person=sending.person, at=sending.at)
    return _("Shown to everybody again.")


def _ask(sending: Sending) -> str:
    asked = ask_reporter(sending.request, words=sending.data["words"], days=sending.data["days"], person=sending.person, at=sending.at)
    return {
        Reach.MAIL: _("Asked: the reporter gets a mail with a link to answer."),
        Reach.PHONE: _("Asked. There is no address for mail: please call, and write down what they say."),
        Reach.PAGE: _("Asked. There is no address and no number: the question stands on the reporter’s own page."),
        Reach.NOBODY: _("Asked, but nobody can be reached: the reporter left nothing, or erased it."),
    }[asked.reach]


def _invite(sending: Sending) -> str:
    data = sending.data
    link = invite_contractor(
        sending.request,
        name=data["name"],
        recipient=data["recipient"],
        language=data["language"],
        words=data["words"],
        days=data["days"],
        person=sending.person,
        at=sending.at,
    )
    if link.recipient:
        return _("%(name)s gets a mail with the link.") % {"name": link.name}
    return _("The link stands beside the request, to hand it over.")


def _revoke(sending: Sending) -> str:
    was_open = revoke_contractor_link(sending.data["link"], person=sending.person, at=sending.at)
    return _("The link opens nothing any more.") if was_open else _("The link was taken back already.")


def _close_as_done(sending: Sending) -> str:
    close_with_crew_photo(sending.request, photos=sending.data["shown"], words=sending.data["words"], person=sending.person, at=sending.at)
    return _("Closed as fixed, with the crew’s photo. Whoever knows better may say that it is not so.")


_WORK: Final = Ability.WORK_ON_REQUESTS
_RELATIONS: Final[Mapping[str, Any]] = {"ability": _WORK, "group": "relations", "refusals": forms.NOT_LINKABLE | forms.NOT_MOVABLE}
_OUTSIDE: Final[Mapping[str, Any]] = {"ability": _WORK, "group": "outside"}
_MODERATION: Final[Mapping[str, Any]] = {"ability": Ability.MODERATE, "group": "moderation", "refusals": forms.NOT_HIDEABLE}

RELATION_ACTIONS: Final = (
    Action(
        code="link-duplicate",
        label=gettext_lazy("Duplicate of…"),
        key="d",
        icon="link",
        button=gettext_lazy("Close it as a duplicate"),
        form=forms.LinkForm,
        is_possible=can_be_linked,
        carry_out=_link,
        subject="state+duplicate",
        template="console/request_actions/link_duplicate.html",
        context=contexts.link_context,
        template_use="close:duplicate",
        has_preview=True,
        **_RELATIONS,
    ),
    Action(
        code="unlink-duplicate",
        label=gettext_lazy("Not a duplicate…"),
        key="u",
        icon="cross",
        lead=gettext_lazy("It is parted from the other request and opened again. Its followers read why."),
        button=gettext_lazy("Part the two"),
        form=forms.UnlinkForm,
        is_possible=is_linked,
        carry_out=_unlink,
        subject="duplicate",
        template_use="reopen",
        has_preview=True,
        **_RELATIONS,
    ),
    Action(
        code="split",
        label=gettext_lazy("Make two of it…"),
        key="x",
        icon="list",
        lead=gettext_lazy("The second thing gets a number of its own. Both histories name each other, and the reporter follows both."),
        button=gettext_lazy("Make the second request"),
        form=forms.SplitForm,
        is_possible=while_open,
        carry_out=_split,
        template="console/request_actions/split.html",
        context=contexts.place_context,
        **_RELATIONS,
    ),
    Action(
        code="move",
        label=gettext_lazy("Move…"),
        key="v",
        icon="pin",
        lead=gettext_lazy("To another service, another place, or both. You see what that changes before it is done."),
        button=gettext_lazy("Move it"),
        form=forms.MoveForm,
        is_possible=while_open,
        carry_out=_move,
        subject="service+place+assignment",
        template="console/request_actions/move.html",
        context=contexts.place_context,
        **_RELATIONS,
    ),
    Action(
        code="ask",
        label=gettext_lazy("Ask the reporter…"),
        key="f",
        icon="comment",
        button=gettext_lazy("Send the question"),
        form=forms.AskForm,
        is_possible=by_move(Move.ASK_REPORTER),
        carry_out=_ask,
        subject="state",
        template="console/request_actions/ask.html",
        context=contexts.ask_context,
        template_use="ask_reporter",
        has_preview=True,
        **_OUTSIDE,
    ),
    Action(
        code="invite-contractor",
        label=gettext_lazy("Give to a contractor…"),
        key="i",
        icon="people",
        lead=gettext_lazy("Somebody outside gets a private link to this one request: they can answer, and show that it is done. You decide then."),
        button=gettext_lazy("Make the link"),
        form=forms.InviteForm,
        is_possible=while_open,
        carry_out=_invite,
        **_OUTSIDE,
    ),
    Action(
        code="revoke-contractor",
        label=gettext_lazy("Take a contractor’s link back…"),
        lead=gettext_lazy("The link opens nothing any more. Whoever has it reads that it was taken back."),
        button=gettext_lazy("Take it back"),
        form=forms.RevokeForm,
        is_possible=always,
        carry_out=_revoke,
        is_listed=False,
        is_danger=True,
        **_OUTSIDE,
    ),
    Action(
        code="hide",
        label=gettext_lazy("Hide something…"),
        key="h",
        icon="lock",
        lead=gettext_lazy("Staff go on seeing it, marked. Everybody else reads that the city has hidden it, and why. It can be shown again."),
        button=gettext_lazy("Hide it"),
        form=forms.HideForm,
        is_possible=always,
        carry_out=_hide,
        template="console/request_actions/hide.html",
        **_MODERATION,
    ),
    Action(
        code="show-again",
        label=gettext_lazy("Show again…"),
        button=gettext_lazy("Show it"),
        form=forms.ShowAgainForm,
        is_possible=always,
        carry_out=_show_again,
        is_listed=False,
        template="console/request_actions/hide.html",
        **_MODERATION,
    ),
    Action(
        code="close-as-done",
        label=gettext_lazy("Done: close with the crew’s photo…"),
        key="z",
        icon="camera",
        group="end",
        button=gettext_lazy("Close as fixed"),
        ability=_WORK,
        form=forms.CloseAsDoneForm,
        is_possible=is_said_to_be_done,
        carry_out=_close_as_done,
        subject="state",
        template="console/request_actions/close_as_done.html",
        context=contexts.crew_context,
        template_use="close:fixed",
        has_preview=True,
        tells_everybody=True,
    ),
)
"""In the order in which the page lists them, within their groups."""
