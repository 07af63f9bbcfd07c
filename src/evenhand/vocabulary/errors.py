"""The one kind of error that Evenhand raises on purpose.

The tree: every package has an `errors.py` whose classes derive from EvenhandError. The *code* is for machines and never changes; the *message* is
for people who run commands (what was expected, what came, where, what to do). Screens for residents put their own words to a code.
"""

from __future__ import annotations

import copyreg
from typing import Any


class EvenhandError(Exception):
    """Something a person can act on.

    Parameters
    ----------
    code
        Stable name of the fault, in snake case: `missing_columns`.
    message
        One or more sentences: what was expected, what came, where, what to do.
    permanent
        False where trying the same again later may work (a busy database, a mail server that is down).
    facts
        The numbers and names that the message speaks of, for logs and machine-readable output.
    """

    def __init__(self, code: str, message: str, *, permanent: bool = True, **facts: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.permanent = permanent
        self.facts = facts

    def __reduce__(self) -> tuple[Any, ...]:
        """From process to process with its words as they are, whatever a class makes them from."""
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]
