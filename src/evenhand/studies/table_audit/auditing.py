"""Audit a published regression table by its own figures: stars, scale, pseudo R², likelihoods and the percentages of the text.

Modelling choice: nothing but the print is asked, and rounding always speaks for the print. A finding is one question to one entry, with what was
printed, what it must be and within what rounding; the order is that of a reader: what the entries are, what their stars should be, what else is
printed of them, the outcome, the likelihoods, the pseudo R², the text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evenhand.studies.table_audit.claims import check_claims
from evenhand.studies.table_audit.entries import read_entries
from evenhand.studies.table_audit.findings import VERDICTS, TableAudit
from evenhand.studies.table_audit.likelihoods import check_likelihoods
from evenhand.studies.table_audit.nulls import check_outcomes
from evenhand.studies.table_audit.r2 import check_r2
from evenhand.studies.table_audit.reading import PublishedTable, read_published_table
from evenhand.studies.table_audit.scale import check_scale
from evenhand.studies.table_audit.stars import check_stars, checked_terms
from evenhand.studies.table_audit.terms import check_terms


def check_table(table: PublishedTable) -> TableAudit:
    """Audit a table that was read.

    Parameters
    ----------
    table
        Terms, and where there are any, models and claims.

    Returns
    -------
    TableAudit
        Every question that the table allows, with its verdict.
    """
    read = read_entries(table)
    measures, readings = check_r2(table)
    findings = (
        *check_scale(table, read),
        *check_stars(read),
        *check_terms(read),
        *check_outcomes(table),
        *check_likelihoods(table, read),
        *measures,
        *check_claims(table, read),
    )
    custom = read.customs[0].words if read.customs else ""
    return TableAudit(table.files, custom, findings, checked_terms(table, read), readings)


def check_table_files(path: Path, *, models: Path | None = None, claims: Path | None = None) -> TableAudit:
    """Read and audit; parameters and faults as in `read_published_table`."""
    return check_table(read_published_table(path, models=models, claims=claims))


def audit_document(audit: TableAudit) -> dict[str, Any]:
    """Everything, for machines; a figure that there is none of is null, and what rounding leaves without an end is too."""
    told = {
        "files": dict(audit.files),
        "stars": audit.convention,
        "counts": {verdict: len(audit.by_verdict(verdict)) for verdict in VERDICTS},
        "findings": [asdict(finding) for finding in audit.findings],
        "terms": [asdict(term) for term in audit.terms],
        "pseudo_r2": [asdict(reading) for reading in audit.pseudo_r2],
    }
    return {name: _finite(value) for name, value in told.items()}


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, list | tuple) else value
