"""Charts, laid out: a Vega-Lite specification with words beside it, drawn to SVG, PNG or a page of HTML without any network.

Modelling choice: a chart without its text alternative cannot be made. The same words go into the SVG (title and description), into the PNG's
metadata and onto the HTML page, which holds the drawing and no script. Where the data are synthetic, the caller says so, and it stands on the
drawing itself.
"""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

from evenhand.reports.errors import ChartFormatUnknown
from evenhand.reports.look import FONT, GREY, INK, INK_SOFT, LINE, LOOK, PAPER

VEGA_LITE: Final = "6.4"
SCHEMA: Final = f"https://vega.github.io/schema/vega-lite/v{VEGA_LITE}.1.json"
WIDTH, HEIGHT = 860, 340
_CHARACTERS_A_PIXEL: Final = 1 / 6.6
SYNTHETIC: Final = "Synthetic data"


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing and its words. `specification` is complete Vega-Lite with the data inside; `words` say in text what the drawing shows."""

    title: str
    words: tuple[str, ...]
    specification: dict[str, Any]

    def svg(self) -> str:
        """A drawing that screen readers can name and describe."""
        import vl_convert

        drawn = vl_convert.vegalite_to_svg(self.specification, vl_version=VEGA_LITE)
        names = f'<title id="chart-title">{html.escape(self.title)}</title><desc id="chart-words">{html.escape(" ".join(self.words))}</desc>'
        head, rest = drawn.split(">", 1)
        return f'{head} role="img" aria-labelledby="chart-title chart-words">{names}{rest}'

    def png(self, scale: float = 2.0) -> bytes:
        """Pixels, `scale` times the size in points; the words are in its metadata."""
        import vl_convert
        from PIL import Image
        from PIL.PngImagePlugin import PngInfo

        facts = PngInfo()
        facts.add_itxt("Title", self.title)
        facts.add_itxt("Description", " ".join(self.words))
        out = io.BytesIO()
        with Image.open(io.BytesIO(vl_convert.vegalite_to_png(self.specification, vl_version=VEGA_LITE, scale=scale))) as drawn:
            drawn.convert("RGB").save(out, "PNG", pnginfo=facts, optimize=True)
        return out.getvalue()

    def page(self) -> str:
        """One HTML page with the drawing and its words; nothing in it is fetched or run."""
        said = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in self.words)
        title = html.escape(self.title)
        return (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{title}</title><style>body{{margin:2rem auto;max-inline-size:58rem;padding-inline:1rem;background:{PAPER};color:{INK};"
            f"font:1rem/1.6 {FONT}}}svg{{max-inline-size:100%;block-size:auto}}figure{{margin:0}}figcaption{{border-block-start:1px solid {LINE};"
            f"color:{INK_SOFT};max-inline-size:44rem}}</style></head><body><main><h1>{title}</h1><figure>{self.svg()}<figcaption>{said}</figcaption></figure>"
            "</main></body></html>\n"
        )


def lay_out(
    views: Sequence[dict[str, Any]],
    *,
    title: str,
    subtitle: Sequence[str],
    words: Sequence[str],
    is_synthetic: bool,
    width: int = WIDTH,
) -> Chart:
    """Put views onto the paper, one under the other: title, lines under it, size and look.

    Parameters
    ----------
    views
        Vega-Lite views with `layer` and `height`: layers with their data and axis titles. Several share the axis of x.
    title, subtitle
        What is drawn; lines of the subtitle are broken to the width.
    words
        The text alternative: sentences that say what the drawing shows.
    is_synthetic
        True writes "Synthetic data" onto the drawing, and at the head of the words.
    width
        Of the plot in points, axes outside.
    """
    lines = [part for line in subtitle for part in wrap(line, round(width * _CHARACTERS_A_PIXEL))]
    said = (f"{SYNTHETIC}.", *words) if is_synthetic else tuple(words)
    first, *others = ({"width": width, **view} for view in views)
    if is_synthetic:
        first = {**first, "layer": [*first["layer"], _synthetic_mark(width)]}
    specification = {
        "$schema": SCHEMA,
        "title": {"text": title, "subtitle": lines},
        "description": " ".join(said),
        **({"vconcat": [first, *others], "spacing": 14, "resolve": {"scale": {"x": "shared"}}} if others else first),
        "config": LOOK,
    }
    return Chart(title, said, specification)


def write_chart(chart: Chart, file: Path) -> None:
    """Write the chart in the format that the name ends in: .svg, .png or .html.

    Raises
    ------
    ChartFormatUnknown
        For another ending.
    """
    file.write_bytes(writer_for(file)(chart))


def writer_for(file: Path) -> Callable[[Chart], bytes]:
    """What draws a chart for a file of this name; asked before any work is done, so that a wrong ending costs nothing."""
    writers: dict[str, Callable[[Chart], bytes]] = {
        ".svg": lambda chart: chart.svg().encode(),
        ".png": lambda chart: chart.png(),
        ".html": lambda chart: chart.page().encode(),
    }
    if file.suffix.lower() not in writers:
        raise ChartFormatUnknown(file, tuple(writers))
    return writers[file.suffix.lower()]


def _synthetic_mark(width: int) -> dict[str, Any]:
    mark = {"type": "text", "align": "right", "baseline": "bottom", "color": GREY, "fontSize": 13, "fontStyle": "italic", "text": SYNTHETIC}
    return {"data": {"values": [{}]}, "mark": {**mark, "x": width, "y": -4}}
