"""Small invented tables as CSV, for tests of the audit. No study printed them."""

from __future__ import annotations

from pathlib import Path

from evenhand.studies.table_audit.auditing import check_table
from evenhand.studies.table_audit.findings import Finding, TableAudit
from evenhand.studies.table_audit.reading import read_published_table

TERMS = "model,term,estimate,std_error,stars\n"
MODELS = "model,family,outcome,n,outcome_mean,outcome_sd,loglik,pseudo_r2,reported_as\n"
CLAIMS = "model,claim_percent,linear_combination,text\n"


def written(folder: Path, *, terms: str, models: str = "", claims: str = "", name: str = "invented") -> Path:
    """The files of a table in a folder; gives that of the terms."""
    for kind, text in (("terms", terms), ("models", models), ("claims", claims)):
        if text:
            (folder / f"{name}_{kind}.csv").write_text(text)
    return folder / f"{name}_terms.csv"


def audited(folder: Path, *, terms: str, models: str = "", claims: str = "") -> TableAudit:
    return check_table(read_published_table(written(folder, terms=terms, models=models, claims=claims)))


def only(audit: TableAudit, check: str, where: str = "") -> Finding:
    """The one finding of a check, at a place whose words hold `where`."""
    found = [finding for finding in audit.of(check) if where in finding.where]
    assert len(found) == 1, [finding.where for finding in found]
    return found[0]
