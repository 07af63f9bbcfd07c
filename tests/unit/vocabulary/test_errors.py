"""Errors that are made in one process and told in another."""

from __future__ import annotations

import pickle

import pytest

from evenhand.equity.errors import DesignUnusable, PanelUnusable
from evenhand.reports.errors import PdfNotPossible
from evenhand.vocabulary.errors import EvenhandError

MADE = [
    EvenhandError("database_busy", "Another process writes; try again.", permanent=False, seconds=5),
    DesignUnusable(["'hours' is 0 in every row used, so there is nothing to compare", "weights are 0 in every row used"]),
    PanelUnusable("panel.csv", ["row 2: no hours"]),
    PdfNotPossible("cannot load library 'libpango-1.0-0'"),
]


@pytest.mark.parametrize("error", MADE, ids=lambda error: type(error).__name__)
def test_an_error_goes_from_process_to_process_as_it_is(error: EvenhandError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))
