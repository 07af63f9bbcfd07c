"""The words of the pages and mails, from source to catalog and back, without GNU gettext.

What a catalog holds is decided by the source alone: every message of the Python and the templates under `src/evenhand/web`, sorted by its
English text, each with the files that use it and no line numbers, dates or names. So a change of code changes only the messages that it changed.
A message whose English changed is a new message: no guess at its translation is kept, since a wrong sentence is worse than one to be written.

    python tools/messages.py extract          collect the messages into every catalog
    python tools/messages.py compile          write the .mo files that Django reads, where a catalog changed
    python tools/messages.py check            say what is missing or wrong in any catalog; exit code 1 if anything is
    python tools/messages.py add LANGUAGE     begin a catalog for another language
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.core import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

WEB = Path(__file__).resolve().parent.parent / "src/evenhand/web"
CATALOG_NAME = "LC_MESSAGES/django.po"
LANGUAGE_NAME = "X-Language-Name"
TEMPLATE_ENDINGS = {".html", ".txt"}
KEYWORDS: dict[str, Any] = {
    **DEFAULT_KEYWORDS,
    **{f"{name}_lazy": DEFAULT_KEYWORDS[name] for name in ("gettext", "ngettext", "pgettext", "npgettext")},
    "gettext_noop": None,
}
PLACEHOLDER = re.compile(r"%\(\w+\)[#0\- +]*[\d.]*[a-zA-Z]|%%|%[sdif]|\{\w*\}")

Key = tuple[str | tuple[str, ...], str | None]
"""A message's English (singular and plural) and its context."""


class Unreadable(Exception):
    """A source or catalog that cannot be read: which one, and why."""


# --- from source


def messages_in(web: Path) -> Catalog:
    """Every message of the Python and templates under `web`, with the files that use it."""
    found = Catalog(charset="utf-8")
    for file in source_files(web):
        where = file.relative_to(web).as_posix()
        for _line, text, comments, context in messages_in_file(file, where):
            found.add(text, locations=[(where, 0)], auto_comments=comments, context=context)
    return found


def source_files(web: Path) -> list[Path]:
    """Python that is not a migration, and what lies in a folder of templates."""
    python = (file for file in web.rglob("*.py") if "migrations" not in file.parts)
    templates = (file for file in web.glob("*/templates/**/*") if file.suffix in TEMPLATE_ENDINGS)
    return sorted([*python, *templates])


def messages_in_file(file: Path, where: str) -> Iterator[tuple[int, Any, list[str], str | None]]:
    text = file.read_text("utf-8")
    try:
        code, keywords = (text, keywords_of(text)) if file.suffix == ".py" else (python_of_template(text), KEYWORDS)
        yield from extract("python", BytesIO(code.encode()), keywords, comment_tags=["Translators:"], strip_comment_tags=True)
    except (SyntaxError, ValueError) as wrong:
        raise Unreadable(f"{where}: {wrong}") from wrong


def python_of_template(text: str) -> str:
    """Django's own rewriting of a template's messages as calls. Within parentheses its indentation means nothing, as in a template."""
    if not settings.configured:
        settings.configure()  # Django's lexer asks whether to debug
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return f"(\n{templatize(text)}\n)"


