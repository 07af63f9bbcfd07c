"""Takes pictures of every page of a served sample city, at 360 and 1280 pixels, light and dark: `make screenshots`.

`python -m tests.browser.screenshots PATTERN` takes only those whose file name fits the pattern. `--readme` takes the one that the README shows.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PIL import Image

from tests import chromium
from tests.browser.instance import CHECKOUT, serving

HERE = Path(__file__).resolve().parent
README_PICTURE = CHECKOUT / "docs/images/harbor-bend.png"
LARGEST_BYTES = 150_000


def main(arguments: list[str]) -> int:
    browser = chromium.find()
    if browser is None:
        sys.stderr.write("Pictures need Chromium (Debian: apt-get install chromium).\n")
        return 2
    is_for_readme = arguments == ["--readme"]
    script = "readme_picture.mjs" if is_for_readme else "screenshots.mjs"
    with serving(requests=1200) as instance:
        wishes = {"EVENHAND_CHROMIUM": browser, "SCREENSHOTS_OF": "" if is_for_readme else "".join(arguments), "README_PICTURE": str(README_PICTURE)}
        code = subprocess.run(["node", str(HERE / script)], env={**instance.environment, **wishes}, cwd=CHECKOUT, check=False).returncode
    if is_for_readme and code == 0:
        make_small(README_PICTURE)
    return code


def make_small(file: Path) -> None:
    """A picture of pages has few colors: a palette holds them. Raises where it stays too large for a README."""
    with Image.open(file) as picture:
        for colors in (256, 128, 64):
            picture.convert("RGB").quantize(colors, dither=Image.Dither.NONE).save(file, optimize=True)
            if file.stat().st_size <= LARGEST_BYTES:
                return
    raise ValueError(f"Expected {file} to be at most {LARGEST_BYTES} bytes, and it has {file.stat().st_size}.")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
