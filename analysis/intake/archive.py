"""Is a packed workbook safe to open? Looked at from its directory, before anything is unpacked."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from analysis.intake.errors import IntakeError
from analysis.intake.limits import (
    ARCHIVE_ENTRIES,
    ARCHIVE_RATIO,
    ARCHIVE_RATIO_FROM,
    MEGABYTE,
    UNPACKED_BYTES,
)

_KINDS = (
    ("xl/workbook.xml", "xlsx"),
    ("xl/workbook.bin", "xlsb"),
    ("content.xml", "ods"),
    ("word/document.xml", "docx"),
    ("ppt/presentation.xml", "pptx"),
)
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FORBIDDEN = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_STREAM = "utf-16-le"


def check_archive(path: Path) -> str:
    """Return the format of a zip file: xlsx, xlsm, xlsb, ods, docx, pptx or zip; IntakeError when it is not safe."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check_sizes(entries)
            kind = _kind(archive)
            if kind in {"xlsx", "xlsm", "ods"}:
                _check_xml(archive, entries)
            return kind
    except IntakeError:
        raise
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, zlib.error) as error:
        raise IntakeError("damaged_file") from error


def _check_sizes(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > ARCHIVE_ENTRIES:
        raise IntakeError("suspicious_archive")
    if sum(entry.file_size for entry in entries) > UNPACKED_BYTES:
        raise IntakeError("too_large_unpacked", {"limit": str(UNPACKED_BYTES // MEGABYTE)})
    for entry in entries:
        if entry.flag_bits & 1:
            raise IntakeError("encrypted_file")
        thin = entry.file_size > ARCHIVE_RATIO * max(entry.compress_size, 1)
        if entry.compress_type not in _PACKINGS or (thin and entry.file_size > ARCHIVE_RATIO_FROM):
            raise IntakeError("suspicious_archive")


def _kind(archive: zipfile.ZipFile) -> str:
    names = {entry.filename for entry in archive.infolist()}
    if len(names) < len(archive.infolist()):
        raise IntakeError("suspicious_archive")
    for name, kind in _KINDS:
        if name in names:
            return "xlsm" if kind == "xlsx" and "xl/vbaProject.bin" in names else kind
    return "zip"


def _check_xml(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    """No part may declare a document type: that is where entities hide."""
    for entry in entries:
        if entry.filename.endswith((".xml", ".rels")):
            with archive.open(entry) as part:
                head = part.read(4096)
            if _FORBIDDEN.search(head.replace(b"\x00", b"")):
                raise IntakeError("forbidden_xml")


def check_compound(path: Path) -> str:
    """Return "xls" for an OLE container with a workbook in it; IntakeError for any other."""
    data = path.read_bytes()
    if "EncryptedPackage".encode(_STREAM) in data:
        raise IntakeError("encrypted_file")
    if any(name.encode(_STREAM) in data for name in ("Workbook", "Book", "WORKBOOK", "BOOK")):
        return "xls"
    if "WordDocument".encode(_STREAM) in data:
        raise IntakeError("unsupported_format", {"format": "doc"})
    raise IntakeError("not_a_spreadsheet")
