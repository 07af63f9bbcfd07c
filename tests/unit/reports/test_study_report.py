"""A study's report: its sentences follow from its numbers, it tells of no few households, and people who do not see it can read it."""

from __future__ import annotations

import itertools
import json
import math
import re
import zlib
from dataclasses import replace
from datetime import UTC, timedelta
from functools import cache
from html.parser import HTMLParser

import numpy as np
import pytest

from evenhand.equity.panel_reading import PanelWarning
from evenhand.equity.standardised_gaps import StandardisedGap
from evenhand.equity.verdicts import verdict
from evenhand.reports.charts import lay_out
from evenhand.reports.disclosure import Gate
from evenhand.reports.documents import pdf_of
from evenhand.reports.errors import PdfNotPossible
from evenhand.reports.printed_tables import PrintedTable
from evenhand.reports.study_report.blocks import figure, table
from evenhand.reports.study_report.checks import NAMES_PLACES, WITHHELD_WORDS, gated
from evenhand.reports.study_report.counts import study_counts
from evenhand.reports.study_report.files import study_files
from evenhand.reports.study_report.methods import methods_paragraph
from evenhand.reports.study_report.words import the_gap, the_groups, who_was_heard
from evenhand.studies.five_models import fit_five_models
from evenhand.studies.group_facts import compare_groups
from evenhand.studies.hypotheses import NamedGap, city_gaps, verdicts
from evenhand.studies.results import Claim, Diagnostic
from evenhand.studies.study_run import PresetStudy, StudyResults
from tests import study_results

pytestmark = pytest.mark.slow

CHECK = Diagnostic(
    "check", "Is it so?", "It was looked at.", {"households": 600.0}, "600 households are.", "Nothing.", "sound", ({"households": 600, "x": 0.5},)
)


@cache
def files(*, is_internal: bool = False) -> dict[str, bytes]:
    return study_files(study_results.results(), study_results.PROVENANCE, is_internal=is_internal)


def page(*, is_internal: bool = False) -> str:
    return files(is_internal=is_internal)["report.html"].decode()


