"""One reader a format; `open_table` chooses. Plain Python: they run in the limited child."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from analysis.intake.errors import IntakeError
from analysis.intake.limits import HEADER_ROWS
from analysis.intake.readers.delimited import DelimitedTable
from analysis.intake.readers.delimiter import DELIMITERS, choose_delimiter, usual_width
from analysis.intake.readers.json_records import JsonTable
from analysis.intake.readers.table import Table, open_lines, text_error
from analysis.intake.sniff import WORKBOOKS, Sniffed, sniff
from analysis.intake.types import ReadOptions

_LOOK_LINES = 10 * HEADER_ROWS


def open_table(path: Path, filename: str, options: ReadOptions) -> Table:
    """Return the rows of `path`, whatever its format; IntakeError when there is no reading it."""
    if options.delimiter is not None and options.delimiter not in DELIMITERS:
        raise IntakeError("bad_option", {"option": "delimiter"})
    sniffed = sniff(path, filename, options.encoding)
    if sniffed.format in WORKBOOKS:
        from analysis.intake.readers.workbook import WorkbookTable

        return WorkbookTable(path, sniffed.format, options.sheet)
    if sniffed.format in {"json", "jsonl"}:
        return JsonTable(path, sniffed)
    return _delimited(path, sniffed, options.delimiter)


def _delimited(path: Path, sniffed: Sniffed, wanted: str | None) -> Table:
    try:
        with open_lines(path, sniffed, newline="") as file:
            lines = list(islice(file, _LOOK_LINES))
    except UnicodeError as error:
        raise text_error(error, sniffed.encoding) from error
    if wanted:
        delimiter, width = wanted, usual_width(lines, wanted)
    elif sniffed.format == "tsv":
        delimiter, width = "\t", usual_width(lines, "\t")
    else:
        delimiter, width = choose_delimiter(lines, plain=sniffed.format == "txt")
    return DelimitedTable(path, sniffed, delimiter, width)
