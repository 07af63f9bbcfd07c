"""Takes pictures of every page of a served sample city, at 360 and 1280 pixels, light and dark: `make screenshots`.

`python -m tests.browser.screenshots PATTERN` takes only those whose file name fits the pattern.
"""

from __future__ import annotations

import subprocess
import sys

from tests import chromium
from tests.browser.instance import CHECKOUT, serving


def main(arguments: list[str]) -> int:
    browser = chromium.find()
    if browser is None:
        sys.stderr.write("Pictures need Chromium (Debian: apt-get install chromium).\n")
        return 2
    script = CHECKOUT / "tests/browser/screenshots.mjs"
    with serving(requests=1200) as instance:
        wishes = {"EVENHAND_CHROMIUM": browser, "SCREENSHOTS_OF": "".join(arguments)}
        command = ["node", "--test-reporter=spec", str(script)]
        return subprocess.run(command, env={**instance.environment, **wishes}, cwd=CHECKOUT, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
