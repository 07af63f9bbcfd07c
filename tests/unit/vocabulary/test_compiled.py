"""Kernels give the same answers whatever was compiled before them, by whom, and however many compile at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CHECKOUT = Path(__file__).resolve().parents[3]

FIT_AT_ONCE = """
import numpy as np
from evenhand import equity
x = np.column_stack([np.ones(400), np.linspace(-2.0, 2.0, 400)])
y = np.floor(np.exp(1.0 + 0.5 * x[:, 1]))
found = [equity.fit_arrays(y > 2 if family == "logit" else y, x, ["one", "x"], family=family, compiled=compiled).coefficients
         for compiled in (None, False) for family in ("poisson", "logit")]
assert all(np.allclose(quick, plain, rtol=0.0, atol=1e-8) for quick, plain in zip(found[:2], found[2:])), found
"""

CALLER_FIRST = """
import numpy as np
from evenhand.equity import kernels, vector_math
x, bits = np.linspace(-3.0, 3.0, 256), np.zeros(256, dtype=np.int64)
kernels._poisson_factors(x, x, x, 256, np.zeros((5, 256)), np.zeros(5), np.zeros((4, 256)), bits)
found = np.zeros(256)
vector_math.exp_into(x, 256, found, bits)
assert np.allclose(found, np.exp(x), rtol=1e-15, atol=0.0), found / np.exp(x)
"""

ONE_TYPE = """
import sys, time
import numpy as np
from numba.core.caching import IndexDataCacheFile as Kept
list_of, Kept._load_index = Kept._load_index, lambda kept: (list_of(kept), time.sleep(0.5))[0]  # all read the list before one writes it
from evenhand.equity.vector_math import exp_into
kind, read_only = sys.argv[1:]
x = np.linspace(-3.0, 3.0, 9).astype(kind)
x.flags.writeable = read_only == "no"
found = np.zeros(9)
exp_into(x, 9, found, np.zeros(9, dtype=np.int64))
assert np.allclose(found, np.exp(x.astype(float)), rtol=1e-6), (kind, found)
"""


def started(code: str, kept_in: Path, *arguments: str) -> subprocess.Popen[str]:
    settings = os.environ | {"NUMBA_CACHE_DIR": str(kept_in)}
    return subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=CHECKOUT, env=settings, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("code", [FIT_AT_ONCE, CALLER_FIRST])
def test_a_kernel_first_compiled_for_its_caller_keeps_its_own_rounding(tmp_path: Path, code: str) -> None:
    for _ in ("compiled now", "read from disk"):
        process = started(code, tmp_path)
        assert process.communicate()[1] == ""
        assert process.returncode == 0


def test_processes_that_keep_different_types_of_a_kernel_at_once_do_not_mix_them_up(tmp_path: Path) -> None:
    types = [("f8", "no"), ("f4", "yes")]
    for _ in ("compiled at once", "read from disk"):
        processes = [started(ONE_TYPE, tmp_path, *named) for named in types]
        assert [process.communicate()[1] for process in processes] == [""] * len(types)
    assert len(list(tmp_path.rglob("vector_math.exp_into-*.nbc"))) == len(types), "each type is kept once"
