"""Spanish is complete, compiled, and fits what it translates."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation.template import templatize

FOLDER = Path(settings.BASE_DIR) / "analysis" / "locale" / "es" / "LC_MESSAGES"
NAMED = re.compile(r"%\((\w+)\)[sd]")


def catalog(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="es")


def ids(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


@pytest.fixture(scope="module")
def spanish() -> Catalog:
    return catalog(FOLDER / "django.po")


def test_every_message_is_translated(spanish: Catalog) -> None:
    lacking = [message.id for message in spanish if message.id and (message.fuzzy or not all(strings(message)))]
    assert lacking == []


def test_the_compiled_catalogue_is_that_of_the_text(spanish: Catalog) -> None:
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = read_mo(file)
    assert contents(compiled) == contents(spanish)


def contents(of: Catalog) -> set[tuple[str | None, tuple[str, ...], tuple[str, ...]]]:
    return {(context_of(message), ids(message), strings(message)) for message in of if message.id}


def context_of(message: Message) -> str | None:
    """As text also where it was read from a compiled catalogue."""
    context: str | bytes | None = message.context
    return context.decode() if isinstance(context, bytes) else context


def test_translations_name_the_same_values(spanish: Catalog) -> None:
    for message in spanish:
        wanted = set(NAMED.findall(" ".join(ids(message))))
        for string in strings(message):
            assert set(NAMED.findall(string)) <= wanted, message.id
        assert wanted == set(NAMED.findall(" ".join(strings(message)))), message.id


def test_no_message_of_the_sources_is_missing(spanish: Catalog) -> None:
    known = {(message.context, ids(message)[0]) for message in spanish}
    missing = sorted(f"{path}: {used}" for path in sources() for used in messages_of(path) if used not in known)
    assert missing == []


def sources() -> Iterator[Path]:
    root = Path(settings.BASE_DIR)
    for name in ("analysis", "fibercomments", "perf"):
        yield from sorted((root / name).rglob("*.py"))
    for name in ("analysis", "perf", "templates"):
        yield from sorted((root / name).rglob("*.html"))


def messages_of(path: Path) -> set[tuple[str | None, str]]:
    """Context and text of each message that a module or a template marks."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
        return {message for call in calls if (message := marked(call)) is not None}
    # Beside its messages, a template becomes rows of X; only their indentation could be read as code.
    code = "\n".join(line.lstrip() for line in templatize(text).splitlines())
    found = extract("python", io.BytesIO(code.encode()))
    return {(context, each[0] if isinstance(each, tuple) else each) for _line, each, _comments, context in found}


def marked(call: ast.Call) -> tuple[str | None, str] | None:
    """The message of a call of gettext, in any of its forms; None for other calls and for messages in variables."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    words = [
        argument.value
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]
    if name.removesuffix("_lazy") in ("pgettext", "npgettext") and len(words) > 1:
        return words[0], words[1]
    if name in ("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy") and words:
        return None, words[0]
    return None
