"""The study's tables of its sample, drawn anew from everybody, beside what it printed; and what samples of other sizes would have said.

Modelling choice: a note says what is true of the figures above it and is made from them. Least and greatest values are single households and stand in
no table that leaves the house; nor do a mean and spread that speak of fewer than 11 households. The least and greatest *estimate* over samples is no
household's.

Reference: Xu & Tang (2020), Public Administration Review 80:962–975, tables 2 and 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from evenhand.reports.model_tables import decimals_for, number, term_words
from evenhand.reports.printed_tables import PrintedTable
from evenhand.studies.sampling.draws import Comparison, Description, Moments, Sample, TTest
from evenhand.studies.sampling.published import (
    NON_REPORTERS,
    PUBLISHED_DESCRIPTIONS,
    REPORTERS_IN_MODELS,
    SAMPLED,
    PublishedDescription,
)
from evenhand.studies.sampling.repeated import SampledTerm, SamplingStudy

LEAST_HOUSEHOLDS: Final = 11
# What the study's hypotheses rest on.
TERMS_SHOWN: Final = (
    ("1", "minority_share"),
    ("3", "minority_share"),
    ("3", "minority_share:participation"),
    ("4", "minority_share"),
    ("4", "community_participation"),
)
HOURS: Final = "restoration_hours"
VARIABLES: Final = {HOURS: "Hours without power", "community_participation": "Requests of the block group"}
_LEVEL: Final = 0.05
_SIZEABLE: Final = 0.1
_DECIMALS: Final = 3


def sampling_tables(study: SamplingStudy, *, is_internal: bool = False) -> tuple[PrintedTable, ...]:
    """All tables of a sampling study; none where nothing could be drawn (`study.why` says why)."""
    if study.shown is None:
        return ()
    return (
        descriptives_table(study, is_internal=is_internal),
        draw_table(study),
        *((sizes_table(study),) if study.terms else ()),
        weights_table(study),
    )


def descriptives_table(study: SamplingStudy, *, is_internal: bool = False) -> PrintedTable:
    """The study's table 2: mean (standard deviation), as printed, in a sample drawn its way, in that weighted, and in everyone."""
    found = {(one.column, one.group): one for one in study.descriptions}
    head = ["Variable", "Published: mean (sd)", "Drawn as the study did", "Drawn, weighted", "Everyone"]
    head += ["Published range", "Everyone's range"] if is_internal else []
    rows = tuple(_described(line, found, is_internal=is_internal) for line in PUBLISHED_DESCRIPTIONS if (line.column, "drawn") in found)
    return PrintedTable("Table 2 of the study, drawn anew", tuple(head), rows, tuple(_descriptive_notes(study, is_internal=is_internal)))


def _described(line: PublishedDescription, found: dict[tuple[str, str], Description], *, is_internal: bool) -> tuple[str, ...]:
    cells = [_words(line.column), f"{number(line.mean, _DECIMALS)} ({number(line.sd, _DECIMALS)})"]
    cells += [_moments(found[line.column, group].moments, line.column, is_internal=is_internal) for group in ("drawn", "weighted", "everyone")]
    if is_internal:
        everyone = found[line.column, "everyone"]
        cells += [f"{number(low, 3)} to {number(high, 3)}" for low, high in ((line.minimum, line.maximum), (everyone.minimum, everyone.maximum))]
    return tuple(cells)


def _moments(one: Moments, column: str, *, is_internal: bool = False) -> str:
    if not is_internal and one.unlike < LEAST_HOUSEHOLDS:
        return "withheld"
    decimals = _decimals(column)
    return f"{number(one.mean, decimals)} ({number(one.sd, decimals)})"


def _decimals(column: str) -> int:
    """Hours to a tenth: a mean with more, times its households, is their sum."""
    return 1 if column == HOURS else _DECIMALS


def _descriptive_notes(study: SamplingStudy, *, is_internal: bool) -> Iterator[str]:
    sample = _shown(study)
    yield from _synthetic(study)
    yield (
        f"Published: {REPORTERS_IN_MODELS + SAMPLED:,} households of Xu & Tang (2020), {REPORTERS_IN_MODELS:,} that reported and {SAMPLED:,} drawn "
        f"from about {NON_REPORTERS:,} others, without weights."
    )
    yield f"Drawn: all {sample.reporters:,} households that reported and {sample.size:,} of {sample.non_reporters:,} others, seed {study.seed}."
    yield f"Weighted: a drawn household stands for {number(sample.non_reporters / sample.size, 2)} others, one that reported for itself."
    yield f"Everyone: {study.n:,} households. Households that reported are {_over_represented(sample)} times as common in the draw."
    if not is_internal:
        yield (
            f"Least and greatest values are single households and are not printed; nor is a figure in which fewer than {LEAST_HOUSEHOLDS} households "
            "differ from all others."
        )
    yield from _as_studied(study)
    yield from study.notes


def _as_studied(study: SamplingStudy) -> Iterator[str]:
    """The tables beside the published ones count as these did, whatever the models take."""
    if study.community == "others":
        yield (
            f"{VARIABLES['community_participation']}: as the study counted, each reporter once and one’s own report among them. The models of the"
            " preset default take the other households that were out and reported."
        )


def _over_represented(sample: Sample) -> str:
    drawn = sample.reporters / (sample.reporters + sample.size)
    return number(drawn / (sample.reporters / (sample.reporters + sample.non_reporters)), 1)


def draw_table(study: SamplingStudy) -> PrintedTable:
    """The study's table 3: the drawn households beside all that did not report."""
    rows = tuple(_compared(one) for one in study.comparisons)
    head = ("Variable", "Drawn: mean (sd)", "All who did not report", "Standardised difference", "Welch t", "Pooled t", "Draw without replacement, z")
    return PrintedTable("Table 3 of the study, drawn anew", head, rows, tuple(_draw_notes(study)))


