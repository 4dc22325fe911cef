"""Files that no import can take, made by a seeded generator; each with the reasons that would be right."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.intake.making import HEADER, ROWS, delimited, old_workbook, workbook

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
EXTENSIONS = ("csv", "xlsx", "xls", "json", "txt")
SHEET = "xl/worksheets/sheet1.xml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


@dataclass(frozen=True, slots=True)
class Malformed:
    """A bad file, the name it is uploaded under, and the codes that name its fault."""

    label: str
    name: str
    content: bytes
    codes: frozenset[str]


def make(label: str, name: str, content: bytes | str, *codes: str) -> Malformed:
    """Return one bad file."""
    return Malformed(label, name, content.encode() if isinstance(content, str) else content, frozenset(codes))


class Generator:
    """Makes bad files from good ones; everything random comes from one seed."""

    def __init__(self, folder: Path, seed: int = 20240115) -> None:
        self._random = random.Random(seed)
        rows = [HEADER, *ROWS * 20]
        self._xlsx = workbook(folder / "good.xlsx", {"Hoja1": rows}).read_bytes()
        self._xls = old_workbook(folder / "good.xls", rows).read_bytes()
        self._csv = delimited(rows)

    def certain(self) -> Iterator[Malformed]:
        """Yield files that must be refused."""
        for kind in (
            self._nothing, self._foreign, self._garbage, self._cut, self._compound, self._bombs, self._entities,
            self._parts, self._sheets, self._json, self._text,
        ):  # fmt: skip
            yield from kind()

    def mutants(self, count: int) -> Iterator[tuple[str, bytes]]:
        """Yield good files with a few bytes changed; whether they can be read is chance."""
        for number in range(count):
            source, name = self._random.choice(
                [(self._xlsx, f"m{number}.xlsx"), (self._xls, f"m{number}.xls"), (self._csv, f"m{number}.csv")]
            )
            data = bytearray(source)
            for _ in range(self._random.choice([1, 5, 50])):
                data[self._random.randrange(len(data))] = self._random.randrange(256)
            yield name, bytes(data)

    def _nothing(self) -> Iterator[Malformed]:
        for number, content in enumerate(
            [b"", b" ", b"\n\n\n", b"\x00" * 500, b"\xef\xbb\xbf", b"\xff\xfe", b"\t \r\n"]
        ):
            yield make(f"nothing {number}", f"n{number}.csv", content, "empty_file")
        yield make("only a header", "h.csv", ",".join(HEADER), "no_rows")
        yield make("only a header, blank lines", "h.tsv", "\t".join(HEADER) + "\n\n\t\t\n", "no_rows")
        yield make("blank cells", "h.csv", ",,\n,,\n , ,\n", "empty_file", "no_rows")
        yield make("empty list", "h.json", "[]", "empty_file", "no_rows")
        yield make("empty records", "h.json", "[{}, {}]", "empty_file", "no_rows", "json_no_records")
        for number in range(10):
            lines = "\n".join(f"{row},{row * number},{row / 7:.3f}" for row in range(1, 40))
            yield make(f"numbers only {number}", f"n{number}.csv", "a,b,c\n" + lines, "no_comment_column")

    def _foreign(self) -> Iterator[Malformed]:
        foreign = {
            "pdf": b"%PDF-1.7\n", "png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff\xe0", "gif": b"GIF89a",
            "gzip": gzip.compress(self._csv), "bzip2": bz2.compress(self._csv), "xz": lzma.compress(self._csv),
            "zstd": b"\x28\xb5\x2f\xfd", "7z": b"7z\xbc\xaf\x27\x1c", "rar": b"Rar!\x1a\x07", "elf": b"\x7fELF\x02",
            "exe": b"MZ\x90\x00", "sqlite": b"SQLite format 3\x00", "parquet": b"PAR1", "rtf": b"{\\rtf1",
            "html": b"<!DOCTYPE html><table><tr><td>Comentario", "html table": b"<table><tr><td>x</td></tr></table>",
            "xml": b'<?xml version="1.0"?><a>1</a>',
        }  # fmt: skip
        for kind, start in foreign.items():
            for name in ("f.csv", "f.xlsx", "f.json"):
                yield make(f"{kind} as {name}", name, start + self._noise(300), "unsupported_format")
        for inside in ("word/document.xml", "ppt/presentation.xml", "a.txt", "good.xlsx", "META-INF/MANIFEST.MF"):
            content = self._xlsx if inside == "good.xlsx" else b"<a/>"
            yield make(f"zip with {inside}", "f.xlsx", pack({inside: content}), "unsupported_format")

    def _garbage(self) -> Iterator[Malformed]:
        for number in range(40):
            noise = b"\x01" + self._noise(self._random.choice([200, 1000, 70_000]))
            yield make(f"noise {number}", f"g{number}.{EXTENSIONS[number % 5]}", noise, "not_a_spreadsheet")
        for bom in (b"\xff\xfe", b"\xfe\xff"):
            for number in range(5):
                noise = bom + self._noise(401)
                yield make(f"noise in UTF-16 {number}", "g.csv", noise, "not_a_spreadsheet", "unreadable_text")
            text = self._csv.decode().encode("utf-16-le" if bom == b"\xff\xfe" else "utf-16-be")
            yield make("half a character", "g.csv", bom + text + b"\x41", "unreadable_text")

    def _cut(self) -> Iterator[Malformed]:
        for number in range(40):
            end = self._random.randrange(40, len(self._xlsx) - 40)
            yield make(f"xlsx cut at {end}", f"c{number}.xlsx", self._xlsx[:end], "damaged_file")
        for number in range(25):
            end = self._random.randrange(600, int(len(self._xls) * 0.8))
            yield make(f"xls cut at {end}", f"c{number}.xls", self._xls[:end], "damaged_file", "parser_crashed",
                       "not_a_spreadsheet", "empty_file")  # fmt: skip

    def _compound(self) -> Iterator[Malformed]:
        for number in range(10):
            body = self._noise(600) + "EncryptedPackage".encode("utf-16-le") + self._noise(600)
            yield make(f"encrypted {number}", f"e{number}.xlsx", OLE + body, "encrypted_file")
            body = self._noise(600) + "Workbook".encode("utf-16-le") + self._noise(2000)
            yield make(f"broken container {number}", f"e{number}.xls", OLE + body, "damaged_file", "parser_crashed",
                       "out_of_memory")  # fmt: skip
            yield make(f"empty container {number}", f"o{number}.xls", OLE + self._noise(900), "not_a_spreadsheet")
        word = OLE + b"\x00" * 500 + "WordDocument".encode("utf-16-le")
        yield make("doc", "f.xls", word, "unsupported_format")

    def _bombs(self) -> Iterator[Malformed]:
        zeros = b" " * 40_000_000
        yield make("bomb in the sheet", "b.xlsx", self._with(SHEET, zeros), "suspicious_archive")
        yield make("bomb beside the sheet", "b.xlsx", self._with("xl/media/a.bin", zeros), "suspicious_archive")
        for size in (600_000_000, 2_000_000_000, 4_294_967_294):
            yield make(f"declares {size}", "b.xlsx", declare(self._xlsx, size), "too_large_unpacked")
        many = pack({"xl/workbook.xml": b"<a/>", **{f"xl/{number}.xml": b"" for number in range(5001)}})
        yield make("very many parts", "b.xlsx", many, "suspicious_archive")
        yield make("unknown packing", "b.xlsx", patch(self._xlsx, b"PK\x01\x02", 10, b"\x63\x00"), "suspicious_archive")
        yield make("encrypted part", "b.xlsx", patch(self._xlsx, b"PK\x01\x02", 8, b"\x01\x00"), "encrypted_file")
        yield make("twice the same part", "b.xlsx", twice(self._xlsx), "suspicious_archive")
        lie = declare(self._with(SHEET, _XML.encode() + zeros), 1000)
        yield make("declares too little", "b.xlsx", lie, "damaged_file", "out_of_memory", "empty_file")

    def _entities(self) -> Iterator[Malformed]:
        laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        doctypes = [
            f'<!DOCTYPE w [<!ENTITY l0 "ha">{laughs}]>',
            '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
            '<!DOCTYPE w SYSTEM "http://127.0.0.1/x.dtd">',
            "<!doctype w>",
            "<! DOCTYPE w>",
        ]
        for number, doctype in enumerate(doctypes):
            for part in (SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "_rels/.rels"):
                for encoding in ("utf-8", "utf-16"):
                    content = f"{_XML}{doctype}<w>&l9;</w>".encode(encoding)
                    yield make(
                        f"entities {number} {part} {encoding}", "x.xlsx", self._with(part, content), "forbidden_xml"
                    )

    def _parts(self) -> Iterator[Malformed]:
        for part in (SHEET, "xl/_rels/workbook.xml.rels"):
            yield make(f"without {part}", "p.xlsx", self._with(part, None), "damaged_file")
        for part in (SHEET, "xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
            for number, content in enumerate([b"<", b"\x00" * 100, b"<a><b></a>", self._noise(500)]):
                yield make(f"{part} broken {number}", "p.xlsx", self._with(part, content), "damaged_file", "empty_file",
                           "parser_crashed")  # fmt: skip
        for number in range(6):
            content = self._random.choice([b"\xff", b"A", b"<"]) * self._random.randrange(1, 5000)
            broken = self._with("xl/sharedStrings.xml", content)
            yield make(f"strings broken {number}", "p.xlsx", broken, "damaged_file", "parser_crashed",
                       "no_rows", "empty_file", "no_comment_column")  # fmt: skip

    def _sheets(self) -> Iterator[Malformed]:
        wide = ",".join(f"c{number}" for number in range(16_384))
        yield make("16k columns", "w.csv", f"{wide}\n{wide}\n", "too_many_columns")
        columns = "".join(cell(column_name(number), 1) for number in range(16_384))
        yield make("16k columns", "w.xlsx", self._with(SHEET, sheet(f'<row r="1">{columns}</row>')), "too_many_columns")
        wide_object = json.dumps([{f"c{number}": 1 for number in range(2000)}])
        yield make("2k keys", "w.json", wide_object, "too_many_columns")
        far = f'<row r="1">{cell("A", 1)}</row><row r="1048576">{cell("XFD", 1048576)}</row>'
        yield make("two cells far apart", "f.xlsx", self._with(SHEET, sheet(far)), "out_of_memory", "too_many_columns",
                   "too_large_sheet")  # fmt: skip
        for number, place in enumerate(["A0", "XFE1", "A1048577", "AAAAAAAAAA1", "1", "", "A99999999999"]):
            rows = f'<row r="1"><c r="{place}"><v>1</v></c></row>'
            yield make(f"cell {place!r}", f"f{number}.xlsx", self._with(SHEET, sheet(rows)), "damaged_file",
                       "no_comment_column", "no_rows", "empty_file", "too_many_columns", "parser_crashed",
                       "out_of_memory", "too_large_sheet")  # fmt: skip
        yield make("no sheet data", "f.xlsx", self._with(SHEET, sheet("")), "empty_file")

    def _json(self) -> Iterator[Malformed]:
        good = json.dumps([{"Comentario": text, "Nota": rating} for _, rating, text in ROWS * 5], ensure_ascii=False)
        for number in range(25):
            end = self._random.randrange(2, len(good) - 1)
            yield make(f"json cut at {end}", f"j{number}.json", good[:end], "bad_json", "empty_file", "no_rows")
        deep = {"lists": "[" * 100_000, "objects": '{"a":' * 100_000, "records": '[{"Comentario":' + "[" * 100_000}
        for label, content in deep.items():
            yield make(f"deep {label}", "d.json", content, "json_too_deep", "json_no_records", "bad_json")
        scalars = ["{}", '{"a": 1}', '{"a": {"b": [1]}}', '{"data": 5}', '{"data": {"data": {"data": {"data": []}}}}',
                   "[1, 2, 3]", "[null]", "[[1], [2]]", "[true, false]"]  # fmt: skip
        for number, content in enumerate(scalars):
            yield make(f"no records {content}", f"s{number}.json", content, "json_no_records", "no_rows", "bad_json",
                       "empty_file", "no_comment_column")  # fmt: skip
        broken = ["{", '{"data": [', '[{"Comentario" "x"}]', "[{'a': 1}]", '{"data" [1]}', "[{}}", '["a" "b"]',
                  '[{"a": tru}]', '[{"a": 1e}]', '[{"a": "\\ud8"}]', "nonsense"]  # fmt: skip
        for number, content in enumerate(broken):
            yield make(f"broken {content}", f"b{number}.json", content, "bad_json", "json_no_records")
        yield make("endless record", "e.json", '[{"Comentario": "' + "x" * 5_000_000, "bad_json")
        for number in range(5):
            lines = "\n".join(self._random.choice(['{"a": ', "nada", "}{", "[1"]) for _ in range(20))
            yield make(f"no line is json {number}", f"l{number}.jsonl", lines, "bad_json")

    def _text(self) -> Iterator[Malformed]:
        yield make("one line of 100 MB", "t.csv", b"Comentario\n" + b"x" * 100_000_000, "line_too_long")
        yield make("one line of 5 MB", "t.txt", b"x" * 5_000_000, "line_too_long")
        yield make("one line of 5 MB", "t.jsonl", b'{"Comentario": "' + b"x" * 5_000_000, "line_too_long")
        yield make("one line of 10 MB in UTF-16", "t.csv", ("x" * 5_000_000).encode("utf-16"), "line_too_long")

    def _noise(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def _with(self, part: str, content: bytes | None) -> bytes:
        """The good xlsx with another content of one part, or without it."""
        with zipfile.ZipFile(io.BytesIO(self._xlsx)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        parts.pop(part, None)
        return pack(parts if content is None else {**parts, part: content})


def pack(parts: dict[str, bytes]) -> bytes:
    """Return a zip file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def patch(data: bytes, signature: bytes, offset: int, value: bytes) -> bytes:
    """Overwrite bytes behind the first occurrence of a zip signature."""
    at = data.index(signature) + offset
    return data[:at] + value + data[at + len(value) :]


def declare(data: bytes, size: int) -> bytes:
    """Let the directory entry of the first sheet claim an unpacked size."""
    at = data.rindex(SHEET.encode()) - 46
    return data[: at + 24] + struct.pack("<I", size) + data[at + 28 :]


def twice(data: bytes) -> bytes:
    """Add a second part under the name of the sheet."""
    target = io.BytesIO(data)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", zlib.compress(b"x"))
    return target.getvalue().replace(b"xl/worksheets/sheet9.xml", SHEET.encode())


def sheet(rows: str) -> bytes:
    """Return the XML of a worksheet."""
    return f"{_XML}<worksheet {_MAIN}><sheetData>{rows}</sheetData></worksheet>".encode()


def cell(column: str, row: int) -> str:
    """Return the XML of a cell with a text in it."""
    return f'<c r="{column}{row}" t="inlineStr"><is><t>x{column}</t></is></c>'


def column_name(index: int) -> str:
    """Return the letters of a column."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
