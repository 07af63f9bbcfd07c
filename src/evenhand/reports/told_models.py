"""Which numbers of the five models may be told: the terms that enough households carry, and the counts of rows that passed the gate.

Modelling choice: tables, drawings and documents of models ask this, and nothing else, what to print; without a gate everything may be told. A term
that few households carry keeps its line and loses its figures; a model whose outcome few households have, or have not, loses all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from evenhand.equity.designs import INTERCEPT
from evenhand.equity.fits import Fit, FitWarning
from evenhand.equity.panel_reading import PanelWarning
from evenhand.reports.disclosure_cells import INTERNAL, LEAST, WITHHELD

FEW_CARRY: Final = f"withheld, because fewer than {LEAST} households carry it"
FEW_CARRY_A_TERM: Final = f"fewer than {LEAST} households carry a term that it takes, so that it is withheld"
FEW_WITH_OUTCOME: Final = f"This model is withheld: fewer than {LEAST} households have its outcome, or have it not, or their number may not be told."
# Warnings whose numbers count block groups, or nothing.
_COUNT_NO_HOUSEHOLDS: Final = frozenset({"few_clusters", "no_overdispersion", "fractional_outcome", "weights_as_counts", "not_converged"})


@dataclass(frozen=True, slots=True)
class ToldModels:
    """What of the models may be printed.

    `hidden` holds terms by the number of their model, the intercept among them where the whole model is withheld. `rows` holds the words of each
    count of rows that met the gate; None where no gate was asked. `note` is what an internal report says on each thing.
    """

    hidden: Mapping[str, frozenset[str]] = field(default_factory=dict)
    rows: Mapping[int, str] | None = None
    note: str = ""

    @property
    def is_gated(self) -> bool:
        return self.rows is not None

    def hides(self, model: str, term: str = INTERCEPT) -> bool:
        """Is this term withheld; without a term, the whole model?"""
        gone = self.hidden.get(model, frozenset())
        return term in gone or INTERCEPT in gone

    def rows_words(self, n: int) -> str:
        """A count of rows, as it may be printed."""
        return f"{n:,}" if self.rows is None else self.rows.get(n, WITHHELD)

    def rows_number(self, n: int) -> int | None:
        """The same as a number; None where it is withheld."""
        return n if self.rows is None or self.rows.get(n) == f"{n:,}" else None

    def sentences(self, model: str, fit: Fit) -> list[str]:
        """Which rows a fit left out, and its warnings."""
        dropped = [
            f"{self.rows_words(d.rows)} rows left out: {d.column} is {d.reason.replace('_', ' ')}." for d in fit.design.dropped if ":" not in d.column
        ]
        return dropped + [self.warning_words(warning, model) for warning in fit.warnings]

    def warning_words(self, warning: FitWarning | PanelWarning, model: str = "") -> str:
        """A warning whole, or that it is withheld: one that names what few carry, or that holds numbers of households."""
        few = any(self.hides(model, term) for term in warning.terms)
        counts = warning.code not in _COUNT_NO_HOUSEHOLDS and any(sign.isdigit() for sign in warning.text)
        if not self.is_gated or not (few or counts):
            return warning.text
        return f"{warning.code.replace('_', ' ').capitalize()}: {WITHHELD}, because it tells of few households, or counts them."


EVERYTHING: Final = ToldModels()


def internal_models() -> ToldModels:
    """Everything, marked as internal."""
    return ToldModels(note=INTERNAL)
