"""What a study refuses.

EvenhandError
└── StudyError
    ├── StudyOptionInvalid      `study_option_invalid`: an option that names nothing there is, or that the panel cannot serve
    ├── PublishedTableUnusable  `published_table_unusable`: files of a published table that cannot be read as one
    ├── StudyTablesUnusable     `study_tables_unusable`: requests, households, areas or outages that cannot become a panel; every fault at once
    └── ReadingsOfAnotherCity   `readings_of_another_city`: hardly a meter of the households is among the outages
"""

from __future__ import annotations

from evenhand.vocabulary.errors import EvenhandError


class StudyError(EvenhandError):
    """Anything a study refuses."""


class StudyOptionInvalid(StudyError):
    """An option that names nothing there is, or that the panel cannot serve; every fault is named at once."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("study_option_invalid", "The study cannot be fitted as asked: " + "; ".join(faults) + ".", faults=faults)


class PublishedTableUnusable(StudyError):
    """Files of a published table that cannot be read as one; every fault is named at once, each with what was expected."""

    def __init__(self, faults: list[str]) -> None:
        lines = "\n".join(f"- {fault}" for fault in faults)
        super().__init__("published_table_unusable", f"The published table cannot be read:\n{lines}", faults=faults)


class StudyTablesUnusable(StudyError):
    """Raw tables that cannot become a panel; every fault of all of them is named at once, each with what to do."""

    def __init__(self, faults: list[str]) -> None:
        lines = "\n".join(f"- {fault}" for fault in faults)
        super().__init__("study_tables_unusable", f"The tables of the study cannot be used:\n{lines}", faults=faults)


class ReadingsOfAnotherCity(StudyError):
    """Outages of meters that hardly a household has."""

    def __init__(self, *, matched: int, households: int, meters: int, examples: str) -> None:
        words = (
            f"Of {households:,} households with a meter, {matched:,} are among the {meters:,} meters of the outages. Are these readings of another"
            f" city, or ids written in another way? {examples}"
        )
        super().__init__("readings_of_another_city", words, matched=matched, households=households, meters=meters)
