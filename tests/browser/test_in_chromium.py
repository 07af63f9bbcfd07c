"""Every claim of `*.test.mjs`, made in a real browser against a real server. `make test-browser` finds or installs the browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from tests import chromium
from tests.browser.instance import CHECKOUT, serving
from tests.browser.node_claims import Claim, Runs, all_claims


@pytest.fixture(scope="session")
def runs(request: pytest.FixtureRequest) -> Iterator[Runs]:
    """One server for the whole session, and the files of the claims that were selected."""
    os.environ["EVENHAND_CHROMIUM"] = _browser()
    selected = [item.callspec.params for item in request.session.items if isinstance(item, pytest.Function) and hasattr(item, "callspec")]
    chosen = [claim for params in selected if isinstance(claim := params.get("claim"), Claim)]
    with serving() as instance:
        started = Runs(instance, chosen)
        yield started
        started.close()


@pytest.mark.parametrize("claim", all_claims(), ids=str)
def test_in_chromium(claim: Claim, runs: Runs) -> None:
    error = runs.outcome(claim).error
    if error:
        pytest.fail(error, pytrace=False)


def _browser() -> str:
    """Where Chromium is. What is missing is said in one line; under CI that is a failure."""
    browser = chromium.find()
    missing = [
        *([] if browser else ["Chromium (Debian: apt-get install chromium)"]),
        *([] if shutil.which("node") else ["Node 20"]),
        *([] if (CHECKOUT / "node_modules/playwright-core").is_dir() else ["the Node packages (make setup)"]),
    ]
    if missing:
        words = f"Browser tests need {' and '.join(missing)}."
        if os.environ.get("CI") == "true":
            pytest.fail(words)
        pytest.skip(words)
    assert browser is not None
    return browser
