"""What a study refuses.

EvenhandError
└── StudyError
    └── StudyOptionInvalid   `study_option_invalid`: an option that names nothing there is, or that the panel cannot serve
"""

from __future__ import annotations

from evenhand.vocabulary.errors import EvenhandError


class StudyError(EvenhandError):
    """Anything a study refuses."""


class StudyOptionInvalid(StudyError):
    """An option that names nothing there is, or that the panel cannot serve; every fault is named at once."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("study_option_invalid", "The study cannot be fitted as asked: " + "; ".join(faults) + ".", faults=faults)
