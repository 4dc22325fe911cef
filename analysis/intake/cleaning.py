"""A row of text cells becomes a row to be stored, or is set aside with the reason; nothing is changed silently."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from analysis.intake import columns
from analysis.intake.customers import customer_ref
from analysis.intake.dates import DateRangeError, parse_date
from analysis.intake.limits import (
    CELL_CHARACTERS,
    CHANNEL_CHARACTERS,
    CUSTOMER_CHARACTERS,
    REGION_CHARACTERS,
    ROW_CHARACTERS,
    SERVICE_CHARACTERS,
    TEXT_CHARACTERS,
    VALUE_CHARACTERS,
)
from analysis.intake.plan import Plan
from analysis.intake.ratings import TEN, nps_group, parse_nps, parse_rating
from analysis.text.fingerprint import fingerprint
from analysis.text.normalise import normalise
from analysis.text.pii import mask_pii

Good = tuple[int, int, str, str, float | None, str | None, str | None, str, str, str, str, dict[str, int]]
"""The fields of CleanRow in their order."""
Bad = tuple[int, int, str, str, str, dict[str, str]]
"""The fields of BadRow in their order."""

_BLANKS = re.compile(r"[ \t]+")
_LINE_ENDS = re.compile(r"\s*\n\s*")
_JOINER_AT_DIGIT = re.compile("(?<=\\d)[\u200c\u200d]+|[\u200c\u200d]+(?=\\d)")
_MEMO_ENTRIES = 1000
_MEMO_CHARACTERS = 60


def clean_text(raw: str) -> str:
    """Return `raw` as it is stored: NFC, no control characters, runs of blanks as one space, line ends kept as one."""
    if raw.isprintable() and (raw.isascii() or unicodedata.is_normalized("NFC", raw)):
        return " ".join(raw.split()) if "  " in raw else raw.strip()
    text = _BLANKS.sub(" ", _LINE_ENDS.sub("\n", normalise(raw)))
    return _JOINER_AT_DIGIT.sub("", text) if "\u200c" in text or "\u200d" in text else text


def one_line(raw: str) -> str:
    """Return a short value on one line."""
    return " ".join(clean_text(raw).split())


@lru_cache(maxsize=8192)
def clean_label(raw: str) -> str:
    """Return a short value, such as a region, on one line and masked."""
    return mask_pii(one_line(raw))[0]


class RejectedError(Exception):
    """A row is set aside because of one field."""

    def __init__(self, field: str, value: str, reason: str) -> None:
        self.field, self.value, self.reason = field, value, reason
        super().__init__(reason)


class RowCleaner:
    """Cleans the rows of one table by its plan; `key` makes the pseudonyms of customers."""

    def __init__(self, plan: Plan, key: bytes) -> None:
        self._plan = plan
        self._key = key
        self._width = len(plan.names)
        get = plan.fields.get
        self._comment = plan.fields["comment"]
        self._rating, self._nps, self._date = get("rating"), get("nps"), get("date")
        self._customer = get("customer")
        self._region, self._service, self._channel = get("region"), get("service"), get("channel")
        self._scale = plan.rating_scale or TEN
        self._memo: dict[str, tuple[str, str, dict[str, int]]] = {}
        self._kept = min(CELL_CHARACTERS, max(VALUE_CHARACTERS, ROW_CHARACTERS // self._width))
        self._personal = [columns.is_personal(name) for name in plan.names]

    def clean(self, row: int, line: int, cells: list[str]) -> Good:
        """Return the row for the store. Raises RejectedError; short rows are taken as ending in empty cells."""
        if len(cells) != self._width:
            self._fit(cells)
        raw = cells[self._comment]
        known = self._memo.get(raw) or self._text(raw)
        rating, group = self._ratings(cells) if self._rating is not None or self._nps is not None else (None, None)
        return (
            row,
            line,
            known[0],
            known[1],
            rating,
            group,
            None if self._date is None else self._written_at(cells[self._date]),
            "" if self._customer is None else self._reference(cells[self._customer]),
            "" if self._region is None else self._label("region", cells[self._region], REGION_CHARACTERS),
            "" if self._service is None else self._label("service", cells[self._service], SERVICE_CHARACTERS),
            "" if self._channel is None else self._label("channel", cells[self._channel], CHANNEL_CHARACTERS),
            known[2],
        )

    def reject(self, row: int, line: int, cells: list[str], error: RejectedError) -> Bad:
        """Return the row as it is set aside, every cell masked."""
        index = self._plan.fields.get(error.field)
        name = "" if index is None else self._plan.names[index]
        value = self._masked(index, error.value) if index is not None else mask_pii(clean_text(error.value))[0]
        return row, line, name, value[:VALUE_CHARACTERS], error.reason, self._masked_cells(cells)

    def reject_line(self, row: int, line: int, raw: str, reason: str) -> Bad:
        """Return a line that is no record; it goes whole into the comment's cell, for somebody to sort out."""
        text = mask_pii(clean_text(raw[:CELL_CHARACTERS]))[0]
        return row, line, "", text[:VALUE_CHARACTERS], reason, {self._plan.names[self._comment]: text}

    def _fit(self, cells: list[str]) -> None:
        if len(cells) < self._width:
            cells.extend([""] * (self._width - len(cells)))
        elif any(cell and not cell.isspace() for cell in cells[self._width :]):
            raise RejectedError("", " | ".join(cells[self._width :]), "too_many_cells")

    def _text(self, raw: str) -> tuple[str, str, dict[str, int]]:
        text = clean_text(raw) if len(raw) <= 10 * TEXT_CHARACTERS else raw
        if not text:
            raise RejectedError("comment", "", "empty_text")
        if len(text) > TEXT_CHARACTERS:
            raise RejectedError("comment", raw[:CELL_CHARACTERS], "text_too_long")
        text, found = mask_pii(text)
        known = text, fingerprint(text), found
        if len(raw) <= _MEMO_CHARACTERS and len(self._memo) < _MEMO_ENTRIES:
            self._memo[raw] = known
        return known

    def _ratings(self, cells: list[str]) -> tuple[float | None, str | None]:
        """Rating and group; each fills in for the other where the row has only one."""
        rating = group = None
        if self._rating is not None:
            try:
                rating = parse_rating(cells[self._rating], self._scale)
            except ValueError:
                raise RejectedError("rating", cells[self._rating], "bad_rating") from None
        if self._nps is not None:
            try:
                group, number = parse_nps(cells[self._nps])
            except ValueError:
                raise RejectedError("nps", cells[self._nps], "bad_nps") from None
            if self._rating is None:
                rating = number
        if group is None and rating is not None:
            group = nps_group(rating)
        return rating, group

    def _written_at(self, raw: str) -> str | None:
        if not raw or raw.isspace():
            return None
        try:
            return parse_date(raw, self._plan.day_first)
        except DateRangeError:
            raise RejectedError("date", raw, "date_out_of_range") from None
        except ValueError:
            raise RejectedError("date", raw, "bad_date") from None

    def _reference(self, raw: str) -> str:
        value = one_line(raw)
        reference, _masked = customer_ref(value, self._key, self._plan.counter)
        if len(reference) > CUSTOMER_CHARACTERS:
            raise RejectedError("customer", raw, "value_too_long")
        return reference

    def _label(self, field: str, raw: str, limit: int) -> str:
        if not raw:
            return ""
        value = clean_label(raw)
        if len(value) > limit:
            raise RejectedError(field, raw, "value_too_long")
        return value

    def _masked(self, index: int, raw: str) -> str:
        raw = raw[: self._kept]
        if index == self._customer:
            return customer_ref(one_line(raw), self._key, self._plan.counter)[0]
        if index < self._width and self._personal[index] and index not in self._plan.fields.values():
            return "[masked]" if raw.strip() else ""
        return mask_pii(clean_text(raw))[0]

    def _masked_cells(self, cells: list[str]) -> dict[str, str]:
        """The row by column names; cells beyond the last column are joined to it, as they stood in the file."""
        names = self._plan.names
        if len(cells) > len(names):
            joint = (self._plan.joint or " ").join(cells[len(names) - 1 :]).rstrip(self._plan.joint + " ")
            cells = [*cells[: len(names) - 1], joint]
        masked = {name: self._masked(index, cell) for index, (name, cell) in enumerate(zip(names, cells, strict=False))}
        return {name: cell for name, cell in masked.items() if name not in columns.MARKS}
