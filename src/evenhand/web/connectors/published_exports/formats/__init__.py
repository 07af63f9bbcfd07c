"""The kinds of published exports that can be read: every module in this folder that offers a FORMAT. A new kind is a new module of the same shape."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from evenhand.web.connectors.published_exports.reading import ExportFormat


@cache
def export_formats() -> dict[str, ExportFormat]:
    """All formats by name, in the order of their names."""
    modules = [import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    return {form.name: form for form in (module.FORMAT for module in modules)}
