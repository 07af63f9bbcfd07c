"""A study's report: its sentences follow from its numbers, it tells of no few households, and people who do not see it can read it."""

from __future__ import annotations

import itertools
import json
import re
import zlib
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

import pytest

from evenhand.equity.standardised_gaps import StandardisedGap
from evenhand.reports.charts import lay_out
from evenhand.reports.disclosure import Gate
from evenhand.reports.documents import pdf_of
from evenhand.reports.errors import PdfNotPossible
from evenhand.reports.printed_tables import PrintedTable
from evenhand.reports.study_report.blocks import figure, table
from evenhand.reports.study_report.checks import NAMES_PLACES, WITHHELD_WORDS, gated
from evenhand.reports.study_report.counts import study_counts
from evenhand.reports.study_report.files import study_files
from evenhand.reports.study_report.words import the_gap
from evenhand.studies.hypotheses import NamedGap
from evenhand.studies.results import Diagnostic
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
        (gap(0.8, -1.6, 3.2, (1.0, -2.0, 4.0)), "any difference lies within the ±5 % that were declared too small to matter"),
        (gap(4.0, -4.0, 12.0, (5.0, -5.0, 15.0)), "reaches over zero and beyond ±5 %, so this shows neither a gap nor equal waits"),
    ],
)
def test_the_sentence_on_the_gap_follows_from_its_interval_and_the_margin(adjusted: StandardisedGap, said: str) -> None:
    study = replace(study_results.results().main, gaps=(NamedGap("unadjusted", "", adjusted), NamedGap("participation fixed", "", adjusted)))
    assert said in the_gap(study, 0.05)


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
    assert all(one["n_still_out"] is None for one in json.loads(files()["gaps.json"])["other_models"])
    assert f"{still_out} households were still out" in files(is_internal=True)["gaps.json"].decode()


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
