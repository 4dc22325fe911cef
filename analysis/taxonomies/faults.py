"""What is wrong with a taxonomy, said to the person who can mend it."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analysis.engines.embedded.phrases import Fault

_MESSAGES: dict[str, str | Promise] = {
    "too_many_themes": gettext_lazy("There are more than %(detail)s themes and sub-themes. Delete some."),
    "too_many_phrases": gettext_lazy("There are more than %(detail)s phrases. Delete some."),
    "bad_code": gettext_lazy(
        "“%(place)s” cannot be a code. Begin it with a small letter; small letters, digits and “_” may follow."
    ),
    "code_twice": gettext_lazy("There are two themes “%(place)s”. Delete one, or change its code."),
    "no_name": gettext_lazy("“%(place)s” lacks a name. Give it one in Spanish and one in English."),
    "bad_pain_point": gettext_lazy(
        "The pain point “%(detail)s” of “%(place)s” cannot be used. Leave it empty, or write “-” or a code such as"
        " speed.slow."
    ),
    "built_in_missing": gettext_lazy(
        "The theme “%(place)s” is missing, which the engine's own rules name. Add it, or begin the draft again."
    ),
    "unknown_theme": gettext_lazy("The phrase “%(place)s” speaks for “%(detail)s”, which is no theme."),
    "phrase_twice": gettext_lazy("The phrase “%(place)s” stands twice under “%(detail)s”. Delete one of them."),
    "bad_weight": gettext_lazy("“%(place)s” weighs %(detail)s. Write a weight above 0, 3 at most."),
    "empty": gettext_lazy("A phrase is empty. Write a word."),
    "too_long": gettext_lazy("“%(place)s…” is too long. Write %(detail)s characters at most, or make it two phrases."),
    "too_many_words": gettext_lazy("“%(place)s” has too many words in a row. Write %(detail)s at most."),
    "too_many_optional": gettext_lazy(
        "“%(place)s” has too many words in brackets. Write %(detail)s at most, or make it two phrases."
    ),
    "too_many_gaps": gettext_lazy("“%(place)s” has too many gaps (“..” or “...”). Write %(detail)s at most."),
    "anchor_inside": gettext_lazy("“%(place)s”: “^” may only come first, and “$” only last."),
    "bad_end": gettext_lazy("“%(place)s” must begin with a word, not with “!”, “$” or a gap, and not end with a gap."),
    "open_bracket": gettext_lazy("“%(place)s”: a bracket is left open in “%(detail)s”. Write [word] or [one|other]."),
    "bad_word": gettext_lazy(
        "“%(place)s”: “%(detail)s” can never match. Write letters and digits only, with “*” or “~” at the end of a"
        " stem of two letters or more."
    ),
    "bad_pattern": gettext_lazy("“%(place)s” cannot be read: %(detail)s."),
    "matches_nothing": gettext_lazy("“%(place)s” has only words that may be missing. Take one out of its brackets."),
}

#: What phrases may be made of, each with its meaning, for the pages where they are written.
PATTERN_LANGUAGE: tuple[tuple[str, str | Promise], ...] = (
    ("lento", gettext_lazy("the word itself; case, accents and the puso do not matter")),
    ("cort*", gettext_lazy("any ending: corte, cortan, cortó")),
    ("lent~", gettext_lazy("the endings of an adjective: lento, lenta, lentos, lentísimas")),
    ("caro|cara", gettext_lazy("either")),
    ("[muy]", gettext_lazy("may be missing")),
    ("@should", gettext_lazy("any word of a set: deben, tienen que …")),
    ("<n>", gettext_lazy("a number")),
    ("..", gettext_lazy("up to three words of the same sentence")),
    ("...", gettext_lazy("up to eight words, also of the next sentence")),
    ("!no", gettext_lazy("not followed by this word")),
    ("^ $", gettext_lazy("the beginning and the end of the comment")),
)


def in_words(fault: Fault) -> str:
    """A sentence that names the place and says what to do."""
    detail = fault.detail
    if fault.kind == "bad_pattern":
        detail = _("it names a set that does not exist, or has an empty alternative")
    return str(_MESSAGES[fault.kind]) % {"place": fault.place, "detail": detail}
