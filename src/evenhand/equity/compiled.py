"""The decorator of this package's kernels; see `evenhand.vocabulary.compiled`."""

from __future__ import annotations

from pathlib import Path

from evenhand.vocabulary.compiled import kernels_of

_HERE = Path(__file__).parent

kernel = kernels_of(_HERE / name for name in ("kernels.py", "kernels_plain.py", "vector_math.py"))
