"""Figures in words, each with what it is a part of or counted from; where a figure cannot be given, why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from evenhand.web.insights.public_figures import CityFigures, Figures, MedianDays

_WHY_NO_MEDIAN: Final = {
    "too_few_closings": gettext_lazy("too few closed to say"),
    "not_half_closed": gettext_lazy("fewer than half are closed"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its number in words, what it counts, and what it is a part of or rests on."""

    number: str
    title: str
    basis: str = ""


def figures_in_words(figures: Figures, city: CityFigures, *, population: int | None = None, with_population: bool = False) -> list[Figure]:
    """The figures of an area, a service or the city, as its page shows them."""
    total = number(figures.total)
    shown = [
        Figure(total, _("requests in all")),
        Figure(number(figures.open), _("open"), _("of %(total)s") % {"total": total}),
        Figure(number(figures.closed_90_days), _("closed in the last 90 days"), _("of %(total)s closed in all") % {"total": number(figures.closed)}),
        median_figure(figures.median),
        Figure(number(figures.vetoed), _("said to be not fixed"), _("at least once, of %(total)s requests") % {"total": total}),
    ]
    if with_population:
        shown.append(per_thousand_figure(figures, city, population))
    return shown


def median_figure(median: MedianDays) -> Figure:
    """Days by which half were closed, or why that is not known."""
    basis = _("half took longer; from %(closed)s closed and %(open)s still open, counted together") % {
        "closed": number(median.closed_count),
        "open": number(median.open_count),
    }
    if median.days is None:
        return Figure("–", _("days until half are closed"), f"{_WHY_NO_MEDIAN[median.reason]}: {number(median.closed_count)}")
    return Figure(days_words(median.days), _("until half are closed"), basis)


def median_words(median: MedianDays) -> str:
    """The same for a cell of a table."""
    return days_words(median.days) if median.days is not None else str(_WHY_NO_MEDIAN[median.reason])


def per_thousand_figure(figures: Figures, city: CityFigures, population: int | None) -> Figure:
    """Requests for every 1,000 residents, with the two numbers that it is made of."""
    rate = figures.per_thousand(population)
    if rate is None:
        return Figure("–", _("requests for every 1,000 residents"), _("the number of residents is not known here"))
    return Figure(
        number_format(rate, 1),
        _("requests for every 1,000 residents"),
        _("%(requests)s requests since %(day)s; %(residents)s residents")
        % {"requests": number(figures.in_year), "day": day(city.year_from), "residents": number(population or 0)},
    )


def as_of_words(city: CityFigures) -> str:
    """Up to when was counted. A city whose data ended long ago says so."""
    if city.is_quiet:
        return _("The data end on %(day)s: “open” and “the last days” are counted as of then.") % {"day": day(city.until)}
    return _("Counted on %(moment)s") % {"moment": date_format(localtime(city.counted_at), "DATETIME_FORMAT")}


def days_words(days: float) -> str:
    """A length in days: hours below two days, tenths below ten."""
    if days < 2:
        hours = max(round(days * 24), 1)
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": number(hours)}
    if days < 9.95:
        return _("%(count)s days") % {"count": number_format(days, 1)}
    return ngettext("%(count)s day", "%(count)s days", round(days)) % {"count": number(round(days))}


def number(count: int) -> str:
    """A count with its thousands set apart."""
    return number_format(count, force_grouping=True)


def day(moment: datetime) -> str:
    """The day of a moment in the page's zone."""
    return date_format(localtime(moment), "DATE_FORMAT")
