"""Which encoding a text file is in, with a bias to what people here send: UTF-8, UTF-16, cp1252, latin-1."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from analysis.intake.errors import IntakeError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLOCK = 1 << 20
_EXPECTED = frozenset("áéíóúñüÁÉÍÓÚÑÜ¿¡ãõç°ºª“”‘’–—…€«»´")
_SINGLE_BYTE = ("cp1252", "latin-1", "cp850", "mac-roman")
STRAY = "stray-cp1252"
"""Error handler for UTF-8 with a few bytes of cp1252 in it."""


def _stray_bytes(error: UnicodeError) -> tuple[str, int]:
    """Read bytes that are not UTF-8, within a file that otherwise is, as cp1252."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    stray = error.object[error.start : error.end]
    return stray.decode("cp1252", "replace"), error.end


codecs.register_error(STRAY, _stray_bytes)


def check_encoding(name: str) -> str:
    """Return the codec's own name; IntakeError bad_option when there is no such text encoding."""
    try:
        codec = codecs.lookup(name)
        "".encode(codec.name)
    except (LookupError, ValueError):
        raise IntakeError("bad_option", {"option": "encoding"}) from None
    return codec.name


def detect_encoding(path: Path) -> tuple[str, str]:
    """Return (codec name, error handler) for the text in `path`.

    Strict but for UTF-8 with few stray bytes, which are read as cp1252.
    """
    with path.open("rb") as file:
        head = file.read(65536)
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name, "strict"
    wide = _utf16_without_bom(head)
    if wide:
        return wide, "strict"
    good, bad, sample = _scan_utf8(path)
    if not bad:
        return "utf-8", "strict"
    if good > 10 * bad:
        return "utf-8", STRAY
    return _single_byte(sample), "replace"


def _utf16_without_bom(head: bytes) -> str:
    """Latin text in UTF-16 has a NUL in nearly every second byte."""
    half = len(head) // 2
    if half < 2:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.6 * half and even < 0.1 * half:
        return "utf-16-le"
    if even > 0.6 * half and odd < 0.1 * half:
        return "utf-16-be"
    return ""


def _scan_utf8(path: Path) -> tuple[int, int, bytes]:
    """Count good non-ASCII sequences and bad bytes up to a verdict; also up to 64 KiB of lines that are not ASCII."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            pass
        else:
            return 1, 0, b""
        file.seek(0)
        return _count_sequences(file.read(16 * _BLOCK))


def _count_sequences(data: bytes) -> tuple[int, int, bytes]:
    text = data.decode("utf-8", "surrogateescape")
    bad = sum(map(len, re.findall("[\udc80-\udcff]+", text)))
    good = sum(map(len, re.findall("[^\x00-\x7f\ud800-\udfff]+", text)))
    lines = [line for line in data[:_BLOCK].split(b"\n") if not line.isascii()]
    return good, max(bad, 1), b"\n".join(lines)[:65536]


def _single_byte(sample: bytes) -> str:
    """Choose by how many of the characters that are not ASCII a Spanish or Portuguese writer would type."""
    scores: dict[str, float] = {}
    for name in _SINGLE_BYTE:
        try:
            text = sample.decode(name)
        except UnicodeDecodeError:
            continue
        odd = [character for character in text if not character.isascii()]
        scores[name] = sum(character in _EXPECTED for character in odd) / max(len(odd), 1)
    best = max(scores, key=lambda name: scores[name])
    if scores[best] >= 0.5 or not sample:
        return best
    return _guess(sample) or ("cp1252" if "cp1252" in scores else "latin-1")


def _guess(sample: bytes) -> str:
    """Ask charset-normalizer, for the rest of the world's encodings."""
    from charset_normalizer import from_bytes

    match = from_bytes(sample).best()
    return match.encoding if match else ""
