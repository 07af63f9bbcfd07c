"""The audit finds by itself what a careful reader of Xu & Tang (2020), table 4, finds: each expectation is worked out by hand from the print.

z of −1.962 (0.199) is −9.86. A logit of 515 ones among 3,515 has the null log likelihood 515 ln(515/3515) + 3000 ln(3000/3515) = −1464.40: McFadden
1 − 598.8/1464.4 = 0.591, Cox–Snell 1 − e^(−2·865.6/3515) = 0.389, Nagelkerke 0.389/(1 − e^(−2·1464.4/3515)) = 0.688. Models 2 to 5 by Cox–Snell:
−17,038 + 1757.5 ln 0.836 = −17,352.8, −17,024 + 1757.5 ln 0.829 = −17,353.6, −16,974 + 1757.5 ln 0.806 = −17,353.1.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from evenhand.studies.table_audit.auditing import check_table_files
from evenhand.studies.table_audit.findings import TableAudit
from tests.unit.cli.commands import run_command


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "published_table"


@pytest.fixture(scope="module")
def audit(folder: Path) -> TableAudit:
    return check_table_files(folder / "xu_tang_2020_table4.csv")


def test_one_star_of_thirty_five_is_wrong(audit: TableAudit) -> None:
    assert audit.convention == "* p < 0.1, ** p < 0.05, *** p < 0.01"
    wrong = [(one.model, one.term, one.printed, one.expected) for one in audit.of("stars") if one.verdict != "agrees"]
    assert len(audit.of("stars")) == 35
    assert wrong == [("1", "log_population_density", "*", "***")]
    (finding,) = [one for one in audit.of("stars") if one.verdict == "disagrees"]
    assert finding.figures["statistic"] == pytest.approx(-1.962 / 0.199)


def test_every_model_holds_logarithms_and_not_the_ratios_that_its_note_names(audit: TableAudit) -> None:
    assert [(one.model, one.verdict) for one in audit.of("scale")] == [(str(k), "disagrees") for k in range(1, 6)]
    assert audit.of("scale")[0].expected == "logarithms of odds ratios"
    assert "e^0.842 = 2.32" in audit.of("scale")[0].words
    odds = next(term for term in audit.terms if (term.model, term.term) == ("1", "minority_share"))
    assert odds.ratio == pytest.approx(math.exp(0.842))


def test_only_515_reporters_or_one_more_make_the_printed_mean_and_spread(audit: TableAudit) -> None:
    # 514 of 3,515 have a spread of 0.3533, 515 one of 0.3536: only from 515 on it is printed as 0.354; 515/3515 = 0.14651 is 0.146 cut off.
    (finding,) = audit.of("outcome")
    assert finding.verdict == "disagrees"
    assert (finding.figures["ones_least"], finding.figures["ones_most"]) == (515, 516)
    assert "512 to 514 ones" in finding.words
    assert "cut off" in finding.words


def test_the_pseudo_r2_of_the_table_is_nagelkerkes(audit: TableAudit) -> None:
    logit, hours, table = audit.of("pseudo_r2")
    assert logit.expected == "Nagelkerke"
    assert "McFadden would be 0.591" in logit.words
    assert hours.expected == "Cox–Snell or Nagelkerke"
    assert table.expected == "Nagelkerke"
    assert "0.018 to 0.022 for models 2, 3, 4 and 5" in table.words


def test_one_null_likelihood_serves_the_hours_under_nagelkerkes_alone(audit: TableAudit) -> None:
    found = {one.definition: one for one in audit.pseudo_r2 if one.models == ("2", "3", "4", "5")}
    assert [name for name, one in found.items() if one.fits] == ["Cox–Snell", "Nagelkerke"]
    common = found["Nagelkerke"].common_null
    assert common is not None
    # Half a unit of a pseudo R² is 1.1 of a log likelihood here.
    assert common[0] == pytest.approx(-17_353.0, abs=2.0)
    assert common[1] == pytest.approx(-17_353.0, abs=2.0)
    assert found["McFadden"].common_null is None


def test_the_percentages_of_the_text_follow_and_one_was_cut_off(audit: TableAudit) -> None:
    claims = audit.of("claim")
    assert [one.verdict for one in claims] == ["agrees"] * 5
    assert [one.printed for one in claims if "cut off" in one.words] == ["-20.14 %"]  # e^−0.225 − 1 is −20.148 %


def test_the_errors_are_those_of_independent_households(audit: TableAudit) -> None:
    # Twice the gain of model 3 over model 2 is 28, and 0.259/√28 = 0.0489; printed is 0.049.
    interaction = next(one for one in audit.of("std_error") if one.model == "3")
    assert interaction.verdict == "agrees"
    assert "households as independent" in interaction.words
    assert [(one.where, one.verdict) for one in audit.of("nested")] == [("models 2 and 3", "agrees"), ("models 4 and 5", "agrees")]


def test_the_command_prints_json_alone_on_stdout(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    ran = run_command(monkeypatch, capsys, "study", "check-table", folder, "--json")
    document = json.loads(ran.out)
    assert (ran.code, ran.said) == (0, "")
    assert document["counts"] == {"disagrees": 7, "cannot_be_told": 1, "agrees": 46}


def test_the_command_tells_people_on_stderr(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    ran = run_command(monkeypatch, capsys, "study", "check-table", folder / "xu_tang_2020_models.csv")
    assert (ran.code, ran.out) == (0, "")
    for words in ("That deserves ***; printed is *.", "logarithms of odds ratios", "One measure for the whole table: Nagelkerke."):
        assert words in ran.said
