"""What the pages of a report cost a telephone: kilobytes over the wire with an empty cache, the map apart; and Lighthouse's accessibility score.

A real Chromium visits a real server with the sample city. Beside each page stands the least that any page of the same words could weigh: its text
without markup, compressed. Lighthouse is no dependency of ours (its packages are six times as large as all others together): it is run where
LIGHTHOUSE names its `cli/index.js`, as after `npm install --prefix /some/folder lighthouse@12`. Run: `python benchmarks/report_page.py`.
"""

from __future__ import annotations

import gzip
import html
import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.browser.instance import Instance

CHECKOUT = Path(__file__).resolve().parent.parent
BAR_KB, BAR_SCORE = 60.0, 100
BOUND_BY_BAR = ("report: what", "report: where", "a request")
SCORED = ("report: what", "report: where", "a request", "the map")
SWITCHES = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


def main() -> int:
    sys.path.insert(0, str(CHECKOUT))
    from tests import chromium
    from tests.browser.instance import serving

    browser = chromium.find()
    if browser is None:
        print("Not measured: there is no Chromium.")
        return 1
    with serving() as instance:
        weights = weigh(instance, browser)
        for name, one in weights.items():
            bare = bare_text_bytes(instance, one["path"]) / 1000
            print(f"{name}: {one['page'] / 1000:.1f} kB, its map {one['map'] / 1000:.1f} kB; bare text {bare:.1f} kB")
        heaviest = max(weights[name]["page"] for name in BOUND_BY_BAR) / 1000
        print(f"| The report's and a request's pages over the wire, without the map | ≤ {BAR_KB:g} kB | {heaviest:.1f} kB |")
        scores = {name: accessibility_score(instance, weights[name]["path"], browser) for name in SCORED}
    return 0 if heaviest <= BAR_KB and told(scores) else 1


def weigh(instance: Instance, browser: str) -> dict[str, dict[str, Any]]:
    """By page: its path, bytes of the page and of its map."""
    command = ["node", "--test-reporter=dot", str(CHECKOUT / "tests/browser/page_weights.mjs")]
    environment = {**instance.environment, "EVENHAND_CHROMIUM": browser}
    done = subprocess.run(command, env=environment, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    found: dict[str, dict[str, Any]] = json.loads(next(line for line in done.stderr.splitlines() if line.startswith("{")))
    return found


def bare_text_bytes(instance: Instance, path: str) -> int:
    """The words of a page and nothing else, compressed: no page that says the same could be lighter."""
    with urllib.request.urlopen(instance.url + path, timeout=30) as answer:
        page = answer.read().decode()
    words = html.unescape(re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL))
    return len(gzip.compress(" ".join(words.split()).encode(), 6))


def accessibility_score(instance: Instance, path: str, browser: str) -> int | None:
    """Of 100; None where there is no Lighthouse."""
    program = os.environ.get("LIGHTHOUSE")
    if not program:
        return None
    switches = f"--chrome-flags={SWITCHES}"
    command = [
        "node",
        program,
        instance.url + path,
        "--quiet",
        "--only-categories=accessibility",
        "--output=json",
        switches,
        "--no-enable-error-reporting",
    ]
    done = subprocess.run(command, env={**os.environ, "CHROME_PATH": browser}, capture_output=True, text=True, check=True)
    score: float = json.loads(done.stdout)["categories"]["accessibility"]["score"]
    return round(100 * score)


def told(scores: dict[str, int | None]) -> bool:
    """Print the scores; whether none that was measured is below the bar."""
    measured = [score for score in scores.values() if score is not None]
    if not measured:
        print("Lighthouse: not measured, LIGHTHOUSE names no program.")
        return True
    print("Lighthouse, accessibility: " + ", ".join(f"{name} {score}" for name, score in scores.items()))
    print(f"| Lighthouse's accessibility score, the lowest of {len(measured)} pages | {BAR_SCORE} | {min(measured)} |")
    return min(measured) >= BAR_SCORE


if __name__ == "__main__":
    raise SystemExit(main())
