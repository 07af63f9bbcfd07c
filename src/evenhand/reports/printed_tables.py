"""Tables of text, set as HTML, Markdown or LaTeX.

Modelling choice: a table is text in cells before it meets a format, so that the three say the same to the last digit. HTML is a page of its own that
fetches nothing, with a caption and header cells that screen readers name; LaTeX wants the package booktabs and nothing else.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from evenhand.reports.look import FONT, INK, INK_SOFT, LINE, PAPER

_TEX: Final = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"$<$",
    ">": r"$>$",
    "−": r"$-$",
    "×": r"$\times$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "±": r"$\pm$",
    "²": r"$^2$",
    "½": r"$\frac{1}{2}$",
    "α": r"$\alpha$",
    "θ": r"$\theta$",
    "β": r"$\beta$",
    "χ": r"$\chi$",
    "√": r"$\surd$",
    "∞": r"$\infty$",
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
    "’": "'",
    "“": "``",
    "”": "''",
    "÷": r"$\div$",
}
_MARKDOWN: Final = {"|": "\\|", "*": "\\*", "_": "\\_", "<": "&lt;"}
_STYLE: Final = (
    f"body{{margin:2rem auto;max-inline-size:64rem;padding-inline:1rem;background:{PAPER};color:{INK};font:1rem/1.6 {FONT}}}"
    "table{border-collapse:collapse;inline-size:100%;font-variant-numeric:tabular-nums;margin-block-end:.5rem}"
    "caption{text-align:start;font-weight:700;padding-block:1.5rem .5rem}"
    f"th,td{{padding:.2rem .6rem;text-align:end;border-block-end:1px solid {LINE}}}"
    "th:first-child,td:first-child{text-align:start}tbody th{font-weight:400}"
    f".notes{{color:{INK_SOFT};font-size:.9rem;margin:0;max-inline-size:52rem}}.wide{{overflow-x:auto}}"
)


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """Cells as text. The first cell of a row names it; `notes` are sentences below, made from what the cells hold."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PrintedDocument:
    """Tables under a title, with sentences before them."""

    title: str
    words: tuple[str, ...]
    tables: tuple[PrintedTable, ...]


def as_html(document: PrintedDocument) -> str:
    """One page of HTML that stands alone."""
    title = html.escape(document.title)
    words = "".join(f"<p>{html.escape(sentence)}</p>\n" for sentence in document.words)
    tables = "\n".join(html_table(table) for table in document.tables)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main>\n<h1>{title}</h1>\n{words}{tables}\n</main></body></html>\n"
    )


def as_markdown(document: PrintedDocument) -> str:
    """Tables with pipes, readable as they stand."""
    parts = [f"# {document.title}", *(_escaped(sentence, _MARKDOWN) for sentence in document.words)]
    for table in document.tables:
        lines = [_pipes(table.head), "|---|" + "---:|" * (len(table.head) - 1), *(_pipes(row) for row in table.rows)]
        notes = "  \n".join(_escaped(note, _MARKDOWN) for note in table.notes)
        parts += [f"## {_escaped(table.caption, _MARKDOWN)}", "\n".join(lines), *([notes] if notes else [])]
    return "\n\n".join(parts) + "\n"


def as_latex(document: PrintedDocument) -> str:
    r"""A fragment for `\input`; the document needs booktabs."""
    words = [f"% {sentence}" for sentence in (document.title, *document.words)]
    return "\n".join([*words, "% Needs \\usepackage{booktabs}.", *(_latex_table(table) for table in document.tables)]) + "\n"


def html_table(table: PrintedTable) -> str:
    """One table with its notes, to stand in a page."""
    head = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in table.head)
    rows = "\n".join(
        f'<tr><th scope="row">{html.escape(row[0])}</th>' + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in table.rows
    )
    notes = "".join(f'<p class="notes">{html.escape(note)}</p>\n' for note in table.notes)
    caption = html.escape(table.caption)
    return f'<div class="wide"><table><caption>{caption}</caption><thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>\n{notes}'


def _latex_table(table: PrintedTable) -> str:
    def line(cells: Sequence[str]) -> str:
        return " & ".join(_escaped(cell, _TEX) for cell in cells) + r" \\"

    notes = "\\\\\n".join(_escaped(note, _TEX) for note in table.notes)
    below = ["\\par\\smallskip\\begin{minipage}{\\linewidth}\\footnotesize", notes, "\\end{minipage}"] if notes else []
    return "\n".join([
        "\\begin{table}",
        f"\\caption{{{_escaped(table.caption, _TEX)}}}",
        f"\\begin{{tabular}}{{l{'r' * (len(table.head) - 1)}}}",
        "\\toprule",
        line(table.head),
        "\\midrule",
        *(line(row) for row in table.rows),
        "\\bottomrule",
        "\\end{tabular}",
        *below,
        "\\end{table}",
    ])  # fmt: skip


def _pipes(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_escaped(cell, _MARKDOWN) for cell in cells) + " |"


def _escaped(text: str, marks: dict[str, str]) -> str:
    return "".join(marks.get(character, character) for character in text)
