"""The report of a study: one page for whoever runs the city, two for its council, an appendix for a reviewer, and a last page to do it all again.

Modelling choice: the report is one page of HTML that holds everything it shows; paper gets the same page. What is known comes before how it is known.
Every count of households passes the disclosure gate; a report that did not pass it says so on every page, as does one of synthetic data. The same
study gives the same bytes: no time of day and no path of a machine is written into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from evenhand.reports.disclosure import Gate
from evenhand.reports.gap_tables import gap_table, other_table
from evenhand.reports.model_tables import model_table
from evenhand.reports.printed_tables import PrintedDocument, PrintedTable
from evenhand.reports.sampling_tables import sampling_tables
from evenhand.reports.study_report import blocks, tables, words
from evenhand.reports.study_report.checks import checks_html
from evenhand.reports.study_report.counts import StudyCounts
from evenhand.reports.study_report.figures import StudyFigures
from evenhand.reports.study_report.look import style
from evenhand.reports.study_report.methods import Provenance, methods_paragraph, what_differs
from evenhand.reports.study_report.who_is_missing import who_is_missing
from evenhand.studies.five_models import FIVE_MODELS
from evenhand.studies.results import Claim
from evenhand.studies.study_run import StudyResults

TITLE = "Was the storm response fair?"
_FEW = 3


def study_report(results: StudyResults, counts: StudyCounts, figures: StudyFigures, provenance: Provenance, *, gate: Gate) -> str:
    """Lay out the whole report.

    Parameters
    ----------
    results
        The finished study.
    counts
        Its counts of households, as they came through the gate.
    figures
        Its drawings, made through the same gate.
    provenance
        How to do it again.
    gate
        What every count of households passes.

    Returns
    -------
    str
        A page of HTML that stands alone.
    """
    marks = marks_of(results, gate)
    running = "  ·  ".join([TITLE, *(f"{word} {sentence}" for word, sentence in marks)])
    page = _Page(results, counts, figures, provenance, gate, marks)
    body = "".join([page.first(), page.happened(), page.concluded(), *page.appendix(), page.again()])
    title = blocks.text(f"{TITLE} {_storm_words(results, counts, provenance)}")
    description = blocks.text(words.what_happened(results, counts, provenance.timezone))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title}</title><meta name="description" content="{description}"><style>{style(running)}</style></head><body><main>\n'
        f"{body}</main></body></html>\n"
    )


def marks_of(results: StudyResults, gate: Gate) -> tuple[tuple[str, str], ...]:
    """What every page says of itself, where there is something to say."""
    found = []
    if results.is_synthetic:
        found.append(("Synthetic data.", "No household, meter or request of this report exists."))
    if gate.is_internal:
        found.append(("Internal.", "Holds small counts and single areas: not to be published."))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Page:
    results: StudyResults
    counts: StudyCounts
    figures: StudyFigures
    provenance: Provenance
    gate: Gate
    marks: tuple[tuple[str, str], ...]

    def first(self) -> str:
        """For whoever runs the city: three sentences, one figure, what is sure and what is not."""
        results = self.results
        sentences = (
            words.what_happened(results, self.counts, self.provenance.timezone),
            words.the_gap(results.main, results.wishes.margin, results.claims),
            words.who_was_heard(results, self.counts),
        )
        sure = [one for one in results.claims if one.standing == "holds"]
        unsure = [one for one in results.claims if one.standing != "holds"]
        inner = [
            f"<h1>{blocks.text(TITLE)}</h1>\n",
            blocks.paragraph(_storm_words(results, self.counts, self.provenance), "under"),
            blocks.marked(self.marks),
            *(blocks.paragraph(sentence, "lead") for sentence in sentences),
            *(blocks.paragraph(sentence) for sentence in who_is_missing(results.main.built, self.counts)),
            *self._figures(("restoration",)),
            '<div class="sure">' + blocks.heading(2, "What this study is sure of"),
            _claims(sure, "No sentence of the study held under every check: see the reviewer’s appendix."),
            '</div>\n<div class="unsure">' + blocks.heading(2, "What it cannot say, or what depends on how one looks"),
            _claims(unsure, "Every sentence of the study held under every check that was made."),
            "</div>\n",
        ]
        return f'<section id="first">\n{"".join(inner)}</section>\n'

    def happened(self) -> str:
        """The council's first page: who was out, who was heard."""
        inner = [
            blocks.paragraph(words.the_groups(self.results)),
            blocks.table(tables.group_table(self.results, self.counts)),
            *self._figures(("gap",)),
            blocks.paragraph(words.the_unheard(self.results, self.counts)),
            blocks.side_by_side(list(self._figures(("requests_map", "composition_map")))),
            *(blocks.paragraph(sentence) for sentence in self.figures.not_drawn),
        ]
        return blocks.part("happened", "For the council: what happened, and to whom", self.marks, inner)

    def concluded(self) -> str:
        """The council's second page: verdicts and claims."""
        margin = self.results.wishes.margin
        inner = [
            blocks.paragraph(
                f"Each claim was put to the data with a margin declared beforehand: differences of up to ±{100 * margin:g} % are held too small to "
                "matter. “Supported” and “contradicted” mean that chance alone does not explain the direction; “equivalent”, that any difference is "
                "too small to matter; “inconclusive” is evidence neither of a difference nor of equality."
            ),
            blocks.table(tables.short_verdicts(self.results)),
            blocks.paragraph(words.agreement(self.results)),
            blocks.table(tables.claim_rows(self.results.claims), "words"),
        ]
        return blocks.part("concluded", "For the council: what may be concluded", self.marks, inner)

    def appendix(self) -> Iterator[str]:
        """For a reviewer: everything behind it."""
        results = self.results
        main, other = results.main, results.other
        gate = self.gate
        yield self._appendix("A", "How it was done, and who is in it", [
            blocks.heading(3, "Methods, to be quoted"),
            blocks.quoted(methods_paragraph(results, self.counts, self.provenance)),
            blocks.table(tables.flow_table(main.built.flow, self.counts), "words"),
            blocks.table(tables.notes_table(main.built.notes, self.counts), "words") if main.built.notes else "",
            blocks.table(tables.preset_table(main, other, self.counts, results.groups.groups[0]), "words"),
            *(blocks.paragraph(sentence) for sentence in what_differs(main, other)),
        ])  # fmt: skip
        yield self._appendix("B", "Samples, variables and models, beside the published ones", [
            *(blocks.table(one) for one in sampling_tables(results.sampling, is_internal=gate.is_internal)),
            *self._figures(("reporting", "composition")),
            *(blocks.table(tables.coefficient_table(model.number, (main, other), self.counts.models)) for model in FIVE_MODELS),
        ])  # fmt: skip
        yield self._appendix("C", "The five models in full", [
            *(blocks.table(one) for one in _model_tables(results, self.counts)),
            blocks.table(gap_table(main.gaps)),
            blocks.table(tables.verdict_words(results), "words"),
            blocks.table(other_table(results.other_models, self.counts.models)),
        ])  # fmt: skip
        yield self._appendix("D", "Checks", checks_html(results.diagnostics))

    def again(self) -> str:
        """The last page: what it takes to find every number again."""
        results, provenance = self.results, self.provenance
        inner = [
            blocks.paragraph("The same inputs, options and versions give this report again, byte for byte."),
            blocks.quoted(provenance.command),
            blocks.table(
                PrintedTable("Inputs, by SHA-256", ("Input", "SHA-256"), tuple(provenance.hashes.items())),
                "words hashes",
            ),
            blocks.paragraph(f"Versions: {', '.join(f'{what} {version}' for what, version in provenance.versions.items())}."),
            blocks.table(PrintedTable("Seeds and choices", ("What", "Value"), _choices(results)), "words"),
            blocks.table(_dropped(results, self.counts), "words"),
            blocks.table(self.gate.account_table(), "words"),
        ]
        return blocks.part("again", "To find every number again", self.marks, inner, "part appendix")

    def _appendix(self, letter: str, title: str, inner: Iterable[str]) -> str:
        return blocks.part(f"appendix-{letter.lower()}", f"Appendix {letter}. {title}", self.marks, inner, "part appendix")

    def _figures(self, roles: Sequence[str]) -> Iterator[str]:
        for role in roles:
            if (chart := self.figures.of(role)) is not None:
                yield blocks.figure(chart, self.figures.svg(role), self.figures.number(role))


