"""What can be wrong with a wish for an invented city: SampleCityError, under EvenhandError."""

from __future__ import annotations

from evenhand.vocabulary.errors import EvenhandError


class SampleCityError(EvenhandError):
    """The sample city cannot be built as asked."""
