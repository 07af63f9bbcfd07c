"""Published exports of 311 requests, read as they are: `open_export(path, format, timezone).records()`.

A connector without a database and without a network: it turns a city's file into records (`record.py`) with their faults (`faults.py`), or says
why a row or a file cannot be used.
"""

from __future__ import annotations

from evenhand.web.connectors.published_exports.errors import ExportError
from evenhand.web.connectors.published_exports.export import Export, open_export
from evenhand.web.connectors.published_exports.fallback_points import FallbackPoint
from evenhand.web.connectors.published_exports.faults import FAULTS, QUARANTINE
from evenhand.web.connectors.published_exports.formats import export_formats
from evenhand.web.connectors.published_exports.record import Channel, ClosingReason, MadeBy, PublishedRequest, QuarantinedRow

__all__ = [
    "FAULTS",
    "QUARANTINE",
    "Channel",
    "ClosingReason",
    "Export",
    "ExportError",
    "FallbackPoint",
    "MadeBy",
    "PublishedRequest",
    "QuarantinedRow",
    "export_formats",
    "open_export",
]