def keywords_of(code: str) -> dict[str, Any]:
    """The functions that mark a message in a module, by the names that the module imports them under."""
    imports = (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation")
    renamed = {name.asname: KEYWORDS[name.name] for node in imports for name in node.names if name.asname and name.name in KEYWORDS}
    return {**KEYWORDS, **renamed}


# --- catalogs


def catalogs(locale: Path) -> list[Path]:
    return sorted(locale.glob(f"*/{CATALOG_NAME}"))


def language_of(file: Path) -> str:
    return file.parent.parent.name


def read_catalog(file: Path) -> Catalog:
    try:
        with file.open("rb") as stream:
            return read_po(stream, locale=language_of(file), ignore_obsolete=True, abort_invalid=True)
    except (PoFileError, UnknownLocaleError, ValueError) as wrong:
        raise Unreadable(f"{file}: {wrong}") from wrong


def brought_up_to_date(catalog: Catalog, source: Catalog) -> Catalog:
    """Exactly the source's messages, with the translations that the catalog has. Its plural forms stay as they are: its texts are in that order."""
    translated = {key_of(message): message for message in _messages(catalog)}
    fresh = Catalog(locale=catalog.locale, charset="utf-8")
    fresh.mime_headers = [("Plural-Forms", catalog.plural_forms)]
    for message in _messages(source):
        known = translated.get(key_of(message), Message(message.id))
        fresh.add(
            message.id,
            known.string,
            locations=message.locations,
            flags=message.flags | (known.flags & {"fuzzy"}),
            auto_comments=message.auto_comments,
            user_comments=known.user_comments,
            context=message.context,
        )
    return fresh


def catalog_text(catalog: Catalog, language_name: str) -> str:
    """A catalog as it is stored: one line a text, and a header without times, programs or people."""
    out = BytesIO()
    write_po(out, catalog, width=0, omit_header=True, sort_output=True, ignore_obsolete=True, include_lineno=False)
    header = {
        "Language": catalog.locale_identifier,
        LANGUAGE_NAME: language_name,
        "Plural-Forms": catalog.plural_forms,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    lines = ['msgid ""', 'msgstr ""', *(f'"{name}: {value}\\n"' for name, value in header.items())]
    return "\n".join([*lines, "", out.getvalue().decode().strip(), ""])


def language_name_in(file: Path) -> str:
    """What the catalog says that its language is called: the header that the product's choice of languages shows."""
    found = re.search(rf'^"{LANGUAGE_NAME}: (.*)\\n"$', file.read_text("utf-8"), re.M)
    return found[1] if found else ""


def key_of(message: Message) -> Key:
    return (message.id if isinstance(message.id, str) else tuple(message.id), message.context)


def _messages(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


# --- what is wrong with a catalog


def faults_of(catalog: Catalog, source: Catalog) -> Iterator[str]:
    """Each fault of a catalog in a line: what is missing, not translated or doubtful, what no page says any more, and placeholders that got lost."""
    wanted = {key_of(message) for message in _messages(source)}
    there = {key_of(message): message for message in _messages(catalog)}
    yield from (f"missing: {_shown(key)}" for key in sorted(wanted - there.keys(), key=str))
    yield from (f"obsolete: {_shown(key)}" for key in sorted(there.keys() - wanted, key=str))
    for key, message in sorted(there.items(), key=lambda item: str(item[0])):
        yield from (f"{fault}: {_shown(key)}" for fault in message_faults(message, catalog.num_plurals))


def message_faults(message: Message, forms: int) -> Iterator[str]:
    english, translated = _texts(message.id), _texts(message.string)
    if message.fuzzy:
        yield "fuzzy"
    if not all(translated) or len(translated) != (forms if message.pluralizable else 1):
        yield "untranslated"
        return
    wanted = [placeholders(text) for text in english]
    for place, text in enumerate(translated):
        found = placeholders(text)
        may_leave_out = message.pluralizable and place == 0  # "one request" may do without its number
        if found not in wanted and not (may_leave_out and set(found) <= set(wanted[-1])):
            yield f"placeholders {_listed(wanted[-1])} became {_listed(found)}"
        if _edges(text) != _edges(english[0]):
            yield "line breaks at the edges differ"


def _texts(text: str | Sequence[str] | None) -> list[str]:
    return [text or ""] if isinstance(text, str) or text is None else list(text)


def _edges(text: str) -> tuple[bool, bool]:
    return text.startswith("\n"), text.endswith("\n")


def placeholders(text: str) -> list[str]:
    """What a program fills in: %(name)s, %s, %% and {name}, in no order."""
    return sorted(PLACEHOLDER.findall(text))


def _listed(names: Sequence[str]) -> str:
    return " ".join(names) or "(none)"


def _shown(key: Key) -> str:
    text = key[0] if isinstance(key[0], str) else " / ".join(key[0])
    return repr(text) + (f" (context {key[1]!r})" if key[1] else "")


# --- the commands


def extract_command(web: Path) -> list[str]:
    source = messages_in(web)
    for file in catalogs(web / "locale"):
        fresh = brought_up_to_date(read_catalog(file), source)
        _write_if_changed(file, catalog_text(fresh, language_name_in(file)))
        open_ones = sum(1 for message in _messages(fresh) if any(message_faults(message, fresh.num_plurals)))
        _say(f"{language_of(file)}: {len(fresh)} messages, {open_ones} to be translated or mended")
    return []


def compile_command(web: Path) -> list[str]:
    for file in catalogs(web / "locale"):
        compiled = file.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime_ns < file.stat().st_mtime_ns:
            out = BytesIO()
            write_mo(out, read_catalog(file))
            compiled.write_bytes(out.getvalue())
    return []


def check_command(web: Path) -> list[str]:
    source = messages_in(web)
    return [f"{language_of(file)}: {fault}" for file in catalogs(web / "locale") for fault in faults_of(read_catalog(file), source)]


def add_command(web: Path, language: str) -> list[str]:
    """A catalog without translations, with the language's plural forms and its name as its speakers write it."""
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return [f"No language is known as {language!r}. Write its code as in vi, pt_BR or zh_Hant."]
    file = web / "locale" / str(locale) / CATALOG_NAME
    if file.exists():
        return [f"{file} is there already."]
    fresh = brought_up_to_date(Catalog(locale=locale, charset="utf-8"), messages_in(web))
    file.parent.mkdir(parents=True)
    file.write_text(catalog_text(fresh, locale.get_display_name(locale) or language), "utf-8")
    _say(f"{file}: {len(fresh)} messages to be translated")
    return []


COMMANDS: Mapping[str, Callable[[Path], list[str]]] = {"extract": extract_command, "compile": compile_command, "check": check_command}


def main(arguments: Sequence[str] | None = None, *, web: Path = WEB) -> int:
    parser = argparse.ArgumentParser(prog="messages.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in COMMANDS:
        commands.add_parser(name)
    commands.add_parser("add").add_argument("language", help="its code, such as vi, pt_BR or zh_Hant")
    options = parser.parse_args(arguments)
    try:
        faults = add_command(web, options.language) if options.command == "add" else COMMANDS[options.command](web)
    except Unreadable as wrong:
        faults = [str(wrong)]
    if faults and options.command == "check":
        faults.append(f"{len(faults)} faults. Run `python tools/messages.py extract`, then translate: docs/how-to/add-a-language.md.")
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


def _write_if_changed(file: Path, text: str) -> None:
    if file.read_text("utf-8") != text:
        file.write_text(text, "utf-8")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
