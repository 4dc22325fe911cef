"""What intake takes and gives: plain frozen data, shared by the parsing child, its parent and the store."""

from __future__ import annotations

from dataclasses import dataclass, field

FIELDS: tuple[str, ...] = ("comment", "rating", "nps", "date", "customer", "region", "service", "channel")
"""Our fields, in the order in which they are matched to the columns of a file."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the person decided about a file; every None means "detect it"."""

    sheet: str | None = None
    """Name of the sheet of a workbook."""
    encoding: str | None = None
    """Python codec name, such as "cp1252"."""
    delimiter: str | None = None
    """One character: a comma, a semicolon, a tab or a bar."""
    header_row: int | None = None
    """Line of the column names as a person counts it (1-based); 0 says that the file has no such line."""
    columns: dict[str, str | None] | None = None
    """Field to source column name; None as a name leaves the field out. Fields not named are detected."""
    day_first: bool | None = None
    """Order of 03/04/2024; None reads day first unless the samples prove otherwise."""
    rating_scale: str | None = None
    """"0-10" or "1-5"."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know before importing; `message` is an English msgid filled with `params`."""

    code: str
    message: str
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """One column of the file as detected."""

    name: str
    index: int
    """0-based position."""
    field: str | None
    """The field of ours that it feeds (one of FIELDS), or None."""
    kind: str
    """text, number, date, bool, mixed or empty."""
    samples: tuple[str, ...]
    """Up to three different values, PII masked, at most 120 characters each."""
    ignored: bool
    """True when the import does not use the column."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a file holds and how it would be read with the given options."""

    format: str
    """xlsx, xls, xlsm, xlsb, ods, csv, tsv, json, jsonl or txt."""
    encoding: str
    """"" for workbooks."""
    delimiter: str
    """"" unless csv or tsv."""
    sheets: tuple[str, ...]
    sheet: str
    header_row: int
    """Line of the column names, 1-based; 0 when there is none."""
    columns: tuple[ColumnInfo, ...]
    rows_estimate: int
    rows_exact: bool
    """Whether rows_estimate was counted (workbooks, small files) and not extrapolated."""
    day_first: bool
    rating_scale: str
    """"0-10", "1-5" or "" without a rating."""
    mended: bool
    """The file is a rejected.xlsx of ours that came back: its rows keep their first row numbers."""
    origin: str
    """The session id written in such a file, "" otherwise; not to be trusted without a check of rights."""
    warnings: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class CleanRow:
    """A row that may be stored: normalised, masked, typed."""

    row: int
    """1-based number of the data row in the file; for a mended row its number in the file it was rejected from."""
    line: int
    """Line or spreadsheet row as a person sees it in the file."""
    text: str
    fingerprint: str
    """32 hex digits, equal for texts that are analysed once."""
    rating: float | None
    """0..10."""
    nps_group: str | None
    """promoter, passive, detractor or None."""
    written_at: str | None
    """ISO 8601; a date, or a date and time; an offset only where the file gave one."""
    customer_ref: str
    region: str
    service: str
    channel: str
    pii: dict[str, int]
    """How many of each kind were masked in the text, such as {"phone": 1}."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is set aside with its reason."""

    row: int
    """As in CleanRow; 0 for a row of a mended file that does not say which row it was (reason bad_origin)."""
    line: int
    column: str
    """Source column name of the offending cell, "" when the whole row is."""
    value: str
    """The offending value, masked, at most 500 characters."""
    reason: str
    """A code of errors.REASONS."""
    cells: dict[str, str]
    """The whole row, masked, by source column name."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Up to 1,000 rows in the order of the file."""

    good: list[CleanRow]
    bad: list[BadRow]
    blank: int
    """Wholly blank lines met in this batch; they are not rows."""
    rows_read: int
    """Rows of the file read up to the end of this batch: pass it as skip_rows to go on from here."""
