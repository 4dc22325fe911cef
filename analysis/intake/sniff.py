"""What a file is: by its content first, by its name second."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from analysis.intake.archive import check_archive, check_compound
from analysis.intake.encoding import STRAY, check_encoding, detect_encoding
from analysis.intake.errors import IntakeError

WORKBOOKS = frozenset({"xlsx", "xlsm", "xlsb", "xls", "ods"})
TEXTS = frozenset({"csv", "tsv", "json", "jsonl", "txt"})
_ALIASES = {"ndjson": "jsonl", "tab": "tsv", "text": "txt"}
_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"RIFF", "riff"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!", "rar"),
    (b"\x7fELF", "elf"),
    (b"MZ\x90", "exe"),
    (b"SQLite format 3", "sqlite"),
    (b"PAR1", "parquet"),
    (b"{\\rtf", "rtf"),
)
_MARKUP = (
    (b"<!doctype html", "html"),
    (b"<html", "html"),
    (b"<table", "html"),
    (b"<?xml", "xml"),
)
_TEXT_CONTROLS = b"\t\n\r\x0b\x0c\x1a\x1b"
_CONTROLS = bytes(code for code in range(32) if code not in _TEXT_CONTROLS)


@dataclass(frozen=True, slots=True)
class Sniffed:
    """A file's format and, for text, how to decode it."""

    format: str
    encoding: str = ""
    errors: str = "strict"

    @property
    def mixed_encoding(self) -> bool:
        """A few bytes are not of the file's encoding."""
        return self.errors == STRAY


def extension(filename: str) -> str:
    """Return what the name says: "xlsx", "csv" ...; "" when it says nothing."""
    suffix = Path(filename).suffix.lower().lstrip(".")
    return _ALIASES.get(suffix, suffix)


def sniff(path: Path, filename: str, encoding: str | None = None) -> Sniffed:
    """Say what `path` holds. For text without a telling first character the name decides; csv if it does not."""
    try:
        with path.open("rb") as file:
            head = file.read(65536)
    except FileNotFoundError:
        raise IntakeError("file_missing") from None
    if not head.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        raise IntakeError("empty_file")
    if head.startswith((_ZIP, b"PK\x05\x06")):
        return _supported(check_archive(path))
    if head.startswith(_COMPOUND):
        return Sniffed(check_compound(path))
    _refuse_others(head)
    codec, errors = (check_encoding(encoding), "strict") if encoding else detect_encoding(path)
    text = _decode_head(head, codec)
    _refuse_binary(head, codec, text)
    return Sniffed(_text_format(text, extension(filename)), codec, errors)


def _supported(kind: str) -> Sniffed:
    if kind not in WORKBOOKS:
        raise IntakeError("unsupported_format", {"format": kind})
    return Sniffed(kind)


def _refuse_others(head: bytes) -> None:
    for magic, kind in _OTHERS:
        if head.startswith(magic):
            raise IntakeError("unsupported_format", {"format": kind})
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    for mark, kind in _MARKUP:
        if start.startswith(mark):
            raise IntakeError("unsupported_format", {"format": kind})


def _refuse_binary(head: bytes, codec: str, text: str) -> None:
    """Text has hardly any control characters; a few NULs from an old export are let through and removed later."""
    if codec.startswith(("utf-16", "utf-32")):
        odd = sum(character < " " and character not in "\t\r\n\f\v" for character in text)
        strange = text.count("\ufffd") > len(text) / 20
        if strange or odd > len(text) / 20:
            raise IntakeError("not_a_spreadsheet")
        return
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > len(head) / 20:
        raise IntakeError("not_a_spreadsheet")


def _decode_head(head: bytes, codec: str) -> str:
    return head.decode(codec, "replace").lstrip("\ufeff \t\r\n")


def _text_format(text: str, named: str) -> str:
    if named in {"json", "jsonl"} or text[:1] in {"{", "["}:
        return _json_format(text, named)
    return named if named in {"csv", "tsv", "txt"} else "csv"


def _json_format(text: str, named: str) -> str:
    """One object a line is jsonl, whatever the name; a bracket that no JSON follows is somebody's text."""
    if named in {"csv", "tsv", "txt"} and not _looks_like_json(text):
        return named
    first, _, rest = text.partition("\n")
    first = first.strip()
    if first.startswith("{") and first.endswith("}") and (rest.lstrip().startswith("{") or named == "jsonl"):
        return "jsonl"
    if named == "jsonl" and not first.startswith("["):
        return "jsonl"
    return "json"


def _looks_like_json(text: str) -> bool:
    inner = text[1:].lstrip()[:1]
    return inner in ({'"', "}"} if text[0] == "{" else {"{", "]", '"'})
