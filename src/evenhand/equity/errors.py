"""Faults of the arrays that the equity library is given.

EvenhandError
└── EquityError
    └── RequestArraysUnusable   `request_arrays_unusable`: shapes or types that do not fit together
"""

from __future__ import annotations

from evenhand.vocabulary.errors import EvenhandError


class EquityError(EvenhandError):
    """Anything the equity library refuses."""


class RequestArraysUnusable(EquityError):
    """Arrays of requests that cannot be read as one request a place; every fault is named at once."""

    def __init__(self, faults: list[str]) -> None:
        what = "; ".join(faults)
        super().__init__("request_arrays_unusable", f"One value a request was expected in every array, but {what}.", faults=faults)
