"""What can go wrong with a request.

EvenhandError
├── MoveNotAllowed, FactMissing     workflow: the transition table
├── RequestNotFound                 missing and forbidden look alike
├── HistoryBroken                   a chain of events does not verify
├── PhotoRefused                    photo_files: what came is not a photo that can be kept
└── ServicesFileInvalid             services_file: every fault of a list of services
"""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.vocabulary.errors import EvenhandError

MOST_FAULTS_SHOWN = 20


class RequestNotFound(EvenhandError):
    """No request that this reader may see has this reference."""


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
