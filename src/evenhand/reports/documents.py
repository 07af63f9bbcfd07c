"""A page of HTML as a PDF that screen readers can read.

Modelling choice: one page of HTML is the document, and the PDF is that page printed; so the two can say nothing different. The PDF is tagged and
names its title and language (PDF/UA-1). It is the same for the same page, to the byte: it holds no time and no random id. Nothing is fetched: what a
page shows lies inside it.

References: ISO 14289-1:2014 (PDF/UA-1).
"""

from __future__ import annotations

import gc
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from evenhand.reports.charts import VEGA_LITE
from evenhand.reports.errors import PdfNotPossible

VARIANT: Final = "pdf/ua-1"
_MOMENT: Final = "SOURCE_DATE_EPOCH"
_LOGGERS: Final = ("weasyprint", "fontTools")


def pdf_of(page: str) -> bytes:
    """Print a page.

    Parameters
    ----------
    page
        HTML that stands alone: its drawings and styles are inside.

    Returns
    -------
    bytes
        A tagged PDF.

    Raises
    ------
    PdfNotPossible
        Where Pango, a library of the system, is missing.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # without HarfBuzz's subsetting library fonts are cut by a slower way
            from weasyprint import HTML  # type: ignore[import-untyped]
            from weasyprint.urls import URLFetcher  # type: ignore[import-untyped]
    except OSError as error:
        raise PdfNotPossible(str(error)) from error
    with _quiet(), _at_no_time(), _unswept():
        printed: bytes = HTML(string=page, url_fetcher=URLFetcher(allowed_protocols={"data"})).write_pdf(pdf_variant=VARIANT)
    return printed


def load_ahead() -> None:
    """Load what draws and what prints, a second and a half of work that can go on beside other work. What is missing is told where it is needed."""
    import vl_convert

    vl_convert.vegalite_to_svg({"data": {"values": [{}]}, "mark": "point"}, vl_version=VEGA_LITE)
    with suppress(OSError, DeprecationWarning):
        import weasyprint  # noqa: F401


@contextmanager
def _at_no_time() -> Iterator[None]:
    """Where fontTools cuts the fonts, it writes the moment into each: one moment for all, as its convention for builds has it."""
    before = os.environ.get(_MOMENT)
    os.environ[_MOMENT] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_MOMENT]
        else:
            os.environ[_MOMENT] = before


@contextmanager
def _unswept() -> Iterator[None]:
    """A document that is laid out only grows: to search it for rings of garbage again and again takes an eighth of the time and finds nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def _quiet() -> Iterator[None]:
    """Remarks on rules of style that paper does not have are no news to whoever prints a report."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
