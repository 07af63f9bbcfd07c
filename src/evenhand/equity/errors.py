"""Faults of the arrays that the equity library is given.

EvenhandError
└── EquityError
    ├── RequestArraysUnusable   `request_arrays_unusable`: shapes or types that do not fit together
    ├── SurvivalArraysUnusable  `survival_arrays_unusable`: outages that cannot be read as one household a place
    ├── PanelUnreadable         `panel_unreadable`: no file, or neither CSV nor Parquet
    ├── PanelUnusable           `panel_unusable`: faults of a panel, all of them
    ├── MarginInvalid           `margin_invalid`: a margin of equivalence that is none
    ├── CheckArraysUnusable     `check_arrays_unusable`: figures that a check of a study cannot work with
    └── DesignUnusable          `design_unusable`: a table, formula or option from which no model can be fitted
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


class SurvivalArraysUnusable(EquityError):
    """Outages that cannot be read as one household a place; every fault is named at once."""

    def __init__(self, faults: list[str]) -> None:
        what = "; ".join(faults)
        super().__init__("survival_arrays_unusable", f"One outage a place was expected in every array, but {what}.", faults=faults)


class PanelUnreadable(EquityError):
    """A panel of households that cannot be opened at all."""

    def __init__(self, what: str) -> None:
        super().__init__("panel_unreadable", f"A panel of households was expected as CSV or Parquet, but {what}.")


class PanelUnusable(EquityError):
    """A panel whose columns or values cannot be used; every fault is named at once, each with what to do."""

    def __init__(self, source: str, faults: list[str]) -> None:
        lines = "\n".join(f"- {fault}" for fault in faults)
        super().__init__("panel_unusable", f"The panel {source} cannot be used:\n{lines}", faults=faults)


class DesignUnusable(EquityError):
    """A table, formula or option from which no model can be fitted; every fault is named at once."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("design_unusable", f"The model cannot be fitted: {'; '.join(faults)}.", faults=faults)


class MarginInvalid(EquityError):
    """A margin of equivalence that is none."""

    def __init__(self, margin: float) -> None:
        super().__init__("margin_invalid", f"A margin above 0 % and below 100 % was expected, and {100.0 * margin:g} % came.", margin=margin)


class CheckArraysUnusable(EquityError):
    """Figures that a check of a study (E-value, p-values, permutation, Moran's I) cannot work with; every fault is named at once."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("check_arrays_unusable", f"The check cannot be made: {'; '.join(faults)}.", faults=faults)
