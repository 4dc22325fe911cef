"""Why a file or a row could not be taken: a code for programs, a message and a hint for people."""

from __future__ import annotations

from collections.abc import Mapping


def gettext_noop(message: str) -> str:
    """Mark a msgid for extraction; whoever shows it translates it."""
    return message


_ = gettext_noop

_MEND = _("Open the file in the program it came from, save it again and import that copy.")
_SPLIT = _("Split the file into smaller ones, or save it as CSV, which has no such limit.")
_CSV = _("Save the sheet as CSV (UTF-8) and import that file.")
_AGAIN = _("Try again; if it happens again, save the file as CSV and import that.")

ERRORS: dict[str, tuple[str, str]] = {
    "empty_file": (_("The file is empty."), _("Choose a file that holds comments.")),
    "no_rows": (_("The file holds column names but no rows."), _("Choose a file that holds comments.")),
    "no_comment_column": (
        _("No column with comments was found."),
        _("Name the column that holds the comments."),
    ),
    "unknown_column": (
        _("The file has no column called “%(column)s”."),
        _("Choose one of the columns of the file."),
    ),
    "unknown_sheet": (
        _("The workbook has no sheet called “%(sheet)s”."),
        _("Choose one of the sheets of the workbook."),
    ),
    "bad_option": (_("The setting “%(option)s” is not valid."), _("Choose one of the values on offer.")),
    "not_a_spreadsheet": (
        _("The file is neither a workbook nor a text file with comments."),
        _("Import xlsx, xls, csv, tsv, json, jsonl or txt."),
    ),
    "unsupported_format": (
        _("Files of the type %(format)s cannot be imported."),
        _("Import xlsx, xls, csv, tsv, json, jsonl or txt."),
    ),
    "encrypted_file": (
        _("The workbook is protected by a password."),
        _("Remove the password and import the workbook again."),
    ),
    "damaged_file": (_("The file is damaged or was cut short."), _MEND),
    "too_large_unpacked": (
        _("The workbook would unpack to more than %(limit)s MB."),
        _SPLIT,
    ),
    "suspicious_archive": (
        _("The workbook is packed in a way that no spreadsheet program packs it."),
        _MEND,
    ),
    "forbidden_xml": (
        _("The workbook holds XML declarations that are not allowed."),
        _MEND,
    ),
    "too_many_columns": (
        _("The file has more than %(limit)s columns."),
        _("Keep the columns that are needed and import again."),
    ),
    "too_large_sheet": (_("The sheet is larger than %(limit)s cells."), _SPLIT),
    "line_too_long": (
        _("Line %(line)s is longer than %(limit)s characters."),
        _("Check the delimiter and the quotes around that line."),
    ),
    "unreadable_text": (
        _("The text could not be read with the encoding %(encoding)s."),
        _("Choose another encoding, or save the file as CSV (UTF-8)."),
    ),
    "bad_json": (
        _("The JSON is not valid near line %(line)s."),
        _("Check the file with the program that wrote it."),
    ),
    "json_too_deep": (
        _("The JSON is nested more deeply than comments are."),
        _("Give a list of objects, one a comment."),
    ),
    "json_no_records": (
        _("The JSON holds no list of comments."),
        _("Give a list, or an object with a list called data, comments, records, items or results."),
    ),
    "out_of_memory": (_("The file needs more memory than an import may use."), _CSV),
    "timeout": (_("Reading the file took longer than allowed."), _SPLIT),
    "parser_crashed": (_("The file made the reader stop."), _AGAIN),
    "file_too_large": (_("The file is larger than %(limit)s MB."), _SPLIT),
    "not_rejected_rows": (
        _("The file is not the list of rejected rows of this session."),
        _("Download the rejected rows, mend them in that file and import it here."),
    ),
    "counts_differ": (
        _("The rows stored (%(counted)s) are not the rows counted (%(kept)s)."),
        _("Import the file again; if it happens again, tell whoever runs this product."),
    ),
    "import_failed": (_("The import was stopped by an error of the product."), _AGAIN),
    "unknown_engine": (_("There is no engine called “%(engine)s”."), _("Choose one of: %(engines)s.")),
    "engine_not_set_up": (
        _("The engine “%(engine)s” is not set up: nobody answers for it."),
        _("Ask an operator to add a node for it under Administration → Nodes, or choose the engine “embedded”."),
    ),
    "engine_not_installed": (
        _("The engine “%(engine)s” cannot be used here (%(why)s)."),
        _("Ask an operator to install what it needs, or choose the engine “embedded”."),
    ),
    "consent_missing": (
        _("The engine “%(engine)s” is abroad, and the comments of this session may not be sent abroad."),
        _("Agree to that (sends_abroad), or choose the engine “embedded”, which labels on this machine."),
    ),
    "unknown_version": (
        _("There is no version “%(version)s” of this engine here."),
        _("Choose one of the versions on the page “Engine”, or leave it away for the active one."),
    ),
    "file_missing": (_("The stored file is not there any more."), _("Upload the file again.")),
}
"""Code of a file's failure: message and hint, English msgids."""

REASONS: dict[str, str] = {
    "empty_text": _("There is no comment text."),
    "text_too_long": _("The comment is longer than 10,000 characters."),
    "bad_rating": _("The rating is not a number within its scale."),
    "bad_nps": _("The NPS value is neither a group nor a number from 0 to 10."),
    "bad_date": _("The date cannot be read."),
    "date_out_of_range": _("The date is before 1990 or in the future."),
    "bad_row": _("The line is not a record."),
    "too_many_cells": _("The row has more cells than there are columns."),
    "value_too_long": _("The value is longer than its field."),
    "bad_origin": _("The original row number is missing, repeated or changed."),
}
"""Reason of a bad row: English msgid."""


NOTICES: dict[str, str] = {
    "no_comment_column": _("No column with comments was found: name it."),
    "comment_guessed": _("The column “%(column)s” holds the longest texts and is taken for the comments."),
    "column_not_believed": _("Most values of the column “%(column)s” are not what its name says; it is not used."),
    "scale_of_five": _("The ratings in “%(column)s” are taken to be from 1 to 5."),
    "month_first": _("The dates in “%(column)s” are read month first."),
    "no_header": _("The file has no line of column names."),
    "name_and_content": _("The file is called %(named)s but holds %(format)s."),
    "mixed_encoding": _("A few characters are not UTF-8 and were read as Windows-1252."),
    "other_sheets": _("The workbook has other sheets, which are not read: %(sheets)s."),
}
"""Code of something to know before importing: English msgid."""


class IntakeError(Exception):
    """A file that cannot be taken.

    `message` and `hint` are English msgids of ERRORS, to be filled with `params` after translation;
    `str(error)` is the English message, filled.
    """

    def __init__(self, code: str, params: Mapping[str, str] | None = None) -> None:
        self.code = code
        self.message, self.hint = ERRORS[code]
        self.params: dict[str, str] = dict(params or {})
        super().__init__(self.message % self.params)
