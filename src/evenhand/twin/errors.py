"""What can be wrong with a wish for an invented city or its meters: SampleCityError, TwinReadingsError,
PanelRecipeUnusable and StudyCityUnusable, all under EvenhandError."""

from __future__ import annotations

from evenhand.vocabulary.errors import EvenhandError


class SampleCityError(EvenhandError):
    """The sample city cannot be built as asked."""


class TwinReadingsError(EvenhandError):
    """Synthetic readings cannot be made as asked."""


class PanelRecipeUnusable(EvenhandError):
    """A synthetic panel cannot be drawn as asked; every fault is named at once."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("panel_recipe_unusable", f"The synthetic panel cannot be drawn: {'; '.join(faults)}.", faults=faults)


class StudyCityUnusable(EvenhandError):
    """A synthetic study city cannot be drawn as asked; every fault is named at once."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("study_city_unusable", f"The synthetic study city cannot be drawn: {'; '.join(faults)}.", faults=faults)
