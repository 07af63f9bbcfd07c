"""The five models as tables: both presets side by side, with notes that are made from what was printed.

Modelling choice: every coefficient stands as what it is, the logarithm of a ratio, with its error; beside it the ratio with its interval, by name. A
note says which errors stand in the table, which stars occur and what they mean, which of three pseudo R² each figure is, what was left out and why.
Estimates carry as many decimals as their error has meaning for: two digits of the error, at least three decimals.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from evenhand.equity.fits import Fit, Term
from evenhand.equity.model_tables import STARS, stars_for
from evenhand.equity.verdicts import MOST_RATIO
from evenhand.reports.disclosure_cells import INTERNAL, WITHHELD
from evenhand.reports.printed_tables import PrintedDocument, PrintedTable
from evenhand.reports.told_models import EVERYTHING, FEW_CARRY, FEW_WITH_OUTCOME, ToldModels
from evenhand.studies.five_models import FIVE_MODELS, Model, StudyFits

RATIOS: Final[Mapping[str, str]] = {"logit": "odds ratio", "negative_binomial": "incidence-rate ratio", "poisson": "incidence-rate ratio"}
WORDS: Final[Mapping[str, str]] = {
    "Intercept": "Constant",
    "minority_share": "Minority share",
    "participation": "Participation (reported)",
    "reported": "Has reported by then",
    "community_participation": "Requests of the block group",
    "house_age": "Age of the house, years",
    "median_income": "Median income, 1,000 USD",
    "log_population_density": "People per square mile, log",
    "education": "Bachelor's degree, share",
    "elderly_share": "Aged 60 or more, share",
    "college_age_share": "Aged 18–24, share",
    "renter_share": "Renters, share",
}
COMMUNITY: Final = "community_participation"
# What stands as the block group's requests, by the choice of the panel.
REQUESTS_OF_AREA: Final[Mapping[str, str]] = {
    "study": "Requests of the block group, as the study counted",
    "others": "Others of the block group that were out and reported",
}
# Beside the likelihoods, each of these gives back the number of rows.
_TELL_ROWS: Final = frozenset({"Pseudo R², Cox–Snell", "Pseudo R², Nagelkerke", "BIC"})
SAME_ESTIMATES: Final = (
    "Both presets rest on the same rows, weights and hours here: their estimates are equal, and only the errors differ. Households of a block group "
    "lose and regain power together; errors that take them as independent are too small, most of all for what varies between block groups only."
)


def study_document(
    main: StudyFits, other: StudyFits, *, notes: Sequence[str], more: Sequence[PrintedTable] = (), is_synthetic: bool = False
) -> PrintedDocument:
    """Everything that is printed of a study: a table a model, then what else was found (`more`). Nothing of it passed the gate, and it says so."""
    words = [INTERNAL, *(["Synthetic data: no household of these tables exists."] if is_synthetic else [])]
    words += [f"{study.preset.name}: {study.preset.words}; here with {_errors_words(study)}." for study in (main, other)]
    words += [_why_they_differ(main, other), *main.notes, *notes]
    tables = [model_table(model, main, other) for model in FIVE_MODELS]
    return PrintedDocument("Who reports, and who waits: five models", tuple(words), (*tables, *more))


def model_table(
    model: Model, main: StudyFits, other: StudyFits, communities: tuple[str, str] = ("", ""), told: ToldModels = EVERYTHING
) -> PrintedTable:
    """One model by both presets: log ratio (error) with stars, and ratio with its 95 % interval, as far as they may be `told`.

    `communities` are the presets' counts of the block group's requests (`study`, `others`), empty where the panel does not say.
    """
    pairs = [(study, study.fits[model.number], study.errors[0]) for study in (main, other)]
    ratio = RATIOS[model.family]
    head = ["Term"]
    for study, _, errors in pairs:
        head += [f"{study.preset.name}: log {ratio} ({errors} error)", f"{study.preset.name}: {ratio} [95 % interval]"]
    found = [{term.term: term for term in fit.terms(errors)} for _, fit, errors in pairs]
    names = [*model.terms, "Intercept"]
    rows = [
        (term_words(name, communities), *(cell for terms in found for cell in _cells(terms.get(name), is_hidden=told.hides(model.number, name))))
        for name in names
    ]
    caption = f"Model {model.number}. {model.title}"
    if told.hides(model.number):
        return PrintedTable(caption, tuple(head), tuple(rows), (FEW_WITH_OUTCOME,))
    rows += _figures([fit for _, fit, _ in pairs], told)
    notes = (*_notes(model, pairs, found, told), *count_notes(model, (main.preset.name, other.preset.name), communities))
    return PrintedTable(caption, tuple(head), tuple(rows), notes)


def term_words(term: str, communities: Sequence[str] = ()) -> str:
    """A term in words; a product with a multiplication sign. The block group's requests go by how they were counted, where all columns agree."""
    return " × ".join(_community_words(communities) if part == COMMUNITY else WORDS.get(part, part) for part in term.split(":"))


def _community_words(communities: Sequence[str]) -> str:
    if len(set(communities)) > 1:
        return f"{WORDS[COMMUNITY]} (counted as noted)"
    return REQUESTS_OF_AREA.get("".join(communities[:1]), WORDS[COMMUNITY])


def count_notes(model: Model, names: Sequence[str], communities: Sequence[str]) -> list[str]:
    """How each column counts the block group's requests, where a model holds them and the columns differ."""
    if COMMUNITY not in model.terms or len(set(communities)) == 1:
        return []
    told = [f"{name}: {REQUESTS_OF_AREA.get(one, 'not known')}" for name, one in zip(names, communities, strict=True)]
    return [f"The block group’s requests are not one measure in these columns. {'; '.join(told)}."]