class Tags(HTMLParser):
    """Every tag of a page with its attributes, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def of(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.found if tag in names]


def gap(hours: float, low: float, high: float, percent: tuple[float, float, float]) -> StandardisedGap:
    return StandardisedGap(
        "minority_share", 1.0, 0.0, "fixed", 80.0 + hours, 80.0, hours, 1.0, None, low, high, *percent, errors="cr3", method="delta", n=600
    )


@pytest.mark.parametrize(
    ("adjusted", "said"),
    [
        (gap(8.0, 5.0, 11.0, (10.0, 6.2, 13.9)), "8.0 hours longer (95 % interval 5.0 to 11.0)"),
        (gap(8.0, 5.0, 11.0, (10.0, 6.2, 13.9)), "a wait 10.0 % longer, which chance alone does not explain"),
        (gap(-8.0, -11.0, -5.0, (-10.0, -13.9, -6.2)), "8.0 hours shorter (95 % interval −11.0 to −5.0)"),
        (gap(-8.0, -11.0, -5.0, (-10.0, -13.9, -6.2)), "a wait 10.0 % shorter, which chance alone does not explain"),
        (
            gap(7.3, -0.3, 15.0, (9.4, -0.4, 19.3)),
            "cannot be told to have waited longer or shorter than those, +7.3 hours (95 % interval −0.3 to 15.0)",
        ),
        (gap(0.8, -1.6, 3.2, (1.0, -2.0, 4.0)), "waited about as long as those, +0.8 hours (95 % interval −1.6 to 3.2)"),
        (gap(0.8, -1.6, 3.2, (1.0, -2.0, 4.0)), "any difference lies within the ±5 % that were declared too small to matter"),
        (gap(4.0, -4.0, 12.0, (5.0, -5.0, 15.0)), "reaches over zero and beyond ±5 %, so this shows neither a gap nor equal waits"),
    ],
)
def test_the_sentence_on_the_gap_follows_from_its_interval_and_the_margin(adjusted: StandardisedGap, said: str) -> None:
    study = replace(study_results.results().main, gaps=(NamedGap("unadjusted", "", adjusted), NamedGap("participation fixed", "", adjusted)))
    assert said in the_gap(study, 0.05)


def test_an_interval_that_holds_no_difference_is_never_worded_as_one() -> None:
    open_gap = gap(7.3, -0.3, 15.0, (9.4, -0.4, 19.3))
    study = replace(study_results.results().main, gaps=(NamedGap("unadjusted", "", open_gap), NamedGap("participation fixed", "", open_gap)))
    sentence = the_gap(study, 0.05)
    assert "hours longer" not in sentence
    assert "hours shorter" not in sentence


def as_found(**ratios: tuple[float, float, float]) -> StudyResults:
    """The study with other verdicts (`below` for H3b, `above` for H2b) and what its claims depend on."""
    found = study_results.results()
    sides = {"H2b": "above", "H3b": "below"}
    moved = {
        name: verdict(name, "One beside another", ratio, sides[name], claim_words="One.", assumed="nothing")  # type: ignore[arg-type]
        for name, ratio in ratios.items()
    }
    main = replace(found.main, verdicts=tuple(moved.get(one.hypothesis, one) for one in found.main.verdicts))
    claims = tuple(Claim("One.", "depends", "Figures.", ("the window (not told: 12 h)", "the preset"), name) for name in ratios)
    return replace(found, main=main, claims=claims)


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        ((0.7, 0.5, 0.9), "Beside others, minority households that reported came off better than those that did not"),
        ((1.4, 1.1, 1.9), "Beside others, minority households that reported came off worse than those that did not"),
        ((1.0, 0.97, 1.02), "Among those who reported the gap was the same but for what is too small to matter"),
        ((0.8, 0.6, 1.1), "Whether the gap was another among those who reported cannot be said"),
    ],
)
def test_who_was_heard_says_of_the_gap_what_its_verdict_says_and_on_what_it_depends(ratio: tuple[float, float, float], said: str) -> None:
    results = as_found(H3b=ratio, H2b=(1.9, 1.2, 3.0))
    sentence = who_was_heard(results, study_counts(results, Gate()))
    assert f"{said}; this depends on the window, the preset." in sentence
    assert "they reported more; this depends on the window, the preset." in sentence
    assert "narrower" not in sentence


def test_odds_without_an_interval_are_not_told() -> None:
    results = as_found(H2b=(1.9, math.nan, math.nan))
    sentence = who_was_heard(results, study_counts(results, Gate()))
    assert "Whether minority households reported more or less cannot be told." in sentence


def test_the_groups_are_told_apart_by_their_interval_and_not_by_its_sign() -> None:
    results = study_results.results()
    own = results.groups.gap
    assert own is not None
    for low, high, said in ((-3.0, 9.0, "cannot be told to have waited longer or shorter than these"), (1.0, 9.0, "hours longer")):
        moved = replace(results, groups=replace(results.groups, gap=replace(own, gap_hours=3.0, conf_low=low, conf_high=high)))
        assert said in the_groups(moved)


def test_the_methods_say_once_by_which_errors() -> None:
    results = study_results.results()
    words = methods_paragraph(results, study_counts(results, Gate()), study_results.PROVENANCE)
    assert words.count("standard errors clustered by block_group") == 1


def test_the_median_of_a_group_is_one_number_in_table_and_figure() -> None:
    words = re.search(r"<figcaption.*?</figcaption>", page(), re.DOTALL)
    row = re.search(r"\(median\).*?</tr>", page(), re.DOTALL)
    assert words is not None
    assert row is not None
    in_table = re.findall(r"<td>([\d.]+)</td>", row[0])[1:]
    assert re.findall(r"half had power again within ([\d.]+) h", words[0]) == in_table


def test_a_gap_that_cannot_be_told_is_not_told() -> None:
    study = replace(study_results.results().main, gaps=(NamedGap("unadjusted", "", None, "why"), NamedGap("participation fixed", "", None, "why")))
    assert "cannot be told" in the_gap(study, 0.05)


def test_every_figure_has_words_and_every_table_a_caption_and_heads() -> None:
    tags = Tags(page())
    images = tags.of("img")
    assert len(images) >= 3
    assert all(len(image["alt"] or "") > 40 for image in images)
    assert len(tags.of("caption")) == len(tags.of("table")) >= 15
    assert all(head.get("scope") in {"col", "row"} for head in tags.of("th"))
    assert len(tags.of("h1")) == 1
    assert ("html", {"lang": "en"}) in tags.found


def test_headings_leave_out_no_level() -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])", page())]
    assert all(deeper <= level + 1 for level, deeper in itertools.pairwise(levels))


def test_the_page_fetches_nothing() -> None:
    addresses = [value or "" for _, attributes in Tags(page()).found for name, value in attributes.items() if name in {"src", "href"}]
    assert [address[:60] for address in addresses if not address.startswith(("data:", "#"))] == []
    assert "<script" not in page()
    assert "@import" not in page()


def test_synthetic_is_said_in_every_part_and_at_the_head_of_every_sheet() -> None:
    parts = page().split("<section")[1:]
    assert len(parts) == 8
    assert all("Synthetic data." in one for one in parts)
    assert re.search(r'@top-left\{content:"[^"]*Synthetic data\.', page())


def test_a_report_for_publication_does_not_say_internal_and_an_internal_one_says_so_in_every_part() -> None:
    assert "Internal." not in page()
    assert all("Internal." in one for one in page(is_internal=True).split("<section")[1:])


def test_small_counts_are_in_no_file_but_the_panel() -> None:
    found = study_results.results()
    still_out = found.groups.groups[0].still_out
    assert 0 < still_out < 11, "the city has a few households that were still out"
    numbers = json.loads(files()["study.json"])
    assert [one["still_out"] for one in numbers["groups"]] == [None] * 3
    small = [value for one in numbers["groups"] for value in one.values() if isinstance(value, int) and value < 11]
    assert small == []
    for name, content in files().items():
        if name.endswith((".html", ".md", ".tex", ".json")):
            assert not re.search(rf"\b{still_out} (of [\d,]+ )?households (were|was) still out", content.decode()), name
    assert not any("n_still_out" in one for one in json.loads(files()["gaps.json"])["other_models"])
    assert f"{still_out} households were still out" in files(is_internal=True)["gaps.json"].decode()


@cache
def without_ages() -> StudyResults:
    """The study, had five of its households no known age of the house."""
    found = study_results.results()
    panel = found.main.built.panel
    age = panel.numbers["house_age"].copy()
    age[:5] = np.nan
    warned = (*panel.warnings, PanelWarning("missing_values", "Missing values: house_age 5.", ("house_age",)))
    short = replace(panel, numbers={**panel.numbers, "house_age": age}, warnings=warned)
    studies = [
        replace(one, built=replace(one.built, panel=short), fits=fit_five_models(short, preset=one.name, errors=["hc1"]))
        for one in (found.main, found.other)
    ]
    gaps = tuple(replace(one, gap=replace(one.gap, n=short.n - 5)) if one.gap else one for one in found.main.gaps)
    return replace(found, main=replace(studies[0], gaps=gaps), other=studies[1])


def test_rows_that_a_model_left_out_cannot_be_subtracted() -> None:
    # Five households miss a value: the study's households less a model's are those five, and so are the never out less what the log-normal lacks.
    found = without_ages()
    n = found.main.fits.fits["3"].n
    assert n == found.main.built.panel.n - 5
    made = study_files(found, study_results.PROVENANCE)
    assert {model.get("n") for model in json.loads(made["models.json"])["models"].values()} == {None}
    fit = found.main.fits.fits["3"]
    assert math.exp((fit.bic - fit.aic) / fit.n_parameters + 2.0) == pytest.approx(n), "two criteria tell the rows"
    assert 2.0 * (fit.loglik - fit.loglik_null) / -math.log1p(-fit.pseudo_r2.cox_snell) == pytest.approx(n), "and so does a pseudo R²"
    three = json.loads(made["models.json"])["models"]["3"]
    assert [three["bic"], three["pseudo_r2"]["cox_snell"], three["pseudo_r2"]["nagelkerke"]] == [None] * 3
    assert "| BIC | withheld |" in made["tables.md"].decode()
    gaps = json.loads(made["gaps.json"])
    assert {one.get("n") for one in gaps["gaps"]} == {None}
    assert "house_age 5" not in made["gaps.json"].decode()
    for name in ("report.html", "tables.md", "tables.tex", "tables.html"):
        assert not re.search(rf"(?<![\d.,]){n:,}(?![\d.,])", made[name].decode()), name
        assert "5 rows left out" not in made[name].decode(), name
    assert "house_age is missing" in made["tables.md"].decode().replace("\\", "")
    assert json.loads(study_files(found, study_results.PROVENANCE, is_internal=True)["models.json"])["models"]["3"]["n"] == n


def test_meters_less_households_are_no_few_households() -> None:
    found = study_results.results()
    step = next(one for one in found.main.built.flow if one.name == "metered")
    more = replace(found, storm=replace(found.storm, summary=replace(found.storm.summary, n_meters=step.households + 5)))
    counts = study_counts(more, Gate())
    assert counts.meters is None
    words = methods_paragraph(more, counts, study_results.PROVENANCE)
    assert "readings of 30 minutes with the rule" in words
    assert f"{step.households + 5:,}" not in words


def test_what_few_households_carry_is_in_no_file_and_is_said_to_be_withheld() -> None:
    # Of the households that reported, all but three are made to have no members of a minority: the product and model 1's share are theirs.
    found = study_results.results()
    panel = found.main.built.panel
    share, reported = panel.numbers["minority_share"].copy(), panel.numbers["participation"] > 0
    share[np.flatnonzero(reported)[3:]] = 0.0
    share[np.flatnonzero(reported)[:3]] = 1.0
    few = replace(panel, numbers={**panel.numbers, "minority_share": share})
    studies = []
    for one in (found.main, found.other):
        fits = fit_five_models(few, preset=one.name, errors=["hc1"])
        studies.append(PresetStudy(replace(one.built, panel=few), fits, city_gaps(few, fits), verdicts(fits)))
    study = replace(found, main=studies[0], other=studies[1], groups=compare_groups(few))
    made = study_files(study, study_results.PROVENANCE)
    numbers = json.loads(made["study.json"])
    outcomes = {one["hypothesis"]: one["outcome"] for one in numbers["presets"]["default"]["verdicts"]}
    assert {name for name, outcome in outcomes.items() if outcome == "withheld"} == {
        "H2a", "H2b", "H3a", "H3b", "gap among reporters", "minority reporters",
    }  # fmt: skip
    assert [one["name"] for one in numbers["presets"]["default"]["gaps"] if "gap_hours" in one] == ["unadjusted", "nobody reports"]
    open_ones = {one["about"]: one["standing"] for one in numbers["claims"] if one["about"] in {"H2b", "H3b", "city"}}
    assert open_ones == {"H2b": "cannot_be_said", "H3b": "cannot_be_said", "city": "cannot_be_said"}
    row = made["tables.md"].decode().split("Minority share × Participation (reported) |")[1].splitlines()[0]
    assert set(row.replace(" ", "").strip("|").split("|")[1:]) == {"withheld"}
    assert "fewer than 11 households carry it" in made["report.html"].decode()
    fit = studies[0].fits.fits["3"]
    estimate = fit.coefficients[fit.names.index("minority_share:participation")]
    assert not [name for name, content in made.items() if f"{abs(estimate):.5g}".encode() in content]
    assert (len(json.loads(files()["gaps.json"])["holm"]), json.loads(made["gaps.json"])["holm"]) == (7, [])  # one p-value gives back another's


def test_what_is_withheld_cannot_be_worked_out_from_the_groups() -> None:
    # Whoever knows the whole and all parts but one knows that one: so no sum has exactly one part that is withheld while its whole is told.
    found = study_results.results()
    counts = study_counts(found, Gate())
    everybody, minority, others = found.groups.groups
    for what in ("never_out", "still_out", "reported", "out_unheard"):
        told = [counts.of(one, what).value is not None for one in (everybody, minority, others)]
        assert sum(told) != 2, what


def test_a_note_with_a_small_count_keeps_its_words_and_loses_its_number() -> None:
    found = study_results.results()
    counts = study_counts(found, Gate())
    small = [note for note in found.main.built.notes if note.rows and counts.cells["note", note.code, note.text].value is None]
    assert small
    assert all("[withheld]" in counts.note(note) for note in small)
    assert all(counts.note(note) == note.text for note in found.main.built.notes if note not in small)


def test_a_check_of_few_households_keeps_its_standing_and_loses_its_figures() -> None:
    few = replace(CHECK, figures={"households": 7.0}, meaning="7 households are.")
    told = gated(few, Gate())
    assert (told.standing, told.meaning, dict(told.figures), told.rows) == ("sound", WITHHELD_WORDS, {}, ())
    assert gated(few, Gate(is_internal=True)) == few
    assert gated(CHECK, Gate()) == CHECK


def test_a_check_that_names_areas_says_so_and_names_none() -> None:
    told = gated(replace(CHECK, meaning="Block group 120730001001 is.", is_internal=True), Gate())
    assert told.meaning == NAMES_PLACES
    assert told.rows == ()


def test_claims_of_the_study_all_stand_on_the_councils_page() -> None:
    council = page().split('id="concluded"')[1].split("</section>")[0]
    for claim in study_results.results().claims:
        assert claim.text.replace("'", "&#x27;") in council


def test_the_last_page_holds_command_versions_hashes_and_seed() -> None:
    last = page().split('id="again"')[1]
    for words in ("evenhand study run --out DIR", "ab12", "8311", "Rows that the models left out"):
        assert words in last


def test_the_last_page_says_how_long_an_outage_of_the_storm_may_begin_and_which_services_count() -> None:
    last = page().split('id="again"')[1]
    start = study_results.event().start
    assert f"{start.astimezone(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M}" in last
    assert re.search(r"Services whose requests count</t[hd]><td>Power outage<", last)


def test_the_first_page_says_whom_the_frame_holds_and_the_appendix_asks_who_is_not_in_it() -> None:
    # By the city's own tables: residents of its block groups, and members of the households that are in the panel.
    found = study_results.results().main.built
    areas = study_results.city().areas
    residents = sum(areas["population"].to_pylist())
    minority = sum(n * share for n, share in zip(areas["population"].to_pylist(), areas["minority_share"].to_pylist(), strict=True)) / residents
    members = {row["premise_id"]: row["members"] for row in study_results.city().households.to_pylist()}
    held = sum(members[premise] for premise in found.table["premise_id"].to_pylist())
    first = page().split('id="first"')[1].split("</section>")[0]
    assert f"about {float(f'{held:.2g}'):,.0f} members" in first
    assert f"the block groups in which they live have {residents:,.0f} residents ({100 * held / residents:.0f} %)" in first
    assert f"of the residents {100 * minority:.0f} %" in first
    assert "Who is not in the frame?" in page().split('id="appendix-d"')[1]


def test_requests_of_the_block_group_are_the_studys_beside_the_published_figures_and_noted_where_columns_differ() -> None:
    found = study_results.results().main.built
    assert found.choices["community"] == "others"
    raw = found.table["community_participation_raw"].to_numpy()
    appendix = page().split('id="appendix-b"')[1].split("</section>")[0]
    row = appendix.split("Requests of the block group</th>")[1].split("</tr>")[0]
    assert f"{raw.mean():.3f} (" in row
    assert appendix.count("The block group’s requests are not one measure in these columns.") == 2  # models 4 and 5


def test_the_same_study_gives_the_same_bytes() -> None:
    again = study_files(study_results.results(), study_results.PROVENANCE)
    assert [name for name, content in again.items() if content != files()[name]] == []


@cache
def printed() -> bytes:
    return pdf_of(page())


def unpacked(pdf: bytes) -> bytes:
    """The file with its packed streams, in which most objects lie, laid open."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    return b"\n".join([pdf, *(zlib.decompressobj().decompress(one) for one in streams if one[:1] == b"x")])


