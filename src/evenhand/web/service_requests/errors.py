"""What can go wrong with a request.

EvenhandError
├── MoveNotAllowed, FactMissing     workflow: the transition table
├── NotLinkable                     duplicates: why two requests cannot be linked, or parted
├── NotMovable                      corrections: why a request cannot be of another service, or at another place
├── NotHideable                     moderation: there is nothing there to hide, or to show again
├── RequestNotFound                 missing and forbidden look alike
├── HistoryBroken                   a chain of events does not verify
├── PhotoRefused                    photo_files: what came is not a photo that can be kept
├── ServicesFileInvalid             services_file: every fault of a list of services
└── ServiceRefused, ServiceChangedMeanwhile, ServiceInUse   service_editing: the console's set-up
"""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.vocabulary.errors import EvenhandError

MOST_FAULTS_SHOWN = 20


class RequestNotFound(EvenhandError):
    """No request that this reader may see has this reference."""


class NotLinkable(EvenhandError):
    """Two requests that cannot be linked as duplicates, or parted."""


class NotMovable(EvenhandError):
    """A request that cannot be moved to that service or place, or not without a further confirmation."""


class NotHideable(EvenhandError):
    """A part of a request that is not there, or is hidden (or shown) already."""


class HistoryBroken(EvenhandError):
    """A request's events do not verify: somebody changed them past the guard."""


class ServicesFileInvalid(EvenhandError):
    """A list of services that cannot be used; nothing of it was taken."""

    @classmethod
    def of(cls, file: str, faults: Sequence[str]) -> ServicesFileInvalid:
        """With every fault in the message."""
        told = "\n".join(f"- {fault}" for fault in faults[:MOST_FAULTS_SHOWN])
        more = f"\n- and {len(faults) - MOST_FAULTS_SHOWN} more" if len(faults) > MOST_FAULTS_SHOWN else ""
        words = f"{file} cannot be used as a list of services (docs/reference/services-file.md says what one looks like). Found:\n{told}{more}"
        return cls("services_file_invalid", f"{words}\nNothing was imported; mend the file and try again.", faults=list(faults))


class ServiceRefused(EvenhandError):
    """A change of a service that cannot be made; `faults` says why, all of it."""

    @classmethod
    def because(cls, faults: Sequence[str]) -> ServiceRefused:
        return cls("service_refused", f"The service was not changed: {'; '.join(faults)}.", faults=list(faults))


class ServiceChangedMeanwhile(EvenhandError):
    """Somebody else changed the same part since the form was shown."""

    @classmethod
    def since(cls, what: str) -> ServiceChangedMeanwhile:
        return cls("service_changed_meanwhile", f"{what} was changed by somebody else since this form was shown: look at it again.", permanent=False)


class ServiceInUse(EvenhandError):
    """Something points at it, so it cannot be deleted; it can be retired."""

    @classmethod
    def by_requests(cls, name: str, *, open_count: int, request_count: int) -> ServiceInUse:
        words = (
            f"{name} has {request_count:,} requests, {open_count:,} of them open, so it cannot be deleted. Retire it: nobody can report it any more."
        )
        return cls("service_in_use", words, open_count=open_count, request_count=request_count)

    @classmethod
    def by_others(cls, name: str, what: Sequence[str]) -> ServiceInUse:
        return cls("service_in_use", f"{name} is named by {', '.join(what)}, so it cannot be deleted. Retire it instead.", what=list(what))
