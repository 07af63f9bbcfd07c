"""Every word of every page and mail exists in every language of the product, and the tool that sees to it keeps its word."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from evenhand.web.core.languages import languages_with_catalog
from tools import messages

pytestmark = pytest.mark.slow

PYTHON = """
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, npgettext, pgettext
from django.utils.translation import ngettext as counted

TITLE = gettext_lazy("Streets")

def words(n: int) -> str:
    # Translators: the button, not the month
    pgettext("verb", "March")
    npgettext("crew", "one truck", "%(n)d trucks", n)
    return _("Where?") + counted("%(n)d lamp", "%(n)d lamps", n)
"""

TEMPLATE = """
{% extends "base.html" %}{% load i18n %}
      {% translate "Ten % off" %}
  {% translate 'March' context "month" as month %}{% include "part.html" with title=_("Given as an argument") %}
{% blocktranslate trimmed with name=city.name count n=lamps %}
  {{ n }} lamp
  in {{ name }}
{% plural %}
  {{ n }} lamps
  in {{ name }}
{% endblocktranslate %}
<p data-words="{% translate "{n} more" %}">not a message</p>
"""

COLLECTED = {
    ("Streets", None),
    ("Where?", None),
    ("March", "verb"),
    ("March", "month"),
    (("one truck", "%(n)d trucks"), "crew"),
    (("%(n)d lamp", "%(n)d lamps"), None),
    ("Ten %% off", None),
    ("Given as an argument", None),
    (("%(n)s lamp in %(name)s", "%(n)s lamps in %(name)s"), None),
    ("{n} more", None),
}


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """A small platform: one module, one page, one mail, and a migration whose words nobody reads."""
    for name, text in {
        "portal/words.py": PYTHON,
        "portal/templates/portal/page.html": TEMPLATE,
        "conversations/templates/mails/hello.txt": "{% load i18n %}{% translate 'Good day' %}\n",
        "portal/migrations/0001_initial.py": "_('Nobody reads this')\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def catalog(web: Path, language: str = "es") -> Path:
    return web / "locale" / language / messages.CATALOG_NAME


def with_one_message(web: Path, msgid: str, translated: str) -> list[str]:
    """What `check` says about a source of one message and a catalog with its translation."""
    for file in messages.source_files(web):
        file.unlink()
    (web / "portal/words.py").write_text(f"_({msgid!r})\n")
    if not catalog(web).exists():
        messages.main(["add", "es"], web=web)
    text = catalog(web).read_text()
    catalog(web).write_text(text.partition("\n\n")[0] + f"\n\n{translated}\n")
    return messages.check_command(web)


def test_no_message_of_the_product_lacks_a_translation_in_any_language() -> None:
    assert messages.check_command(messages.WEB) == []


def test_the_product_speaks_english_and_spanish() -> None:
    messages.main(["compile"])
    assert languages_with_catalog(messages.WEB / "locale", source="en")[:2] == [("en", "English"), ("es", "Español")]


def test_spanish_speaks_to_people_with_respect() -> None:
    spanish = messages.read_catalog(catalog(messages.WEB))
    familiar = re.compile(r"\b(tú|tu|tus|tienes|puedes|quieres|eliges?|vosotros|os)\b", re.IGNORECASE)
    assert [message.string for message in spanish if message.id and familiar.search(str(message.string))] == []


def test_messages_of_modules_pages_and_mails_are_collected_with_plural_and_context(web: Path) -> None:
    found = {messages.key_of(message) for message in messages.messages_in(web) if message.id}
    assert found == COLLECTED | {("Good day", None)}


def test_a_note_to_translators_goes_with_its_message(web: Path) -> None:
    messages.main(["add", "es"], web=web)
    assert "#. the button, not the month\n" in catalog(web).read_text()


def test_extracting_keeps_translations_and_drops_what_nobody_says_any_more(web: Path) -> None:
    messages.main(["add", "es"], web=web)
    catalog(web).write_text(catalog(web).read_text().replace('msgid "Where?"\nmsgstr ""', 'msgid "Where?"\nmsgstr "¿Dónde?"'))
    (web / "conversations/templates/mails/hello.txt").write_text("{% load i18n %}{% translate 'Good evening' %}")
    messages.main(["extract"], web=web)
    text = catalog(web).read_text()
    assert 'msgid "Where?"\nmsgstr "¿Dónde?"' in text
    assert "Good evening" in text
    assert "Good day" not in text


def test_moving_a_message_within_its_file_changes_no_line_of_a_catalog(web: Path) -> None:
    messages.main(["add", "es"], web=web)
    before = catalog(web).read_text()
    module = web / "portal/words.py"
    module.write_text("\n\n\n" + module.read_text())
    messages.main(["extract"], web=web)
    assert catalog(web).read_text() == before


def test_a_catalog_names_no_machine_no_person_and_no_hour(web: Path) -> None:
    messages.main(["add", "es"], web=web)
    text = catalog(web).read_text() + catalog(messages.WEB).read_text()
    assert str(web) not in text
    assert not re.search(r"^#: /|/home/|/tmp/|Creation-Date|Revision-Date|Last-Translator|Generated-By|@localhost|EMAIL", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("msgid", "translated", "fault"),
    [
        ("Where?", "", "missing: 'Where?'"),
        ("Where?", 'msgid "Where?"\nmsgstr ""', "untranslated: 'Where?'"),
        ("Where?", '#, fuzzy\nmsgid "Where?"\nmsgstr "¿Dónde?"', "fuzzy: 'Where?'"),
        ("In %(city)s", 'msgid "In %(city)s"\nmsgstr "En %(ciudad)s"', "placeholders %(city)s became %(ciudad)s: 'In %(city)s'"),
        ("{n} more", 'msgid "{n} more"\nmsgstr "más"', "placeholders {n} became (none): '{n} more'"),
        ("10 %%", 'msgid "10 %%"\nmsgstr "10 %"', "placeholders %% became (none): '10 %%'"),
    ],
)
def test_each_fault_of_a_translation_is_named(web: Path, msgid: str, translated: str, fault: str) -> None:
    assert with_one_message(web, msgid, translated) == [f"es: {fault}"]


def test_a_message_that_nobody_says_any_more_is_a_fault(web: Path) -> None:
    both = 'msgid "Where?"\nmsgstr "¿Dónde?"\n\nmsgid "When?"\nmsgstr "¿Cuándo?"'
    assert with_one_message(web, "Where?", both) == ["es: obsolete: 'When?'"]


def test_the_singular_may_leave_its_number_out_and_the_plural_may_not(web: Path) -> None:
    (web / "portal/words.py").write_text("ngettext('%(n)d lamp', '%(n)d lamps', n)\n")
    (web / "portal/templates/portal/page.html").unlink()
    (web / "conversations/templates/mails/hello.txt").unlink()
    messages.main(["add", "es"], web=web)
    empty = catalog(web).read_text()
    for singular, plural, faults in [("una luz", "%(n)d luces", 0), ("%(n)d luz", "%(n)d luces", 0), ("una luz", "muchas luces", 1)]:
        catalog(web).write_text(empty.replace('msgstr[0] ""', f'msgstr[0] "{singular}"').replace('msgstr[1] ""', f'msgstr[1] "{plural}"'))
        assert len(messages.check_command(web)) == faults


def test_check_fails_with_what_to_do(web: Path, capsys: pytest.CaptureFixture[str]) -> None:
    messages.main(["add", "es"], web=web)
    assert messages.main(["check"], web=web) == 1
    assert "docs/how-to/add-a-language.md" in capsys.readouterr().err


def test_a_template_that_cannot_be_read_is_named(web: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (web / "portal/templates/portal/page.html").write_text("{% blocktranslate %}{% if x %}{% endblocktranslate %}")
    assert messages.main(["check"], web=web) == 1
    assert capsys.readouterr().err.startswith("portal/templates/portal/page.html: ")


def test_a_catalog_is_compiled_once_and_again_only_when_it_changed(web: Path) -> None:
    messages.main(["add", "es"], web=web)
    messages.main(["compile"], web=web)
    compiled = catalog(web).with_suffix(".mo")
    os.utime(compiled, ns=(2_000_000_000 * 10**9,) * 2)
    messages.main(["compile"], web=web)
    assert compiled.stat().st_mtime_ns == 2_000_000_000 * 10**9
    os.utime(catalog(web), ns=(2_000_000_001 * 10**9,) * 2)
    messages.main(["compile"], web=web)
    assert compiled.stat().st_mtime_ns != 2_000_000_000 * 10**9


def test_a_language_that_nobody_knows_is_refused_with_how_to_write_its_code(web: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert messages.main(["add", "spanish!"], web=web) == 1
    assert "vi, pt_BR or zh_Hant" in capsys.readouterr().err


def test_a_new_catalog_is_a_new_language_under_the_name_its_speakers_use(web: Path) -> None:
    for language in ("zh_Hant", "ht", "vi"):
        assert messages.main(["add", language], web=web) == 0
    assert languages_with_catalog(web / "locale", source="en") == [("en", "English")], "nothing is offered before it is compiled"
    messages.main(["compile"], web=web)
    offered = languages_with_catalog(web / "locale", source="en")
    assert offered == [("en", "English"), ("ht", "Kreyòl Ayisyen"), ("vi", "Tiếng Việt"), ("zh-hant", "中文 (繁體)")]


def test_a_language_is_called_what_its_catalog_says(web: Path) -> None:
    messages.main(["add", "ht"], web=web)
    catalog(web, "ht").write_text(catalog(web, "ht").read_text().replace("Kreyòl Ayisyen", "kreyòl"))
    messages.main(["compile"], web=web)
    assert languages_with_catalog(web / "locale", source="en") == [("en", "English"), ("ht", "Kreyòl")]