def _storm_words(results: StudyResults, counts: StudyCounts, provenance: Provenance) -> str:
    built = results.main.built
    n_groups = words.block_groups(built)
    groups = f" in {n_groups:,} block groups" if n_groups else ""
    begin = words.moment(results.wishes.event.start, provenance.timezone)
    return f"The storm of {begin} ({provenance.timezone}): {counts.size} households{groups}, analysed by the preset {results.main.name}."


def _claims(claims: Sequence[Claim], none: str) -> str:
    if not claims:
        return blocks.paragraph(none)
    more = [f"{len(claims) - _FEW} more stand on the council’s pages."] if len(claims) > _FEW else []
    return blocks.listed([*(_sentence(one) for one in claims[:_FEW]), *more])


def _sentence(claim: Claim) -> str:
    """In short: what a claim depends on without the figures, which stand on the council's page."""
    if claim.standing != "depends":
        return claim.text
    return f"{claim.text} This depends on {', '.join(words.without_asides(one) for one in claim.on) or 'how it is analysed'}."


def _choices(results: StudyResults) -> tuple[tuple[str, str], ...]:
    wishes = results.wishes
    return (
        ("Seed of samples and checks", str(wishes.seed)),
        ("Preset that leads", wishes.preset),
        ("Window of requests, hours", f"{wishes.window_hours:g}"),
        ("Margin of equivalence", f"±{100 * wishes.margin:g} %"),
        ("Slow checks", "made" if wishes.is_thorough else "left out (--thorough makes them)"),
        ("Services whose requests count", str(results.main.built.choices["services"])),
        ("Event began (UTC)", _utc(wishes.event.start)),
        ("Last moment at which a storm outage may begin (UTC)", _utc(wishes.event.until)),
    )


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M}"


