"""Memory that is free goes back to the system, so that what a run holds at its peak does not grow with the number of meters."""

from __future__ import annotations

import ctypes
import sys

import pyarrow as pa


def give_back_memory() -> None:
    """Give back what Arrow keeps for later, and on Linux what lies free in the C library's heap, where the small pieces of many parts leave holes."""
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None  # glibc has it, musl has not
    if trim is not None:
        trim(0)
