"""Files of a published table: found by their header, refused with all their faults at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenhand.studies.errors import PublishedTableUnusable
from evenhand.studies.table_audit.auditing import audit_document, check_table
from evenhand.studies.table_audit.reading import LARGEST_BYTES, read_published_table
from tests.unit.studies.published_tables import CLAIMS, MODELS, TERMS, written

ROW = "1,a,0.5,0.1,***\n"
MODEL = "1,logit,y,100,0.40,0.49,-50.00,0.395,odds ratios\n"


def faults(path: Path, **where: Path) -> list[str]:
    with pytest.raises(PublishedTableUnusable) as caught:
        read_published_table(path, **where)
    assert caught.value.code == "published_table_unusable"
    found = caught.value.facts["faults"]
    assert isinstance(found, list)
    return found


def test_any_of_the_files_or_their_folder_gives_the_same_table(tmp_path: Path) -> None:
    terms = written(tmp_path, terms=TERMS + ROW, models=MODELS + MODEL, claims=CLAIMS + "1,65,a,text\n")
    expected = read_published_table(terms)
    assert expected.files == {"terms": "invented_terms.csv", "models": "invented_models.csv", "claims": "invented_claims.csv"}
    for path in (tmp_path, tmp_path / "invented_models.csv", tmp_path / "invented_claims.csv"):
        assert read_published_table(path) == expected


def test_another_table_of_the_folder_is_left_alone(tmp_path: Path) -> None:
    terms = written(tmp_path, terms=TERMS + ROW)
    written(tmp_path, terms=TERMS + ROW, models=MODELS + MODEL, name="other_study")
    assert read_published_table(terms).files == {"terms": "invented_terms.csv"}
    assert read_published_table(terms, models=tmp_path / "other_study_models.csv").models[0].n == 100
    assert any("2 files hold terms" in fault for fault in faults(tmp_path))


def test_figures_are_kept_as_printed(tmp_path: Path) -> None:
    row = '1,a,"−1,234.50",(0.10),***\n'
    term = read_published_table(written(tmp_path, terms="\ufeff" + TERMS + row)).terms[0]
    assert (term.estimate.text, term.estimate.value, term.estimate.unit) == ("−1,234.50", -1234.5, 0.01)
    assert term.std_error is not None
    assert term.std_error.value == 0.1


def test_other_separators_and_families_by_other_names_are_read(tmp_path: Path) -> None:
    terms = written(tmp_path, terms=(TERMS + ROW).replace(",", ";"), models=MODELS + MODEL.replace("logit", "Logistic"))
    assert read_published_table(terms).models[0].family == "logit"


def test_all_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        terms=TERMS + "1,a,much,0.1,***\n1,b,0.5,0.1,***\n1,b,0.5,0.1,***\n,c,0.5,0.1,x\n9,d,0.5,0.1,\n1,e,0.5\n",
        models=MODELS + "1,logit,y,few,0.40,0.49,-50.00,0.395,\n1,logit,y,100,0.40,0.49,-50.00,0.395,\n2,logit,y,99.5,,,,,\n",
        claims=CLAIMS + "1,12,nobody,text\n1,,b,text\n1,12,b b,text\n",
    )
    said = "\n".join(faults(path))
    for words in (
        "invented_terms.csv, line 2: estimate was expected as a number, and 'much' came",
        "invented_terms.csv, line 5: model is empty",
        "invented_terms.csv, line 5: stars were expected",
        "invented_terms.csv, line 7: 5 cells were expected, and 3 came",
        "model 1 has the term b 2 times",
        "model 1 stands 2 times among the models",
        "model 9 has terms and no row among the models",
        "model 2 stands among the models and has no terms",
        "invented_models.csv, line 2: n was expected as a number, and 'few' came",
        "invented_models.csv, line 4: n was expected as a whole number above 0, and 99.5 came",
        "a claim speaks of nobody in model 1, which has no such term",
        "invented_claims.csv, line 3: claim_percent is empty",
        "'b b' came",
    ):
        assert words in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"a,b\n1,2\n", "has the columns a, b; expected were"),
        (b"\xff\xfe\x00", "it is no UTF-8 text"),
        (b"model,term,estimate\n", "holds no row"),
        (b"model,term,estimate,term\n1,a,0.5,a\n", "has the column 'term' 2 times"),
        (b"x" * (LARGEST_BYTES + 1), "no printed table is larger"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "table.csv").write_bytes(content)
    assert any(words in fault for fault in faults(tmp_path / "table.csv"))


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    assert "there is no file" in faults(tmp_path / "nowhere.csv")[0]
    assert "holds no CSV file" in faults(tmp_path)[0]
    (tmp_path / "x_models.csv").write_text(MODELS + MODEL)
    assert "no file of terms was found" in faults(tmp_path / "x_models.csv")[0]
    assert "could not be read" in faults(tmp_path / "x_models.csv", claims=tmp_path / "none.csv")[0]


def test_a_fault_of_a_companion_that_was_named_is_told(tmp_path: Path) -> None:
    terms = written(tmp_path, terms=TERMS + ROW)
    (tmp_path / "elsewhere.csv").write_text("a,b\n1,2\n")
    assert "expected were model, family (models)" in faults(terms, models=tmp_path / "elsewhere.csv")[0]


CELLS = st.sampled_from(
    ["0.5", "-0.5", "0", "0.000", "1e9", "-1e9", "3,515", "1", "0.99", "-17038", "1e-12", "", "x", "***", "logit", "nb", "ols", "a:b"]
)
HEADS = st.sampled_from(
    ["model", "term", "estimate", "std_error", "stars", "family", "outcome", "n", "outcome_mean", "outcome_sd", "loglik", "loglik_null", "pseudo_r2",
     "aic", "bic", "p_value", "conf_low", "claim_percent", "linear_combination"]
)  # fmt: skip


@given(
    st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS, CELLS), min_size=1, max_size=5),
    st.lists(st.lists(CELLS, min_size=9, max_size=9), max_size=3),
    st.lists(HEADS, min_size=4, max_size=4, unique=True),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_cells_hold_it_is_audited_or_refused_in_words(
    tmp_path: Path, entries: list[tuple[str, ...]], models: list[list[str]], heads: list[str]
) -> None:
    written(tmp_path, terms=TERMS + "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in entries))
    head = ",".join(dict.fromkeys(["model", "family", "n", "loglik", "pseudo_r2", *heads]))
    columns = head.count(",") + 1
    (tmp_path / "m.csv").write_text(head + "\n" + "".join(",".join(f'"{cell}"' for cell in row[:columns]) + "\n" for row in models))
    said: list[str] = []
    for beside in ({}, {"models": tmp_path / "m.csv"}):
        try:
            audit_document(check_table(read_published_table(tmp_path / "invented_terms.csv", **beside)))
        except PublishedTableUnusable as error:
            said.append(error.message)
    assert all(said)
