"""Reports of one and the same thing: a child closes as a duplicate and goes on with its parent.

The relation is one step deep, always: linking to a child links to its parent, and linking a parent takes its children along. What happens at a parent
is told at its children without ever naming a parent that is not public. Rows are locked in the order of their keys, so that two agents who link the
same reports crosswise wait for each other, and the second is told what the first did.

`supporter_count` of a parent is the number of devices that said "me too" to it or to one of its children, each once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from evenhand.web.accounts.models import Account
from evenhand.web.places.distances import box_around, meters_between
from evenhand.web.service_requests.changing import append, move, saved
from evenhand.web.service_requests.errors import NotLinkable
from evenhand.web.service_requests.history import NewEvent
from evenhand.web.service_requests.models import ServiceRequest, Supporter
from evenhand.web.service_requests.places_index import in_box
from evenhand.web.service_requests.querysets import ServiceRequestQuerySet
from evenhand.web.service_requests.similar import SPREADS_METERS, Similar
from evenhand.web.service_requests.workflow import Actor, ClosingReason, Move, State, Status

CLOSED_WITHIN: Final = timedelta(days=30)
_MOST_LOOKED_AT: Final = 500


@dataclass(frozen=True, slots=True)
class Linked:
    """A child and the parent that it goes on with; `is_new` is False where it was linked there already."""

    child: ServiceRequest
    parent: ServiceRequest
    is_new: bool = True


def candidates(request: ServiceRequest, person: Account, *, at: datetime, most: int = 12) -> list[Similar]:
    """What may be the same thing: near, open or closed within a month, whatever its service; the same service first, then the nearest."""
    if request.lat is None or request.long is None or not request.has_place:
        return []
    lat, long = request.lat, request.long
    recent = Q(status=Status.OPEN) | Q(status=Status.CLOSED, closed_at__gte=at - CLOSED_WITHIN)
    seen = ServiceRequest.objects.visible_to(person, request.jurisdiction).with_point()
    found = in_box(seen, box_around(lat, long, SPREADS_METERS)).filter(recent, duplicate_of=None).exclude(pk=request.pk)
    rows = found.exclude(closing_reason=ClosingReason.WITHDRAWN).select_related("service", "jurisdiction").newest_first()[:_MOST_LOOKED_AT]
    near = [Similar(row, meters_between(lat, long, row.lat, row.long)) for row in rows if row.lat is not None and row.long is not None]
    reached = [one for one in near if one.distance_meters <= SPREADS_METERS]
    return sorted(reached, key=lambda one: (one.request.service_id != request.service_id, one.distance_meters))[:most]


def parent_of(request: ServiceRequest) -> ServiceRequest:
    """The request that a link to `request` leads to: itself, or its parent where it is a duplicate."""
    return request.duplicate_of or request


def why_not_linkable(child: ServiceRequest, parent: ServiceRequest) -> str:
    """The code of what stands against linking, empty if nothing does. `parent` is what `parent_of` gave."""
    if parent.pk == child.pk:
        return "is_itself_or_its_own_duplicate"
    if parent.jurisdiction_id != child.jurisdiction_id:
        return "is_of_another_city"
    if parent.closing_reason == ClosingReason.WITHDRAWN:
        return "parent_was_withdrawn"
    if child.duplicate_of_id is not None:
        return "is_linked_already"
    if child.status == Status.CLOSED and (child.closing_reason != ClosingReason.DUPLICATE or child.state != State.CLOSED):
        return "child_is_closed"
    return ""


def link(child: ServiceRequest, parent: ServiceRequest, *, actor_id: int, at: datetime, words: str = "", channel: str = "console") -> Linked:
    """Close `child` as a duplicate of `parent`, or of what that is a duplicate of; the child's own children come along.

    Raises NotLinkable, with the code that `why_not_linkable` gives, or "relations_changed" where somebody linked one of them meanwhile.
    """
    root_id = ServiceRequest.objects.values_list("duplicate_of", flat=True).get(pk=parent.pk) or parent.pk
    own = set(_children_of(child.pk).values_list("pk", flat=True))
    rows = _locked_in_order({child.pk, root_id, *own})
    now, root = rows[child.pk], rows[root_id]
    if root.duplicate_of_id not in {None, now.pk} or own != set(_children_of(now.pk).values_list("pk", flat=True)):
        raise NotLinkable("relations_changed", f"Somebody linked {now.reference} or {root.reference} a moment ago. Look again, then decide.")
    if now.duplicate_of_id == root.pk:
        return Linked(now, root, is_new=False)
    if code := "is_itself_or_its_own_duplicate" if root.duplicate_of_id == now.pk else why_not_linkable(now, root):
        raise NotLinkable(code, f"Request {now.reference} cannot be linked to {root.reference}: {code.replace('_', ' ')}.")
    for one in (now, *(rows[key] for key in sorted(own))):
        _join(one, root, moved_from=None if one is now else now, actor_id=actor_id, at=at, channel=channel)
    closed = now if now.status == Status.CLOSED else _closed_as_duplicate(now, actor_id=actor_id, at=at, words=words, channel=channel)
    _tell_parent("duplicate_gained", root, closed, actor_id=actor_id, at=at, channel=channel)
    return Linked(closed, root)


def unlink(child: ServiceRequest, *, actor_id: int, at: datetime, words: str, channel: str = "console") -> Linked:
    """Part a child from its parent and open it again, with public words that say why.

    Raises NotLinkable where it is no duplicate (any more), FactMissing without words.
    """
    rows = _locked_in_order({child.pk, *ServiceRequest.objects.filter(duplicates=child.pk).values_list("pk", flat=True)})
    now = rows[child.pk]
    parent = rows.get(now.duplicate_of_id or 0)
    if parent is None:
        raise NotLinkable("is_not_linked", f"Request {now.reference} is no duplicate of another one (any more).")
    facts = {"parent": parent.reference}
    now.duplicate_of = None
    append(now, _event("duplicate_unlinked", at, actor_id, channel, facts, visibility=_seen_by(parent)))
    saved(now, at)
    if now.status == Status.CLOSED:
        now = move(now, Move.REOPEN, actor=Actor.STAFF, actor_id=actor_id, at=at, channel=channel, words=words)
    now.supporter_count = supporting_devices(now)
    now.save(update_fields=["supporter_count"])
    _tell_parent("duplicate_lost", parent, now, actor_id=actor_id, at=at, channel=channel)
    return Linked(now, parent)


def lock_families(*keys: int) -> None:
    """Hold requests (by primary key) with their children and parents, in the order in which everybody takes them.

    First thing in whatever may change more than one request: taken one by one, two agents could wait for each other for ever.
    """
    parents = ServiceRequest.objects.filter(pk__in=keys).values("duplicate_of")
    family = ServiceRequest.objects.filter(Q(pk__in=keys) | Q(duplicate_of__in=keys) | Q(pk__in=parents))
    list(family.select_for_update().order_by("pk").values_list("pk"))


def close_children(parent: ServiceRequest, *, actor_id: int | None, at: datetime, channel: str = "console") -> Sequence[ServiceRequest]:
    """Note at each child that its parent was closed, and how; a child that was still open closes as a duplicate. Returns the children.

    Called by what closes the parent, behind `lock_families`.
    """
    keys = list(_children_of(parent.pk).order_by("pk").values_list("pk", flat=True))
    children = [_told_of_closing(child, parent, actor_id=actor_id, at=at, channel=channel) for _key, child in sorted(_locked_in_order(keys).items())]
    if children:
        now = _locked_in_order([parent.pk])[parent.pk]
        append(now, _event("children_closed", at, actor_id, channel, {"children": len(children)}, visibility="staff"))
        saved(now, at)
    return children


def go_on_without(parent: ServiceRequest, *, at: datetime, words: str) -> ServiceRequest | None:
    """The parent was taken back: the oldest of its children opens again, with public words, and the others go on with that one.

    Returns the one that was opened; None where there are no children. Behind `lock_families`.
    """
    keys = list(_children_of(parent.pk).order_by("requested_at", "pk").values_list("pk", flat=True))
    if not keys:
        return None
    rows = _locked_in_order({parent.pk, *keys})
    left, oldest = rows[parent.pk], rows[keys[0]]
    oldest.duplicate_of = None
    append(oldest, _event("duplicate_unlinked", at, None, "system", {"parent": left.reference}, visibility=_seen_by(left), by=Actor.SYSTEM))
    saved(oldest, at)
    if oldest.status == Status.CLOSED:
        oldest = move(oldest, Move.REOPEN, actor=Actor.SYSTEM, at=at, channel="system", words=words)
    for key in keys[1:]:
        _join(rows[key], oldest, moved_from=left, actor_id=None, at=at, channel="system", by=Actor.SYSTEM)
    _tell_parent("duplicate_lost", left, oldest, actor_id=None, at=at, channel="system", by=Actor.SYSTEM)
    count_supporters(oldest.pk)
    return ServiceRequest.objects.select_related("jurisdiction", "service").get(pk=oldest.pk)


def veto_target(request: ServiceRequest) -> ServiceRequest:
    """Where a "not fixed" that is said at `request` counts: at itself, or at the closed request that it goes on with."""
    parent = request.duplicate_of
    return parent if parent is not None and parent.can_be_vetoed else request


def pass_veto_on(child: ServiceRequest, *, actor: Actor, at: datetime, channel: str = "web") -> ServiceRequest:
    """Note at a child that somebody said there what now counts at its parent."""
    now = _locked_in_order([child.pk])[child.pk]
    append(now, NewEvent(kind="not_fixed_passed_on", at=at, actor_kind=actor, channel=channel))
    return saved(now, at)


def children_of(request: ServiceRequest, *, at_most: int = 50) -> list[ServiceRequest]:
    """All reports that go on with this one, for staff; oldest first."""
    return list(_children_of(request.pk).select_related("service").order_by("requested_at", "pk")[:at_most])


def supporting_devices(request: ServiceRequest) -> int:
    """How many devices said "me too" to a request or to a child of it, each counted once."""
    family = Supporter.objects.filter(Q(request=request) | Q(request__duplicate_of=request))
    return family.values("device").distinct().count()


def count_supporters(key: int) -> None:
    """Count anew at a parent, whose row is held, after somebody spoke up at a child."""
    parent = ServiceRequest.objects.only("supporter_count").get(pk=key)
    parent.supporter_count = supporting_devices(parent)
    parent.save(update_fields=["supporter_count"])


def _children_of(key: int) -> ServiceRequestQuerySet:
    return ServiceRequest.objects.filter(duplicate_of=key)


def _locked_in_order(keys: Collection[int]) -> dict[int, ServiceRequest]:
    rows = ServiceRequest.objects.select_for_update(of=("self",)).select_related("jurisdiction", "service").filter(pk__in=keys)
    return {row.pk: row for row in rows.order_by("pk")}


def _join(
    one: ServiceRequest,
    root: ServiceRequest,
    *,
    moved_from: ServiceRequest | None,
    actor_id: int | None,
    at: datetime,
    channel: str,
    by: Actor = Actor.STAFF,
) -> None:
    facts = {"parent": root.reference, **({"from": moved_from.reference} if moved_from else {})}
    one.duplicate_of = root
    append(one, _event("duplicate_linked", at, actor_id, channel, facts, visibility=_seen_by(root), by=by))
    saved(one, at)


def _closed_as_duplicate(child: ServiceRequest, *, actor_id: int, at: datetime, words: str, channel: str) -> ServiceRequest:
    return move(child, Move.CLOSE, actor=Actor.STAFF, actor_id=actor_id, at=at, channel=channel, words=words, closing_reason=ClosingReason.DUPLICATE)


def _tell_parent(
    kind: str, parent: ServiceRequest, child: ServiceRequest, *, actor_id: int | None, at: datetime, channel: str, by: Actor = Actor.STAFF
) -> None:
    append(parent, _event(kind, at, actor_id, channel, {"child": child.reference}, visibility=_seen_by(child), by=by))
    parent.supporter_count = supporting_devices(parent)
    saved(parent, at)


def _told_of_closing(child: ServiceRequest, parent: ServiceRequest, *, actor_id: int | None, at: datetime, channel: str) -> ServiceRequest:
    facts = {"closing_reason": parent.closing_reason, "evidence": parent.evidence}
    append(child, _event("closed_with_parent", at, actor_id, channel, facts, visibility="public"))
    saved(child, at)
    if child.status == Status.CLOSED:
        return child
    return move(child, Move.CLOSE, actor=Actor.STAFF, actor_id=actor_id, at=at, channel=channel, closing_reason=ClosingReason.DUPLICATE)


def _seen_by(other: ServiceRequest) -> str:
    """Who reads of a relation to another request: nobody learns of one that is not public."""
    return "public" if other.is_public else "staff"


def _event(
    kind: str, at: datetime, actor_id: int | None, channel: str, facts: Mapping[str, object], *, visibility: str, by: Actor = Actor.STAFF
) -> NewEvent:
    return NewEvent(kind=kind, at=at, actor_kind=by, actor_id=actor_id, channel=channel, facts=facts, visibility=visibility)