def _compared(one: Comparison) -> tuple[str, ...]:
    if any(moments.unlike < LEAST_HOUSEHOLDS for moments in (one.drawn, one.everyone)):
        return (_words(one.column), *("withheld",) * 6)
    tests = (_test(one.welch), _test(one.pooled), _test(one.draw))
    return (_words(one.column), _moments(one.drawn, one.column), _moments(one.everyone, one.column), number(one.standardised, 3), *tests)


def _test(test: TTest) -> str:
    p = "p < 0.001" if test.p_value < 0.001 else f"p = {number(test.p_value, 3)}"
    return f"{number(test.statistic, 2)} ({p})" if test.p_value == test.p_value else "–"  # NaN: not tested


def _draw_notes(study: SamplingStudy) -> Iterator[str]:
    sample = _shown(study)
    yield from _synthetic(study)
    yield f"{sample.size:,} households drawn, beside all {sample.non_reporters:,} that did not report. Null hypothesis of each test: equal means."
    below, of = sum(one.draw.p_value < _LEVEL for one in study.comparisons), len(study.comparisons)
    have = "has" if below == 1 else "have"
    yield f"Of {of} variables {below or 'none'} {have} p < {_LEVEL:g} by the test of the draw; by chance alone {number(_LEVEL * of, 1)} would."
    large = [one.column for one in study.comparisons if abs(one.standardised) >= _SIZEABLE]
    yield f"Standardised differences of {_SIZEABLE:g} or more: {', '.join(map(_words, large)) or 'none'}."
    yield (
        "The study used two-sample t-tests, and which is not said. They take the drawn for independent of those whom they are compared with, and "
        "are the more cautious the more were drawn; the last column knows that the drawn are among them."
    )
    yield from _as_studied(study)


def sizes_table(study: SamplingStudy) -> PrintedTable:
    """Coefficients over sizes and seeds, without and with weights, beside those of everyone."""
    head = ("Model, term, others drawn", "Without weights: mean [least, greatest]", "Interval holds", "Weighted: mean [least, greatest]",
            "Interval holds", "Everyone")  # fmt: skip
    rows = tuple(row for model, term in TERMS_SHOWN for row in _size_rows(study, model, term))
    return PrintedTable("What samples of other sizes say", head, rows, tuple(_size_notes(study)))


def _size_rows(study: SamplingStudy, model: str, term: str) -> Iterator[tuple[str, ...]]:
    both = (study.of(model, term, is_weighted=weighted) for weighted in (False, True))
    for plain, weighted in zip(*both, strict=True):
        decimals = decimals_for(plain.spread)
        yield (
            f"{model}, {term_words(term, (study.community,))}, {plain.size:,}",
            *(cell for one in (plain, weighted) for cell in _over_seeds(one, decimals)),
            number(plain.population, decimals),
        )


def _over_seeds(one: SampledTerm, decimals: int) -> tuple[str, str]:
    low, high = one.range
    held = f"{round(one.share_holding_population * one.n)} of {one.n}" if one.n else "–"
    return f"{number(one.mean, decimals)} [{number(low, decimals)}, {number(high, decimals)}]", held


def _size_notes(study: SamplingStudy) -> Iterator[str]:
    yield from _synthetic(study)
    yield f"Each row: {study.seeds} samples of all {study.reporters:,} households that reported and so many others. Coefficients are logs of ratios."
    yield (
        "Interval holds: in how many samples the 95 % interval (errors of the observed information without weights, HC1 with them, households taken "
        "as independent) holds the figure of everyone. All samples share those who reported, so that intervals hold more often than in new cities."
    )
    moved = [one for model, term in TERMS_SHOWN for one in study.of(model, term, is_weighted=False) if _is_off(one)]
    if moved:
        told = ", ".join(dict.fromkeys(f"{term_words(one.term, (study.community,))} in model {one.model}" for one in moved))
        yield f"Without weights the mean lies farther from everyone's figure than all its samples' spread explains: {told}."
    yield from study.notes


def _is_off(one: SampledTerm) -> bool:
    """Is the mean over seeds farther from the population than three errors of that mean?"""
    return one.n > 1 and abs(one.mean - one.population) > 3.0 * one.spread / one.n**0.5


def weights_table(study: SamplingStudy) -> PrintedTable:
    """Whether weights matter, by model."""
    rows = tuple(
        (f"Model {one.model}", one.test, f"F({one.n_terms}, {one.df:,.0f}) = {number(one.statistic, 2)}", _p(one.p_value))
        if not one.why
        else (f"Model {one.model}", one.test, "–", "–")
        for one in study.weight_tests
    )
    notes = [f"Model {one.model}: {one.words}" for one in study.weight_tests]
    notes += list(dict.fromkeys(f"Errors: {one.errors}." for one in study.weight_tests if one.errors))
    notes.append(
        "Null hypothesis: the model says the same with weights as without. A test that finds nothing is no proof that weights may be left out."
    )
    return PrintedTable("Do weights matter", ("Model", "Test", "Statistic", "p"), rows, (*_synthetic(study), *notes))


def _p(p_value: float) -> str:
    return "< 0.001" if p_value < 0.001 else number(p_value, 3)


def _words(column: str) -> str:
    return VARIABLES.get(column, term_words(column))


def _shown(study: SamplingStudy) -> Sample:
    assert study.shown is not None
    return study.shown


def _synthetic(study: SamplingStudy) -> Iterator[str]:
    if study.is_synthetic:
        yield "Synthetic data: no household of this table exists."
