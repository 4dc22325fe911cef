"""What the API reads: JSON and lines of JSON, of bounded size, with the place of a mistake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

import orjson
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser

from analysis.api.problems import Fault, Problem


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of NDJSON that is not JSON; the other lines are not harmed by it."""

    detail: str


class OrjsonParser(BaseParser):
    """``application/json``."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The value; raises ``bad_json`` with line and column of the first mistake."""
        body = stream.read()
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise _bad_json(error, empty=not body.strip()) from error


class NdjsonParser(BaseParser):
    """``application/x-ndjson``: one value a line; blank lines are passed over."""

    media_type = "application/x-ndjson"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The values in order, with a ``BadLine`` where there is none."""
        return [_line(line) for line in stream.read().splitlines() if line.strip()]


def _line(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return BadLine(_("Column %(column)d: %(problem)s") % {"column": error.colno, "problem": error.msg})


def _bad_json(error: orjson.JSONDecodeError, *, empty: bool) -> Problem:
    if empty:
        return Problem("bad_json", _("The body is empty."))
    values = {"line": error.lineno, "column": error.colno, "problem": error.msg}
    detail = _("Line %(line)d, column %(column)d: %(problem)s") % values
    position = {"line": error.lineno, "column": error.colno, "offset": error.pos}
    return Problem("bad_json", detail, faults=[Fault("bad_json", detail, pointer="")], position=position)
