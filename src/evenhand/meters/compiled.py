"""The compiler, or plain Python where there is none.

Modelling choice: a kernel is ordinary Python over NumPy arrays. With numba it is compiled once, kept on disk and runs without the interpreter's lock;
without numba the same lines run as they are, several hundred times slower and with the same answers.

What is kept on disk is kept under a fingerprint of all the files that hold kernels: numba alone looks only at the file of the kernel that is called,
and would go on using old code of the kernels that it calls.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np

_Function = TypeVar("_Function", bound=Callable[..., Any])

try:
    import numba
except ImportError:  # pragma: no cover - the dependency is declared; this serves places without a compiler
    config: Any = None
else:
    config = numba.config  # its settings are made at run time

IS_COMPILED: bool = config is not None and not config.DISABLE_JIT


def _kept_in() -> str:
    here = Path(__file__).parent
    files = [*sorted(here.glob("kernels_*.py")), here / "energy_codes.py", here / "limits.py", here / "meter_index.py"]
    fingerprint = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
    return str(here / "__pycache__" / f"kernels-{fingerprint}")


_KEPT_IN = _kept_in()


def kernel(function: _Function) -> _Function:
    """The function compiled at its first call, free of the interpreter's lock, kept on disk (elsewhere, if the package's folder is read-only).

    Without a compiler the function as it is; whole numbers run over in it on purpose, as they do when compiled.
    """
    if not IS_COMPILED:
        return np.errstate(over="ignore")(function)
    elsewhere = config.CACHE_DIR
    config.CACHE_DIR = elsewhere or _KEPT_IN
    try:
        compiled: Any = numba.njit(nogil=True, cache=True)(function)
    finally:
        config.CACHE_DIR = elsewhere
    return cast(_Function, compiled)
