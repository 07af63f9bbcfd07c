"""The compiler, or plain Python where there is none: one way for every package that has kernels.

Modelling choice: a kernel is ordinary Python over NumPy arrays. With numba it is compiled at its first call, kept on disk and runs without the
interpreter's lock; without numba the same lines run as they are, several hundred times slower and with the same answers.

Three habits of numba would cost right answers, and are met here:
- What is kept on disk looks only at the file of the kernel that is called, not at the kernels that it calls. It is kept under a fingerprint of all
  files that hold kernels of a package.
- A kernel that says nothing of `fastmath` takes over what its first caller allows. Every kernel says it, so that sums are reordered only where meant.
- Two processes that keep two types of the same kernel at the same moment can each write over the other's list. Keeping is one process at a time.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import numpy as np

_Function = TypeVar("_Function", bound=Callable[..., Any])

try:
    import numba
except ImportError:  # pragma: no cover - the dependency is declared; this serves places without a compiler
    config: Any = None
else:
    config = numba.config  # its settings are made at run time

IS_COMPILED: bool = config is not None and not config.DISABLE_JIT


def kernels_of(files: Iterable[Path]) -> Callable[..., Callable[[_Function], _Function]]:
    """A decorator for the kernels in `files` (of one folder): `kernel(fastmath=…, error_model=…)`, numba's own words.

    Compiled code is kept beside the files (elsewhere, if that folder is read-only). Without a compiler a function stays as it is; whole numbers run
    over in it on purpose, as they do when compiled.
    """
    files = sorted(files)
    fingerprint = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
    kept_in = str(files[0].parent / "__pycache__" / f"kernels-{fingerprint}")

    def kernel(*, fastmath: bool | frozenset[str] = False, error_model: Literal["python", "numpy"] = "python") -> Callable[[_Function], _Function]:
        if not IS_COMPILED:
            return np.errstate(over="ignore")

        def compiled(function: _Function) -> _Function:
            allowed = set(fastmath) if isinstance(fastmath, frozenset) else fastmath
            elsewhere = config.CACHE_DIR
            config.CACHE_DIR = elsewhere or kept_in
            try:
                dispatcher: Any = numba.njit(nogil=True, cache=True, fastmath=allowed, error_model=error_model)(function)
            finally:
                config.CACHE_DIR = elsewhere
            _keep_one_at_a_time(dispatcher)
            return cast(_Function, dispatcher)

        return compiled

    return kernel


def _keep_one_at_a_time(dispatcher: Any) -> None:
    cache = dispatcher._cache  # numba has no public way to it
    keep = cache.save_overload

    def keep_alone(signature: Any, code: Any) -> None:
        folder = Path(cache.cache_path)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            keep(signature, code)

    cache.save_overload = keep_alone
