"""Takes the picture in README.md: `make picture`."""

from __future__ import annotations

import subprocess

from tests.browser.instance import CHECKOUT, serving

PICTURE = CHECKOUT / "docs/images/home.png"


def main() -> int:
    with serving(requests=1200) as instance:
        script = CHECKOUT / "tests/browser/readme_picture.mjs"
        return subprocess.run(["node", str(script), str(PICTURE)], env=instance.environment, cwd=CHECKOUT, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
