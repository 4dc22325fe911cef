"""The rows that were set aside, as a workbook to be mended and imported again.

Before the file's own columns stand five of ours (columns.MARKS): by them the file is known when it comes back, and its
rows keep the numbers that they had, so that none comes in twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

import xlsxwriter

from analysis.intake import columns
from analysis.intake.errors import REASONS
from analysis.intake.limits import CELL_CHARACTERS
from analysis.intake.types import BadRow

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_WIDTH, _TEXT_WIDTH = 16, 40


def write_rejected(
    target: Path | BinaryIO,
    names: Sequence[str],
    rows: Iterable[BadRow],
    *,
    origin: str,
    label: Callable[[str], str] = lambda reason: REASONS[reason],
) -> int:
    """Write `rows` to `target` and return how many; memory does not grow with them.

    `names` are the columns of the file in their order, `origin` is the session's id, `label` translates a reason.
    """
    count = 0
    with xlsxwriter.Workbook(target, _OPTIONS) as workbook:
        sheet = workbook.add_worksheet()
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        sheet.freeze_panes(1, len(columns.MARKS))
        sheet.set_column(0, len(columns.MARKS) - 1, _WIDTH)
        sheet.set_column(len(columns.MARKS), len(columns.MARKS) + len(names), _TEXT_WIDTH)
        head = workbook.add_format({"bold": True})
        for index, name in enumerate((*columns.MARKS, *names)):
            sheet.write_string(0, index, name, head)
        for count, row in enumerate(rows, start=1):
            sheet.write_number(count, 0, row.row)
            sheet.write_number(count, 1, row.line)
            cells = (row.column, label(row.reason), origin, *(row.cells.get(name, "") for name in names))
            for index, cell in enumerate(cells, start=2):
                if cell:
                    sheet.write_string(count, index, cell[:CELL_CHARACTERS])
    return count
