"""The reference pages that are made from the code, so that they cannot say something else: commands, settings, error codes, tables.

`python -m tools.reference_pages --write` writes them; a test holds the files against what would be written.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

CHECKOUT = Path(__file__).resolve().parent.parent
SOURCE = CHECKOUT / "src/evenhand"
WIDTH = 100
TABLES_BEGIN, TABLES_END = "<!-- tables: begin -->", "<!-- tables: end -->"
_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")


def commands_page() -> str:
    """The help of every command, as it is printed."""
    from evenhand.cli.main import app

    parts = [
        "# Commands",
        "",
        "Made from the code by `make docs`. Exit codes: 0 done, 1 a fault was found (`doctor`, `worker --once`), 2 bad input.",
        "What is wrong, and what a command tells people, goes to stderr; stdout holds only what machines read.",
        "",
    ]
    for name, command in _commands("evenhand", typer.main.get_command(app)):
        context = command.context_class(command, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH)
        help_text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
        parts += [f"## {name}", "", "```text", help_text, "```", ""]
    return "\n".join(parts)


def _commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield name, command
    for child in getattr(command, "commands", {}).values():
        yield from _commands(f"{name} {child.name}", child)


def settings_page() -> str:
    """Every variable of the environment, its default and its meaning."""
    rows = [f"| `{one.variable}` | {_cell(one.default)} | {one.meaning} |" for one in settings()]
    return "\n".join(
        [
            "# Settings",
            "",
            "Made from the code by `make docs`. Settings are variables of the environment, or lines of a file `.env` in the folder in",
            "which Evenhand is started; `.env.example` holds them all. Wrong ones are told all at once, by `evenhand serve` before it",
            "serves and by `evenhand doctor`.",
            "",
            "| variable | default | meaning |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def env_example() -> str:
    """A file to copy to `.env`: every setting, commented out, with its default."""
    lines = ["# Copy to .env and change what you need. Every line that is commented out shows the default. Reference: docs/reference/settings.md", ""]
    for one in settings():
        lines += [f"# {one.meaning}", f"#{one.variable}={one.default}", ""]
    return "\n".join(lines)


@dataclass(frozen=True)
class Setting:
    """One variable."""

    variable: str
    default: str
    meaning: str


def settings() -> list[Setting]:
    from evenhand.web.project.configuration import Configuration

    found = []
    for name, field in Configuration.model_fields.items():
        variable = "DATABASE_URL" if name == "database_url" else f"EVENHAND_{name.upper()}"
        default = str(int(field.default)) if isinstance(field.default, bool) else str(field.default)
        found.append(Setting(variable, default, str(field.description)))
    return found


def _cell(text: str) -> str:
    return f"`{text}`" if text else "(empty)"


def error_codes_page() -> str:
    """Every code, with the words that go with it."""
    rows = [f"| `{one.code}` | {one.error} | {one.words.replace('|', chr(92) + '|')} |" for one in error_codes()]
    return "\n".join(
        [
            "# Error codes",
            "",
            "Made from the code by `make docs`. A code never changes; its words may. `{…}` is filled in. Screens for residents put",
            "their own words to a code, in the reader's language.",
            "",
            "| code | error | words, or what it means |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


@dataclass(frozen=True, order=True)
class ErrorCode:
    """A code as it stands in the code, its class and its words."""

    code: str
    error: str
    words: str


def error_codes() -> list[ErrorCode]:
    """Read from the source: every call of a class that descends from EvenhandError, and what such a class says of itself."""
    trees = [ast.parse(file.read_text()) for file in sorted(SOURCE.rglob("*.py"))]
    classes = _error_classes(trees)
    found: dict[tuple[str, str], ErrorCode] = {}
    for tree in trees:
        for code, words, error in _stated(tree, classes):
            if _CODE.fullmatch(code):
                found.setdefault((code, error), ErrorCode(code, error, words or classes[error]))
    return sorted(found.values())


def _error_classes(trees: list[ast.Module]) -> dict[str, str]:
    """Names of all classes below EvenhandError, with the first line of their docstring, or their line in the tree of their module's."""
    definitions = [(node, tree) for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    known = {"EvenhandError": ""}
    while True:
        more = {
            node.name: _meaning(node, tree)
            for node, tree in definitions
            if node.name not in known and any(isinstance(base, ast.Name) and base.id in known for base in node.bases)
        }
        if not more:
            return known
        known |= more


def _meaning(node: ast.ClassDef, tree: ast.Module) -> str:
    in_tree = re.search(rf"── {node.name} {{2,}}(.+)", ast.get_docstring(tree) or "")
    return (ast.get_docstring(node) or (in_tree[1] if in_tree else "")).split("\n")[0]


def _stated(tree: ast.Module, classes: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Code, words and class of everything that raises, makes or names an error."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in classes:
            yield from _of_call(node, node.func.id)
        if isinstance(node, ast.ClassDef) and node.name in classes:
            for part in ast.walk(node):
                if isinstance(part, ast.Call) and ast.unparse(part.func) in {"super().__init__", "cls"}:
                    yield from _of_call(part, node.name)
                if isinstance(part, ast.Assign) and ast.unparse(part.targets[0]) == "code_name":
                    yield str(getattr(part.value, "value", "")), "", node.name


def _of_call(call: ast.Call, error: str) -> Iterator[tuple[str, str, str]]:
    if call.args and isinstance(call.args[0], ast.Constant):
        yield str(call.args[0].value), _words(call.args[1]) if len(call.args) > 1 else "", error


def _words(node: ast.expr) -> str:
    """The text of a string in the source, with `{…}` where something is filled in; empty where the words come from elsewhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return " ".join(node.value.split())
    if isinstance(node, ast.JoinedStr):
        return " ".join("".join(str(part.value) if isinstance(part, ast.Constant) else "{…}" for part in node.values).split())
    if isinstance(node, ast.BinOp):
        return f"{_words(node.left)} {{…}}"
    return ""


def meter_tables_page() -> str:
    """The contracts of the tables around readings."""
    from evenhand.vocabulary.tables import METER_TABLES

    parts = [
        "# Tables of readings and outages",
        "",
        "Made from the code by `make docs`. Parquet or CSV; columns that are not listed are no fault. `--column ours=theirs` maps names. Times",
        "carry a zone (`--timezone` where they don't); what is written is in UTC.",
        "",
    ]
    return "\n".join([*parts, *_contracts(METER_TABLES)])


def study_tables_page() -> str:
    """The contracts of a study's tables, between the marks of a page that says what is made of them."""
    from evenhand.vocabulary.tables import STUDY_TABLES

    page = CHECKOUT / "docs/reference/study-tables.md"
    before, _, rest = page.read_text().partition(TABLES_BEGIN)
    _, _, after = rest.partition(TABLES_END)
    return "\n".join([f"{before}{TABLES_BEGIN}", "", *_contracts(STUDY_TABLES), f"{TABLES_END}{after}"])


def _contracts(contracts: Iterable[Any]) -> Iterator[str]:
    for contract in contracts:
        yield from (f"## {contract.name}", "", "| column | type | unit | meaning |", "|---|---|---|---|", *map(_column_row, contract.columns), "")


def _column_row(column: Any) -> str:
    kind = "int64 or string" if column.name == "meter_id" else column.type
    return f"| `{column.name}` | {kind} | {column.unit} | {column.meaning}{' (optional)' if column.is_optional else ''} |"


PAGES: dict[Path, Callable[[], str]] = {
    CHECKOUT / "docs/reference/commands.md": commands_page,
    CHECKOUT / "docs/reference/settings.md": settings_page,
    CHECKOUT / "docs/reference/error-codes.md": error_codes_page,
    CHECKOUT / "docs/reference/meter-tables.md": meter_tables_page,
    CHECKOUT / "docs/reference/study-tables.md": study_tables_page,
    CHECKOUT / ".env.example": env_example,
}


def main() -> int:
    """Write the pages, or say which ones differ."""
    stale = [path for path, page in PAGES.items() if not path.exists() or path.read_text() != page()]
    if "--write" in sys.argv:
        for path in stale:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(PAGES[path]())
        return 0
    for path in stale:
        sys.stderr.write(f"{path.relative_to(CHECKOUT)} differs from the code: run make docs\n")
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
