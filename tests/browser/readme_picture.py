"""Takes the picture in README.md: `make picture`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PIL import Image

from tests import chromium
from tests.browser.instance import CHECKOUT, serving

PICTURE = CHECKOUT / "docs/images/harbor-bend.png"
LARGEST_BYTES = 150_000


def main() -> int:
    browser = chromium.find()
    if browser is None:
        sys.stderr.write("The picture needs Chromium (Debian: apt-get install chromium).\n")
        return 2
    script = CHECKOUT / "tests/browser/readme_picture.mjs"
    with serving(requests=1200) as instance:
        wishes = {"EVENHAND_CHROMIUM": browser, "README_PICTURE": str(PICTURE)}
        subprocess.run(["node", "--test-reporter=spec", str(script)], env={**instance.environment, **wishes}, cwd=CHECKOUT, check=True)
    make_small(PICTURE)
    return 0


def make_small(file: Path) -> None:
    """A picture of pages has few colors: a palette holds them. Raises where it stays too large for a README."""
    with Image.open(file) as opened:
        picture = opened.convert("RGB")
    for colors in (256, 128, 64):
        picture.quantize(colors, dither=Image.Dither.NONE).save(file, optimize=True)
        if file.stat().st_size <= LARGEST_BYTES:
            return
    raise ValueError(f"Expected {file} to be at most {LARGEST_BYTES} bytes, and it has {file.stat().st_size}.")


if __name__ == "__main__":
    raise SystemExit(main())
