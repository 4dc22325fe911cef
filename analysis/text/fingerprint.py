"""One key for texts that mean the same to every engine, so that each is analysed once.

Folded: case, spaces, punctuation, the kind of apostrophe. Never folded: words (so no negation), digits and what stands
between them, accents and tildes, elongation, emoji, faces such as ":(", and a stop behind a negation, because
"no, funciona" is not "no funciona".
"""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2b

from analysis.text.normalise import APOSTROPHES

_SIGN = re.compile(r"[^a-z0-9áéíóúüñ \t]")
# Each alternative starts with a letter, and looks back from there, so that the search skips to these letters.
_NEGATION = (
    r"(?:n(?<!\wn)(?:o|unca|i|ada|adie|ing[uú]n|ingun[oa]|ah[aá]niri|daip[oó]ri|ão|ao|em)"
    r"|jam[aá]s(?<!\wjam.s)|tampoco(?<!\wtampoco)|sin(?<!\wsin))"
)
_BREAK = re.compile(rf"({_NEGATION})\s*(?:[^\w\s'%\ue000-\uf8ff][\W\ue000-\uf8ff]*|\n\s*)(?=\w)")
_BETWEEN_DIGITS = re.compile(r"[.,:/\-](?<=\d.)(?=\d)")
_FACE = re.compile(r"[:;=]['^o\-]?[)(\]\[dpo/\\|*3]+(?!\w)|<3+")
_LONE_APOSTROPHE = re.compile(r"(?<!\w)'|'(?!\w)")
_STOP, _POINT = "\ue000", "\ue001"
_FACES_FROM = 0xE100
"""Private code points stand for what must survive the folding of punctuation."""


class _Signs(dict[int, str]):
    """Code point to what is left of it: itself, a space (punctuation) or nothing (marks of presentation)."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_sign(chr(code))
        return folded


def _fold_sign(sign: str) -> str:
    if sign in APOSTROPHES:
        return "'"
    category = unicodedata.category(sign)
    if (category == "Cf" and sign != "\u200d") or "\ufe00" <= sign <= "\ufe0f":
        return ""
    return " " if (category[0] == "P" and sign != "%") or category[0] == "Z" or category == "Cc" else sign


_SIGNS = _Signs()


def fold_for_fingerprint(text: str) -> str:
    """Return what `text` shares with every text that has its fingerprint; "" for punctuation only. Idempotent."""
    text = text.casefold()
    if _SIGN.search(text):
        if ":" in text or ";" in text or "=" in text or "<" in text:
            text = _FACE.sub(lambda match: " " + _keep(match.group()) + " ", text)
        text = _BETWEEN_DIGITS.sub(_POINT, text)
        text = _BREAK.sub(rf"\1 {_STOP} ", text).translate(_SIGNS)
        if "'" in text:
            text = _LONE_APOSTROPHE.sub(" ", text)
    return " ".join(text.split())


def _keep(face: str) -> str:
    """A face as private code points; a nose does not matter, nor how wide the mouth is."""
    eyes, mouth = ("<", "3") if face.startswith("<") else (face[0], face[-1])
    return chr(_FACES_FROM + ord(eyes)) + chr(_FACES_FROM + ord(mouth))


def fingerprint(text: str) -> str:
    """Return 32 hex digits (BLAKE2b, 128 bits) of the folded text."""
    return blake2b(fold_for_fingerprint(text).encode(), digest_size=16).hexdigest()
