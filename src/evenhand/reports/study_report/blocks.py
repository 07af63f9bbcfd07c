"""Pieces of a report's page: text escaped once, figures with their words, tables with heads, parts with a heading.

Modelling choice: a figure is an image inside the page whose text alternative says what it shows, and its caption says the rest; so a screen reader,
the page printed in grey and the page copied as text lose nothing.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence

from evenhand.reports.charts import SYNTHETIC, Chart
from evenhand.reports.printed_tables import PrintedTable, html_table

_WORDS_OF_A_CAPTION = 2
_NARROWEST, _LONGEST_WORD, _LONGEST_CELL, _LINE = 5, 24, 150, 115  # characters


def text(words: str) -> str:
    """Escaped for HTML."""
    return html.escape(words)


def paragraph(words: str, kind: str = "") -> str:
    return f"<p{_kind(kind)}>{text(words)}</p>\n"


def heading(level: int, words: str, anchor: str = "") -> str:
    place = f' id="{text(anchor)}"' if anchor else ""
    return f"<h{level}{place}>{text(words)}</h{level}>\n"


def listed(sentences: Iterable[str], kind: str = "") -> str:
    """A list of sentences; nothing where there is none."""
    items = "".join(f"<li>{text(one)}</li>" for one in sentences)
    return f"<ul{_kind(kind)}>{items}</ul>\n" if items else ""


def quoted(words: str) -> str:
    return f"<blockquote><p>{text(words)}</p></blockquote>\n"


def said(word: str) -> str:
    """A verdict or a standing, in a frame: it needs no color."""
    return f'<span class="said">{text(word)}</span>'


def part(anchor: str, title: str, marks: Sequence[tuple[str, str]], blocks: Iterable[str], kind: str = "part") -> str:
    """A part of the report on a page of its own, under what every page has to say of itself."""
    return f'<section class="{text(kind)}" id="{text(anchor)}">\n{heading(2, title)}{marked(marks, "screen")}{"".join(blocks)}</section>\n'


def marked(marks: Sequence[tuple[str, str]], kind: str = "") -> str:
    """What a page says of itself: a word, and a sentence."""
    return "".join(f'<p class="mark {text(kind)}">{text(word)} <span>{text(sentence)}</span></p>\n' for word, sentence in marks)


def table(printed: PrintedTable, kind: str = "") -> str:
    """A table with its head and notes; columns are as wide as their words ask for, which saves whoever prints it from trying."""
    made = html_table(printed)
    columns = "".join(f'<col style="width:{width:.1f}%">' for width in _widths(printed))
    return made.replace("<table>", f"<table{_kind(kind)}>", 1).replace("</caption>", f"</caption><colgroup>{columns}</colgroup>", 1)


def _widths(printed: PrintedTable) -> list[float]:
    """Per cent of the table by column: first its longest word, then a part of what is left by how long its longest cell is."""
    columns = [(head, *(row[place] for row in printed.rows if place < len(row))) for place, head in enumerate(printed.head)]
    words = [max(max((len(word) for cell in cells for word in cell.split()), default=0) + 2, _NARROWEST) for cells in columns]
    least = [min(word, _LONGEST_WORD) for word in words]
    more = [max(min(max(map(len, cells)), _LONGEST_CELL) - one, 0) for cells, one in zip(columns, least, strict=True)]
    room = max(_LINE - sum(least), 0)
    part = min(1.0, room / sum(more)) if sum(more) else 0.0
    wanted = [one + part * longer for one, longer in zip(least, more, strict=True)]
    return [100.0 * one / sum(wanted) for one in wanted]


def figure(chart: Chart, svg: str, number: int) -> str:
    """A drawing with its number, its text alternative and the first of its words."""
    drawn = base64.b64encode(svg.encode()).decode("ascii")
    alternative = f"{chart.title}. {' '.join(chart.words)}"
    said = [words for words in chart.words if not words.startswith(SYNTHETIC)]  # the drawing says that by itself
    return (
        f'<figure id="figure-{number}"><img src="data:image/svg+xml;base64,{drawn}" alt="{text(alternative)}">'
        f"<figcaption>Figure {number}. {text(' '.join(said[:_WORDS_OF_A_CAPTION]))}</figcaption></figure>\n"
    )


def side_by_side(figures: Sequence[str]) -> str:
    """Two drawings beside each other where there is room."""
    return f'<div class="pair">{"".join(figures)}</div>\n' if figures else ""


def _kind(kind: str) -> str:
    return f' class="{text(kind)}"' if kind else ""