def decimals_for(std_error: float) -> int:
    """Two digits of the error, between three and six decimals."""
    if not (math.isfinite(std_error) and std_error > 0):
        return 3
    return min(max(1 - math.floor(math.log10(std_error)), 3), 6)


def number(value: float, decimals: int) -> str:
    """A number for people: a true minus sign, commas for thousands, a dash where there is none."""
    if not math.isfinite(value):
        return "∞" if value > 0 else "−∞" if value < 0 else "–"
    text = f"{value:,.{decimals}f}"
    return text.replace("-", "" if float(text.replace(",", "")) == 0 else "−")


def _cells(term: Term | None, *, is_hidden: bool) -> tuple[str, str]:
    if is_hidden:
        return WITHHELD, WITHHELD
    if term is None:
        return "removed", "–"
    d = decimals_for(term.std_error)
    ratio, low, high = term.ratio
    estimate = f"{number(term.estimate, d)}{stars_for(term.p_value)} ({number(term.std_error, d)})"
    return estimate, ratio_cell((ratio, low, high), max(d - 1, 3))


def ratio_cell(found: tuple[float, float, float], decimals: int = 3) -> str:
    """A ratio with its interval; what is beyond a thousand says no more than that it is large."""
    value, low, high = (f"> {MOST_RATIO:,.0f}" if one > MOST_RATIO else number(one, decimals) for one in found)
    return f"{value} [{low}, {high}]"


def _figures(fits: Sequence[Fit], told: ToldModels) -> list[tuple[str, ...]]:
    """What is said of a model as a whole; the value stands in a preset's first column."""
    lines: list[tuple[str, list[str]]] = [
        ("Households", [told.rows_words(fit.n) for fit in fits]),
        ("Log likelihood", [number(fit.loglik, 1) for fit in fits]),
        ("Log likelihood, constant alone", [number(fit.loglik_null, 1) for fit in fits]),
        ("Pseudo R², McFadden", [number(fit.pseudo_r2.mcfadden, 3) for fit in fits]),
        ("Pseudo R², Cox–Snell", [number(fit.pseudo_r2.cox_snell, 3) for fit in fits]),
        ("Pseudo R², Nagelkerke", [number(fit.pseudo_r2.nagelkerke, 3) for fit in fits]),
        ("AIC", [number(fit.aic, 1) for fit in fits]),
        ("BIC", [number(fit.bic, 1) for fit in fits]),
    ]
    if any(told.rows_number(fit.n) is None for fit in fits):
        lines = [(name, [WITHHELD] * len(fits) if name in _TELL_ROWS else values) for name, values in lines]
    if fits[0].alpha is not None:
        lines.append(("Dispersion α", [number(math.nan if fit.alpha is None else fit.alpha, 3) for fit in fits]))
        lines.append(("Dispersion θ = 1/α", [number(math.nan if fit.theta is None else fit.theta, 3) for fit in fits]))
    return [(name, *(cell for value in values for cell in (value, ""))) for name, values in lines]


def _notes(model: Model, pairs: Sequence[tuple[StudyFits, Fit, str]], found: Sequence[Mapping[str, Term]], told: ToldModels) -> list[str]:
    ratio = RATIOS[model.family]
    notes = [f"Coefficients are logarithms of {ratio}s; exp of a coefficient is the {ratio}, printed beside it. Null hypothesis of each: 0, ratio 1."]
    notes += [f"{study.preset.name}: {fit.errors_by(errors).words}; {fit.method}." for study, fit, errors in pairs]
    notes += [f"{study.preset.name}: hours rounded to whole numbers." for study, _, _ in pairs if study.is_rounded and model.family != "logit"][:1]
    hidden = [name for name in model.terms if told.hides(model.number, name)]
    notes += [f"{', '.join(map(term_words, hidden))}: {FEW_CARRY}."] if hidden else []
    marks = {stars_for(term.p_value) for terms in found for name, term in terms.items() if name not in hidden}
    used = [f"{mark} p < {limit:g}" for limit, mark in STARS if mark in marks]
    notes.append(f"Stars: {', '.join(used)}." if used else "No coefficient has p < 0.1.")
    notes += [f"{study.preset.name}: did not converge; its figures are not to be used." for study, fit, _ in pairs if not fit.converged]
    return [*notes, *_account(model.number, pairs, told)]


def _account(model: str, pairs: Sequence[tuple[StudyFits, Fit, str]], told: ToldModels) -> list[str]:
    """Rows left out and warnings: once where both presets say the same, with the preset's name where only one does."""
    said = {study.preset.name: told.sentences(model, fit) for study, fit, _ in pairs}
    first, second = said.values()
    common = [text for text in first if text in second]
    return common + [f"{name}: {text}" for name, texts in said.items() for text in texts if text not in common]


def _errors_words(study: StudyFits) -> str:
    """The errors that stand in the tables; clusters are counted in model 2, which has the rows of most."""
    return study.fits["2"].errors_by(study.errors[0]).words


def _why_they_differ(main: StudyFits, other: StudyFits) -> str:
    if main.is_weighted == other.is_weighted and main.is_rounded == other.is_rounded:
        return SAME_ESTIMATES
    weighted = main if main.is_weighted else other
    return f"The presets' estimates differ because {weighted.preset.name} weights each household by how many it stands for; errors differ too."
