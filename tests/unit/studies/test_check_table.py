"""The audit of a published table: what it finds in tables whose faults are known, and what it never accuses."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, t

from evenhand.equity import PseudoR2
from evenhand.studies.table_audit.auditing import audit_document, check_table
from evenhand.studies.table_audit.nulls import null_of_ones
from evenhand.studies.table_audit.printed import Printed
from evenhand.studies.table_audit.reading import PublishedTable, TableClaim, TableModel, TableTerm
from tests.unit.studies.published_tables import CLAIMS, MODELS, TERMS, audited, only

ESTIMATES = st.floats(-3.0, 3.0)
ERRORS = st.floats(0.01, 1.0)
ECONOMISTS = ((0.01, "***"), (0.05, "**"), (0.1, "*"))


def printed(value: float, decimals: int = 3) -> Printed:
    figure = Printed.of(f"{value:.{decimals}f}")
    assert figure is not None
    return figure


def stars(estimate: float, error: float) -> str:
    p_value = 2.0 * float(norm.sf(abs(estimate) / error))
    return next((mark for level, mark in ECONOMISTS if p_value < level), "")


@given(st.lists(st.tuples(ESTIMATES, ERRORS), min_size=1, max_size=12))
@settings(max_examples=150, deadline=None)
def test_a_table_that_was_printed_rightly_is_never_accused_of_its_stars(entries: list[tuple[float, float]]) -> None:
    terms = tuple(
        TableTerm("1", f"x{k}", printed(estimate), stars(estimate, error), {"std_error": printed(error)})
        for k, (estimate, error) in enumerate(entries)
    )
    found = check_table(PublishedTable(terms, (), (), {}))
    assert [finding.words for finding in found.of("stars") if finding.verdict == "disagrees"] == []


@given(st.lists(ESTIMATES, min_size=1, max_size=4), st.integers(0, 2))
@settings(max_examples=150, deadline=None)
def test_a_percentage_of_the_true_coefficients_is_never_accused(coefficients: list[float], decimals: int) -> None:
    terms = tuple(TableTerm("1", f"x{k}", printed(b), None, {"std_error": printed(1.0)}) for k, b in enumerate(coefficients))
    percent = printed(100.0 * math.expm1(sum(coefficients)), decimals)
    claim = TableClaim("1", percent, "sum", tuple((term.term, 1.0) for term in terms), "")
    found = check_table(PublishedTable(terms, (), (claim,), {}))
    assert only(found, "claim").verdict != "disagrees"


@given(
    st.floats(-9_000.0, -4_000.0),
    st.lists(st.floats(10.0, 500.0), min_size=2, max_size=5),
    st.sampled_from(["McFadden", "Cox–Snell", "Nagelkerke"]),
)
@settings(max_examples=100, deadline=None)
def test_the_measure_that_made_the_figures_is_always_among_those_that_fit(null: float, gains: list[float], name: str) -> None:
    n, models = 2_000, []
    for k, gain in enumerate(gains):
        found = PseudoR2.of(null + gain, null, n)
        r2 = {"McFadden": found.mcfadden, "Cox–Snell": found.cox_snell, "Nagelkerke": found.nagelkerke}[name]
        figures = {"loglik": printed(null + gain, 0), "pseudo_r2": printed(r2)}
        models.append(TableModel(str(k), "negative_binomial", "hours", n, "", "", figures))
    terms = tuple(TableTerm(model.name, f"x{model.name}", printed(0.1), None, {}) for model in models)
    audit = check_table(PublishedTable(terms, tuple(models), (), {}))
    assert name in [reading.definition for reading in audit.pseudo_r2 if reading.fits]


def test_a_star_too_few_is_found_and_one_within_rounding_is_not(tmp_path: Path) -> None:
    # z of b lies between 0.0595/0.0235 = 2.53 and 0.0605/0.0225 = 2.69, and three stars begin at 2.576.
    entries = "1,a,-1.962,0.199,*\n1,b,0.060,0.023,**\n1,c,0.060,0.023,***\n1,d,0.500,0.100,***\n1,e,0.100,0.100,\n"
    found = audited(tmp_path, terms=TERMS + entries)
    assert [(one.term, one.verdict) for one in found.of("stars")] == [
        ("a", "disagrees"), ("b", "cannot_be_told"), ("c", "agrees"), ("d", "agrees"), ("e", "agrees"),
    ]  # fmt: skip
    assert only(found, "stars", ", a").expected == "***"
    assert only(found, "stars", ", b").expected == "*** or **"
    assert only(found, "stars", ", a").rounding == "|z| 9.83 to 9.89"


@pytest.mark.parametrize(
    ("marks", "custom"),
    [
        # entries with statistics of 1.8, 2.2, 2.8 and 4
        (["*", "**", "***", "***"], "* p < 0.1, ** p < 0.05, *** p < 0.01"),
        (["", "*", "**", "***"], "* p < 0.05, ** p < 0.01, *** p < 0.001"),
        (["†", "*", "**", "***"], "+ p < 0.1, * p < 0.05, ** p < 0.01, *** p < 0.001"),
        (["", "*", "**", "**"], "* p < 0.05, ** p < 0.01"),
        (["", "*", "*", "*"], "* p < 0.05"),
        (["*", "**", "***", "****"], "* p < 0.1, ** p < 0.05, *** p < 0.01, **** p < 0.001"),
    ],
)
def test_the_custom_of_stars_is_read_from_the_entries(tmp_path: Path, marks: list[str], custom: str) -> None:
    rows = "".join(f"1,x{z},{z:.3f},1.000,{mark}\n" for z, mark in zip((1.8, 2.2, 2.8, 4.0), marks, strict=True))
    found = audited(tmp_path, terms=TERMS + rows)
    assert found.convention == custom
    assert [one.verdict for one in found.of("stars")] == ["agrees"] * 4


def test_a_linear_model_of_few_rows_is_judged_by_t(tmp_path: Path) -> None:
    # t(8) at 5 % is 2.306: 2.1 is no star there, though z = 2.1 would be one.
    assert t.ppf(0.975, 8) == pytest.approx(2.306, abs=5e-4)
    rows = "1,a,2.100,1.000,\n1,b,2.400,1.000,*\n1,c,6.000,1.000,***\n1,d,3.600,1.000,**\n"
    found = audited(tmp_path, terms=TERMS + rows, models=MODELS + "1,ols,y,12,,,,,coefficients\n")
    assert found.convention == "* p < 0.05, ** p < 0.01, *** p < 0.001"
    assert [one.verdict for one in found.of("stars")] == ["agrees"] * 4


def test_without_stars_or_errors_it_cannot_be_told(tmp_path: Path) -> None:
    assert only(audited(tmp_path, terms="model,term,estimate\n1,a,0.5\n"), "star_convention").verdict == "cannot_be_told"
    assert only(audited(tmp_path, terms=TERMS + "1,a,0.5,0.3,\n"), "star_convention").verdict == "cannot_be_told"


def test_one_negative_entry_shows_that_ratios_are_logarithms(tmp_path: Path) -> None:
    rows = "1,a,0.693,0.100,***\n1,b,-0.500,0.100,***\n1,c,0.010,0.100,\n"
    found = only(audited(tmp_path, terms=TERMS + rows, models=MODELS + "1,logit,y,500,,,,,odds ratios\n"), "scale")
    assert (found.verdict, found.expected) == ("disagrees", "logarithms of odds ratios")
    assert "e^0.693 = 2.00" in found.words


def test_ratios_are_believed_where_their_stars_fit(tmp_path: Path) -> None:
    # Odds ratios with errors on their own scale: ln 2 / (0.2/2) = 6.9, ln 1.05 / (0.2/1.05) = 0.26; as logarithms 1.05/0.2 would deserve three stars.
    rows = "1,a,2.00,0.20,***\n1,b,1.05,0.20,\n1,c,0.40,0.05,***\n1,d,0.97,0.10,\n"
    audit = audited(tmp_path, terms=TERMS + rows, models=MODELS + "1,logit,y,500,,,,,odds ratios\n")
    assert only(audit, "scale").verdict == "agrees"
    assert [one.verdict for one in audit.of("stars")] == ["agrees"] * 4
    assert [term.ratio for term in audit.terms] == pytest.approx([2.0, 1.05, 0.4, 0.97])
    assert audit.terms[0].ratio_conf_low == pytest.approx(2.0 * math.exp(-1.959964 * 0.1))


def test_ratios_said_to_be_coefficients_are_found_by_their_stars(tmp_path: Path) -> None:
    rows = "1,a,2.00,0.20,***\n1,b,1.05,0.20,\n1,c,0.97,0.10,\n"
    found = only(audited(tmp_path, terms=TERMS + rows, models=MODELS + "1,logit,y,500,,,,,logit coefficients\n"), "scale")
    assert (found.verdict, found.expected) == ("disagrees", "odds ratios")


def test_one_slip_of_a_star_does_not_make_ratios_of_logarithms(tmp_path: Path) -> None:
    # Read as ratios both entries would fit: ln 1.2 / (0.2/1.2) = 1.09 and ln 3 / (0.3/3) = 11.
    rows = "1,a,1.20,0.20,\n1,b,3.00,0.30,***\n"
    audit = audited(tmp_path, terms=TERMS + rows, models=MODELS + "1,logit,y,500,,,,,log odds\n")
    assert only(audit, "scale").verdict == "cannot_be_told"
    assert [one.verdict for one in audit.of("stars")] == ["disagrees", "agrees"]


def test_a_quoted_percentage_tells_ratios_from_logarithms(tmp_path: Path) -> None:
    # 0.842 as a ratio is a change of −15.8 %; e^0.842 − 1 is +132 %.
    found = audited(
        tmp_path,
        terms="model,term,estimate\n1,a,0.842\n",
        models=MODELS + "1,logit,y,500,,,,,odds ratios\n",
        claims=CLAIMS + "1,132,a,odds\n",
    )
    assert only(found, "scale").verdict == "disagrees"


@pytest.mark.parametrize(
    ("percent", "verdict", "words"),
    [
        ("10.5", "agrees", "10.52"),  # e^0.1 − 1 = 10.517 %
        ("10.50", "cannot_be_told", "10.462 to 10.572"),
        ("10", "agrees", "cut off"),
        ("11", "agrees", "printed is 11 %"),
        ("10.0", "disagrees", "100 times the coefficient itself"),
        ("-9.5", "disagrees", "the reverse comparison"),
        ("13", "disagrees", "No usual slip"),
    ],
)
def test_percentages_are_held_against_the_exponential(tmp_path: Path, percent: str, verdict: str, words: str) -> None:
    found = audited(tmp_path, terms="model,term,estimate\n1,a,0.100\n", claims=CLAIMS + f"1,{percent},a,text\n")
    assert only(found, "claim").verdict == verdict
    assert words in only(found, "claim").words


def test_a_claim_that_left_a_term_out_is_recognised(tmp_path: Path) -> None:
    rows = "1,a,0.200,0.010,\n1,b,-0.300,0.010,\n"
    found = only(audited(tmp_path, terms=TERMS + rows, claims=CLAIMS + "1,22.1,a + b,both\n"), "claim")  # e^0.2 − 1 = 22.14 %
    assert found.verdict == "disagrees"
    assert "what comes without b" in found.words


def test_the_error_of_a_sum_is_told_only_as_far_as_print_goes(tmp_path: Path) -> None:
    # Errors 0.01 and 0.03 leave the sum's between 0.02 and 0.04, a little more with rounding.
    rows = "1,a,0.200,0.010,\n1,b,0.300,0.030,\n1,c,-0.180,0.010,\n1,d,0.150,0.040,\n"
    claims = CLAIMS + "1,64.9,a + b,far\n1,2.02,a + c,near\n1,-16.5,c,alone\n1,3.05,d + c + d - 0.5 * d - 0.5 * d + d - d,many\n"
    found = audited(tmp_path, terms=TERMS + rows, claims=claims)
    assert "clear of zero at 5 % whatever they are" in only(found, "claim", "a + b").words
    assert "cannot be told from the table" in only(found, "claim", "a + c").words
    assert "covariances" not in next(one for one in found.of("claim") if one.where == "model 1, c").words


def test_the_null_likelihood_of_a_coin_is_known() -> None:
    assert null_of_ones(1, 2) == pytest.approx(2.0 * math.log(0.5))
    assert null_of_ones(0, 10) == 0.0
    assert null_of_ones(3, 4) == pytest.approx(3.0 * math.log(0.75) + math.log(0.25))


def test_the_pseudo_r2_of_a_logit_is_named_from_its_outcome(tmp_path: Path) -> None:
    # 40 ones among 100: null −67.301; at −45 McFadden is 1 − 45/67.301, Cox–Snell 1 − e^−0.446, Nagelkerke that over 1 − e^−1.346.
    null = 40 * math.log(0.4) + 60 * math.log(0.6)
    assert null == pytest.approx(-67.301, abs=1e-3)
    for figure, name in ((0.331, "McFadden"), (0.360, "Cox–Snell"), (0.486, "Nagelkerke")):
        models = MODELS + f"1,logit,y,100,0.40,0.49,-45.00,{figure},log odds\n"
        audit = audited(tmp_path, terms=TERMS + "1,a,0.5,0.1,***\n", models=models)
        assert only(audit, "pseudo_r2", "model 1").expected == name
        assert only(audit, "pseudo_r2", "the table").verdict == "agrees"


def test_a_measure_that_is_named_wrongly_is_told(tmp_path: Path) -> None:
    models = "model,family,outcome,n,outcome_mean,loglik,pseudo_r2,pseudo_r2_name\n1,logit,y,100,0.40,-45.00,0.486,McFadden\n"
    found = only(audited(tmp_path, terms=TERMS + "1,a,0.5,0.1,***\n", models=models), "pseudo_r2", "the table")
    assert (found.verdict, found.printed, found.expected) == ("disagrees", "McFadden", "Nagelkerke")


def test_one_model_of_counts_alone_leaves_its_measure_open(tmp_path: Path) -> None:
    models = MODELS + "1,negative_binomial,hours,500,20.0,15.0,-2000,0.150,\n"
    assert only(audited(tmp_path, terms=TERMS + "1,a,0.5,0.1,***\n", models=models), "pseudo_r2", "model 1").verdict == "cannot_be_told"


def test_a_pseudo_r2_that_nothing_gives_is_told(tmp_path: Path) -> None:
    models = MODELS + "1,logit,y,100,0.40,0.49,-50.00,0.900,log odds\n"
    assert only(audited(tmp_path, terms=TERMS + "1,a,0.5,0.1,***\n", models=models), "pseudo_r2", "model 1").verdict == "disagrees"


def test_a_share_that_no_whole_number_gives_is_told(tmp_path: Path) -> None:
    # Of 10, a mean of 0.35 is 3.5 people.
    terms = TERMS + "1,a,0.5,0.1,***\n"
    assert only(audited(tmp_path, terms=terms, models=MODELS + "1,logit,y,10,0.35,,-5.0,,\n"), "outcome").verdict == "disagrees"
    assert only(audited(tmp_path, terms=terms, models=MODELS + "1,logit,y,10,0.30,0.46,-5.0,,\n"), "outcome").verdict == "agrees"
    # 2 of 3 is 0.667, and 0.66 cut off
    assert "cut off" in only(audited(tmp_path, terms=terms, models=MODELS + "1,logit,y,3,0.66,,-1.0,,\n"), "outcome").words


def test_a_larger_model_that_is_less_likely_is_told(tmp_path: Path) -> None:
    terms = TERMS + "1,a,0.5,0.1,***\n2,a,0.5,0.1,***\n2,b,0.5,0.1,***\n"
    for loglik, verdict in (("-1000", "agrees"), ("-1001", "agrees"), ("-1003", "disagrees")):
        models = MODELS + f"1,negative_binomial,hours,500,,,-1000,,\n2,negative_binomial,hours,500,,,{loglik},,\n"
        found = only(audited(tmp_path, terms=terms, models=models), "nested")
        assert (found.verdict, found.where) == (verdict, "models 1 and 2")


def test_the_kind_of_error_shows_in_the_gain_of_one_term(tmp_path: Path) -> None:
    # A gain of 8 in log likelihood is 16: an estimate of 0.4 goes with an error of 0.4/4 = 0.1.
    models = MODELS + "1,poisson,y,500,,,-1000.0,,\n2,poisson,y,500,,,-992.0,,\n"
    for error, verdict, words in (("0.10", "agrees", "households as independent"), ("0.20", "cannot_be_told", "robust or clustered")):
        audit = audited(tmp_path, terms=TERMS + f"1,a,0.50,0.10,***\n2,a,0.50,0.10,***\n2,b,0.40,{error},\n", models=models)
        found = only(audit, "std_error")
        assert found.verdict == verdict
        assert words in found.words


def test_signs_and_criteria_of_likelihoods_are_worked_out(tmp_path: Path) -> None:
    head = "model,family,outcome,n,loglik,aic,bic\n"
    terms = TERMS + "1,a,0.5,0.1,***\n1,Intercept,0.5,0.1,***\n"
    # Two coefficients and a dispersion: AIC 6 + 2000; BIC 3 ln 100 + 2000 = 2013.8.
    audit = audited(tmp_path, terms=terms, models=head + "1,nb,y,100,-1000.0,2006.0,2020.0\n")
    assert only(audit, "log_likelihood", "AIC").verdict == "agrees"
    assert only(audit, "log_likelihood", "BIC").verdict == "disagrees"
    assert only(audited(tmp_path, terms=terms, models=head + "1,logit,y,100,1000.0,,\n"), "log_likelihood").verdict == "disagrees"


def test_what_is_printed_beside_an_entry_is_worked_out(tmp_path: Path) -> None:
    head = "model,term,estimate,std_error,statistic,p_value,conf_low,conf_high\n"
    right = audited(tmp_path, terms=head + "1,a,0.50,0.20,2.50,0.012,0.11,0.89\n")
    assert [one.verdict for one in right.of("term")] == ["agrees"] * 4
    wrong = audited(tmp_path, terms=head + "1,a,0.50,0.20,3.50,0.300,0.30,0.70\n1,b,0.50,-0.20,,,,\n1,c,0.50,0.00,,,,\n")
    assert [one.verdict for one in wrong.of("term")] == ["disagrees"] * 5 + ["cannot_be_told"]


def test_a_model_less_likely_than_its_constant_is_told(tmp_path: Path) -> None:
    # Half of 100 ones: the constant has 100 ln 0.5 = −69.3.
    models = MODELS + "1,logit,y,100,0.50,0.50,-75.0,0.100,\n"
    found = only(audited(tmp_path, terms=TERMS + "1,a,0.5,0.1,***\n", models=models), "log_likelihood")
    assert (found.verdict, found.expected[:8]) == ("disagrees", "at least")


def test_models_of_one_outcome_must_print_one_mean(tmp_path: Path) -> None:
    models = MODELS + "1,nb,hours,500,20.0,5.0,-900,,\n2,nb,hours,500,21.0,5.0,-900,,\n"
    found = only(audited(tmp_path, terms=TERMS + "1,a,0.5,0.1,\n2,a,0.5,0.1,\n", models=models), "outcome")
    assert (found.verdict, found.printed) == ("disagrees", "20.0 and 21.0")


def test_the_document_is_plain_json_without_endless_numbers(tmp_path: Path) -> None:
    import json

    document = audit_document(audited(tmp_path, terms=TERMS + "1,a,0.5,0.000,***\n"))
    assert list(document) == ["files", "stars", "counts", "findings", "terms", "pseudo_r2"]
    assert json.loads(json.dumps(document, allow_nan=False))["terms"][0]["statistic_high"] is None