def _dropped(results: StudyResults, counts: StudyCounts) -> PrintedTable:
    rows = []
    for study in (results.main, results.other):
        for model, fit in study.fits.fits.items():
            rows += [
                (f"{study.name}, model {model}", d.column, d.reason.replace("_", " "), counts.models.rows_words(d.rows))
                for d in fit.design.dropped
                if ":" not in d.column
            ]
    return PrintedTable(
        "Rows that the models left out",
        ("Model", "Column", "Reason", "Rows"),
        tuple(rows) or (("all five, both presets", "–", "no row was left out", "0"),),
        ("Who left before the models stands in appendix A.",),
    )


def _model_tables(results: StudyResults, counts: StudyCounts) -> Iterator[PrintedTable]:
    main, other = results.main, results.other
    communities = (str(main.built.choices["community"]), str(other.built.choices["community"]))
    return (model_table(model, main.fits, other.fits, communities, counts.models) for model in FIVE_MODELS)


def study_tables(results: StudyResults, counts: StudyCounts, gate: Gate) -> PrintedDocument:
    """The tables alone, to be set in a paper."""
    main, other = results.main, results.other
    said = [f"{word} {sentence}" for word, sentence in marks_of(results, gate)]
    said += [f"{one.name}: {one.fits.preset.words}." for one in (main, other)]
    made = (
        tables.group_table(results, counts),
        tables.flow_table(main.built.flow, counts),
        *sampling_tables(results.sampling, is_internal=gate.is_internal),
        *(tables.coefficient_table(model.number, (main, other), counts.models) for model in FIVE_MODELS),
        *_model_tables(results, counts),
        gap_table(main.gaps),
        other_table(results.other_models, counts.models),
        tables.verdict_words(results),
    )
    return PrintedDocument(TITLE, (*said, *what_differs(main, other)), made)
