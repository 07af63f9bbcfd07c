"""What the documentation says of commands, settings, errors and decisions is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evenhand.web.project.configuration import Configuration
from tools import reference_pages

pytestmark = pytest.mark.slow

CHECKOUT = Path(__file__).resolve().parents[2]
DECISIONS = CHECKOUT / "docs/decisions"
SECTIONS = ("Context", "Decision", "Consequences", "What would change our mind")


@pytest.mark.parametrize("path", reference_pages.PAGES, ids=lambda path: path.name)
def test_a_page_made_from_the_code_is_up_to_date(path: Path) -> None:
    assert path.read_text() == reference_pages.PAGES[path](), "run: make docs"


def test_every_command_has_an_example() -> None:
    sections = reference_pages.commands_page().split("\n## ")[1:]
    commands = [section for section in sections if "COMMAND [ARGS]" not in section]
    assert len(commands) >= 10
    assert [section.splitlines()[0] for section in commands if "Example: evenhand " not in section] == []


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Configuration.model_fields.items() if not field.description] == []


def test_every_error_code_has_words() -> None:
    assert [one.code for one in reference_pages.error_codes() if not one.words.strip()] == []


def test_every_error_code_belongs_to_one_error() -> None:
    codes = [one.code for one in reference_pages.error_codes()]
    assert [code for code in codes if codes.count(code) > 1] == []


def test_the_index_of_decisions_is_true() -> None:
    indexed = re.findall(r"\]\((\d{4}-[a-z0-9-]+\.md)\)", (DECISIONS / "index.md").read_text())
    assert indexed == sorted(file.name for file in DECISIONS.glob("[0-9]*.md"))
    assert [int(name[:4]) for name in indexed] == list(range(1, len(indexed) + 1))


@pytest.mark.parametrize("file", sorted(DECISIONS.glob("[0-9]*.md")), ids=lambda file: file.stem)
def test_a_decision_says_why_and_what_would_change_our_mind(file: Path) -> None:
    text = file.read_text()
    assert re.search(r"^Status: (proposed|accepted|superseded by \d{4})\nDate: \d{4}-\d{2}-\d{2}$", text, re.MULTILINE)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == list(SECTIONS)
    assert len(text.splitlines()) <= 60, "one page"


def test_every_link_between_the_documents_leads_somewhere() -> None:
    broken = []
    for page in [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", *CHECKOUT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if not target.startswith(("http:", "https:", "mailto:")) and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(CHECKOUT)}: {target}")
    assert broken == []
