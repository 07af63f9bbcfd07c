"""Loaded before Django's settings: the tests run in a home of their own, with every setting at its default, whatever `.env` and the shell say.

DATABASE_URL alone is taken over: it chooses the database that the suite runs on. Each pytest process (also each of pytest-xdist's) has its own home.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

from evenhand.web.project.configuration import Configuration


def use_a_home_of_our_own() -> None:
    for name, field in Configuration.model_fields.items():
        os.environ[f"EVENHAND_{name.upper()}"] = str(field.default)
    home = tempfile.mkdtemp(prefix="evenhand-tests-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ["EVENHAND_HOME"] = home
    os.environ.setdefault("DATABASE_URL", "")
    os.environ.pop("EVENHAND_DATABASE_URL", None)


use_a_home_of_our_own()
