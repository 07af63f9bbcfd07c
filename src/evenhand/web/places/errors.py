"""What can go wrong with places.

EvenhandError
├── PlacesFileInvalid     every fault of a file of areas, streets or addresses, at once
└── CityUnknown           no city of this name, or several and none named
"""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.vocabulary.errors import EvenhandError

MOST_FAULTS_SHOWN = 20


class PlacesFileInvalid(EvenhandError):
    """A file of places that cannot be used. Nothing of it was taken."""

    def __init__(self, file: str, expected: str, faults: Sequence[str]) -> None:
        shown = "\n".join(f"- {fault}" for fault in faults[:MOST_FAULTS_SHOWN])
        more = f"\n- and {len(faults) - MOST_FAULTS_SHOWN} more" if len(faults) > MOST_FAULTS_SHOWN else ""
        super().__init__(
            "places_file_invalid",
            f"{file} cannot be used. Expected {expected}. Found:\n{shown}{more}\nNothing was imported; mend the file and try again.",
            faults=list(faults),
        )


class CityUnknown(EvenhandError):
    """The city that was named, or meant, cannot be told."""
