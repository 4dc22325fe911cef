"""The one place that says how a comment's text is stored and how it is folded for matching.

`normalise` makes the text that is stored: NFC, no control characters, its own apostrophes and accents kept.
`fold` makes the text that is compared: small letters, no accents, every apostrophe the same.
"""

from __future__ import annotations

import re
import unicodedata

APOSTROPHES = "'’ʼ´`‘‛′ʻʹꞌ＇"
"""Every code point people type for the Guarani puso (glottal stop); matching sees them as one."""

_INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff\u00ad" + "".join(
    map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)
_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_UNWANTED = re.compile(rf"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff{_INVISIBLE}]")
_BLANKS = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_LONG_RUN = re.compile(r"([^\W\d_])\1{2,}")


def normalise(text: str) -> str:
    """Return `text` as it is stored: NFC, line ends as \\n, no control or invisible characters, ends stripped.

    Case, accents, punctuation and the kind of apostrophe stay as they were written. Idempotent.
    """
    if not text.isascii():
        text = _BLANKS.sub(" ", unicodedata.normalize("NFC", text))
    text = _UNWANTED.sub("", _LINE_ENDS.sub("\n", text))
    return unicodedata.normalize("NFC", text).strip()


class _FoldTable(dict[int, str]):
    """Code point to folded text, filled as characters are met (str.translate asks for each)."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        return folded


def _fold_character(character: str) -> str:
    if character in APOSTROPHES:
        return "'"
    parts = unicodedata.normalize("NFD", character.lower())
    return "".join(part for part in parts if unicodedata.category(part) != "Mn")


_FOLD = _FoldTable()


def fold(text: str) -> str:
    """Return `text` for matching: lower case, accents and tildes off (ñ is n, ã is a), apostrophes as ' .

    The length may shrink (g̃ is two code points), so offsets belong to the stored text, see `tokens`.
    """
    return text.translate(_FOLD)


def squeeze(word: str) -> str:
    """Return `word` with runs of three or more of one letter cut to one: "buenooo" gives "bueno"."""
    return _LONG_RUN.sub(r"\1", word)
