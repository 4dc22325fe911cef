"""A worksheet that is written from top to bottom, with the few looks that our workbooks have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise

#: What a cell of a workbook can hold at most.
CELL_CHARACTERS = 32_767
MAX_ROWS = 1_048_576
#: One colour for each sentiment, told apart also by those who see red and green alike.
COLOURS = {"positive": "#2E8B6F", "neutral": "#9AA5B1", "negative": "#C8503C", "mixed": "#D9A441"}
ACCENT = "#2B6CB0"
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "remove_timezone": True,
}


@dataclass(frozen=True, slots=True)
class Looks:
    """The formats of a workbook."""

    title: Any
    heading: Any
    header: Any
    plain: Any
    wrapped: Any
    whole: Any
    decimal: Any
    share: Any
    points: Any
    day: Any
    moment: Any

    @classmethod
    def of(cls, workbook: Any) -> Looks:
        """The formats, made in ``workbook``."""
        add = workbook.add_format
        return cls(
            title=add({"bold": True, "font_size": 16}),
            heading=add({"bold": True, "font_size": 12, "font_color": ACCENT}),
            header=add({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "bg_color": "#EEF2F6"}),
            plain=add({"valign": "top"}),
            wrapped=add({"text_wrap": True, "valign": "top"}),
            whole=add({"num_format": "#,##0"}),
            decimal=add({"num_format": "0.00"}),
            share=add({"num_format": "0.0%"}),
            points=add({"num_format": "+0.0;-0.0;0.0"}),
            day=add({"num_format": "dd/mm/yyyy", "align": "left"}),
            moment=add({"num_format": "dd/mm/yyyy hh:mm", "align": "left"}),
        )


class Sheet:
    """``row`` is the next row to be written, from 0."""

    def __init__(self, workbook: Any, name: str, looks: Looks) -> None:
        self.name = name
        self.looks = looks
        self.row = 0
        self.raw = workbook.add_worksheet(name)

    def write(self, values: Sequence[Any], looks: Sequence[Any] = ()) -> None:
        """Write the next row; text never becomes a formula or a link, and None leaves a cell empty."""
        for column, value in enumerate(values):
            look = looks[column] if column < len(looks) else None
            if isinstance(value, (str, Promise)):
                self.raw.write_string(self.row, column, shortened(str(value)), look)
            elif isinstance(value, (datetime, date)):
                self.raw.write_datetime(self.row, column, value, look)
            elif value is not None:
                self.raw.write_number(self.row, column, value, look)
        self.row += 1

    def skip(self, rows: int = 1) -> None:
        """Leave rows empty."""
        self.row += rows


def shortened(text: str) -> str:
    """``text`` as far as a cell can hold it."""
    return text if len(text) <= CELL_CHARACTERS else f"{text[: CELL_CHARACTERS - 1]}…"
