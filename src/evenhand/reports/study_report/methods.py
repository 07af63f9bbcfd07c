"""How it was done, in a paragraph that can be quoted, and why the two presets differ: from the choices that were made and the numbers they led to.

Modelling choice: the paragraph is put together from what ran, never written beforehand; a step that did not run is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from evenhand.reports.study_report.counts import StudyCounts
from evenhand.reports.study_report.words import block_groups, moment
from evenhand.studies.study_run import PresetStudy, StudyResults


@dataclass(frozen=True, slots=True)
class Provenance:
    """What it takes to do the study again: the command, versions of what computed, SHA-256 of what was read. Times are shown in `timezone`."""

    command: str
    versions: Mapping[str, str]
    hashes: Mapping[str, str]
    timezone: str = "UTC"


def methods_paragraph(results: StudyResults, counts: StudyCounts, provenance: Provenance) -> str:
    """What was done, for the methods section of a paper."""
    return " ".join(_methods(results, counts, provenance.versions, provenance.timezone))


def _methods(results: StudyResults, counts: StudyCounts, versions: Mapping[str, str], timezone: str) -> Iterator[str]:
    storm, main, other, wishes = results.storm, results.main, results.other, results.wishes
    if results.is_synthetic:
        yield "All data are synthetic."
    yield (
        f"Outages were found in {_readings(results, counts)} with the rule "
        f"“{storm.rule}” of Evenhand {versions.get('evenhand', 'of an unknown version')}; a storm outage began between "
        f"{moment(wishes.event.since, timezone)} and {moment(wishes.event.until, timezone)} ({timezone}), and outages that had not ended by "
        f"{moment(storm.readings_end, timezone)} are censored."
    )
    yield (
        f"A household took part if a request was matched to its premises within {wishes.window_hours:g} hours of the event’s start. "
        f"{counts.size} households{_clusters(main)} are in the models."
    )
    one, two = (main.fits.fits[number].errors_by(main.fits.errors[0]).words for number in ("1", "2"))
    errors = one if one == two else f"{one} (model 1), {two} (models 2–5)"
    yield (
        "Taking part was modelled by logistic regression, and hours without power by negative binomial regression (NB2, log link), with the terms of "
        f"Xu and Tang (2020); {errors}."
    )
    yield (f"Everything was repeated by the preset {other.name}: {other.fits.preset.words}.")
    yield (
        "Gaps of the whole city are standardised over all households (g-computation), with the delta method for their intervals. A difference was "
        f"called too small to matter where its whole 95 % interval lay within ±{100 * wishes.margin:g} %, declared beforehand. Associations are "
        "reported, not effects."
    )


def _readings(results: StudyResults, counts: StudyCounts) -> str:
    """How many of how many meters: readings divided by their moments are meters too."""
    storm = results.storm
    if counts.meters is None:
        return f"readings of {storm.interval_minutes} minutes"
    return f"{storm.n_rows:,} readings of {storm.interval_minutes} minutes from {counts.meters} meters"


def what_differs(main: PresetStudy, other: PresetStudy) -> Iterator[str]:
    """Why the presets give different numbers, by what differs between them here."""
    one, two = main.built, other.built
    names = [name for name in {**one.choices, **two.choices} if one.choices.get(name) != two.choices.get(name)]
    if names == ["community"]:
        yield "The panels differ in how a block group’s requests are counted; so do the estimates of models 4 and 5, which hold that count."
    elif names:
        yield f"The panels differ by {', '.join(name.replace('_', ' ') for name in names)}; so do their estimates."
    elif main.fits.is_weighted == other.fits.is_weighted:
        yield "Both panels are the same, and so are the estimates; only the errors differ."
    if main.fits.is_weighted != other.fits.is_weighted:
        weighted = main if main.fits.is_weighted else other
        yield f"{weighted.name} weights each household by how many it stands for, the other preset does not."
    if main.fits.errors[0] != other.fits.errors[0]:
        errors = [f"{study.fits.fits['2'].errors_by(study.fits.errors[0]).words} by {study.name}" for study in (main, other)]
        yield (
            f"Errors are {' and '.join(errors)}. Households of a block group lose and regain power together; errors that take them as independent "
            "are too small, most of all for what varies between block groups only."
        )
    yield from main.fits.notes
    yield from (note for note in other.fits.notes if note not in main.fits.notes)


def _clusters(study: PresetStudy) -> str:
    return f" of {groups:,} block groups" if (groups := block_groups(study.built)) else ""