@pytest.mark.usefixtures("pango")
def test_the_pdf_is_tagged_and_names_its_language_title_and_standard() -> None:
    assert printed().startswith(b"%PDF-1.7")
    pdf = unpacked(printed())
    for mark in (
        b"/StructTreeRoot",
        b"/MarkInfo",
        b"/Marked true",
        b"/Lang (en)",
        b"/DisplayDocTitle true",
        b"/S /Figure",
        b"/S /TH",
        b"/S /H1",
        b'pdfuaid:part="1"',
    ):
        assert mark in pdf, mark
    assert pdf.count(b"/S /Figure") == pdf.count(b"/Alt ")
    assert b"/CreationDate" not in pdf


@pytest.mark.usefixtures("pango")
def test_the_pdf_is_the_same_for_the_same_page_and_small() -> None:
    assert pdf_of(page()) == printed()
    assert max(len(printed()), len(page())) < 3_000_000


@pytest.mark.usefixtures("pango")
def test_without_pango_a_pdf_is_refused_with_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr("weasyprint.urls.__getattr__", gone, raising=False)
    monkeypatch.delattr("weasyprint.urls.URLFetcher")
    with pytest.raises(PdfNotPossible, match="Pango"):
        pdf_of("<p>words</p>")


def test_columns_are_never_narrower_than_their_longest_word() -> None:
    made = table(PrintedTable("t", ("a", "b"), (("x", "contradicted"), ("y", "z"))))
    first, second = (float(width) for width in re.findall(r"width:([\d.]+)%", made))
    assert first + second == pytest.approx(100.0, abs=0.1)
    assert second / first == pytest.approx(14 / 5, rel=0.02)  # twelve letters and room for two, beside the least of five


def test_words_of_a_figure_are_escaped_once() -> None:
    chart = lay_out([{"layer": [], "height": 10}], title="A < B", subtitle=[], words=["Said “so” & done."], is_synthetic=False)
    made = figure(chart, "<svg/>", 3)
    assert 'alt="A &lt; B. Said “so” &amp; done."' in made
    assert "Figure 3. Said “so” &amp; done." in made
