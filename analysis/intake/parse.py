"""The parent's side of reading a file: starts the limited child, watches the clock, gives back typed rows.

Whatever is wrong with a file comes out as an IntakeError with a code, a message and a hint.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import orjson

from analysis.intake.errors import IntakeError
from analysis.intake.limits import CHILD_SILENCE_SECONDS, MESSAGE_BYTES
from analysis.intake.types import FIELDS, BadRow, Batch, CleanRow, ColumnInfo, Inspection, Notice, ReadOptions

_ROOT = Path(__file__).resolve().parents[2]
_COMMAND = (sys.executable, "-E", "-s", "-X", "utf8", "-m", "analysis.intake.child")
_ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8"}
"""All that the child sees of our environment: nothing that is secret."""
_PIPE_BYTES = 1 << 20
_ENDED_BY = {
    signal.SIGXCPU: "timeout",
    signal.SIGABRT: "out_of_memory",
    signal.SIGKILL: "out_of_memory",
}
"""What it means when a signal ended the child: parsers abort when they get no memory."""
_log = logging.getLogger(__name__)


def inspect(path: Path, filename: str, options: ReadOptions | None = None) -> Inspection:
    """Say what the file holds and how it would be read with `options`; `filename` is the uploader's. IntakeError."""
    with contextlib.closing(_ask("inspect", path, filename, options)) as messages:
        for message in messages:
            if message["kind"] == "inspection":
                return _inspection(message["inspection"])
    raise IntakeError("parser_crashed")


def read_rows(
    path: Path,
    filename: str,
    options: ReadOptions | None = None,
    skip_rows: int = 0,
    *,
    pseudonym_key: bytes = b"",
) -> Iterator[Batch]:
    """Yield the rows after the first `skip_rows` in batches of up to 1,000. IntakeError, also between batches.

    `pseudonym_key` (1 to 64 bytes, secret, lasting) makes pseudonyms of customer references that say who somebody
    is; without it they become "[id]". Memory does not grow with a csv, tsv, txt, json or jsonl file.
    """
    good = bad = blank = 0
    summary: dict[str, Any] | None = None
    with contextlib.closing(_ask("read", path, filename, options, skip_rows, pseudonym_key)) as messages:
        for message in messages:
            if message["kind"] == "batch":
                batch = _batch(message)
                good, bad, blank = good + len(batch.good), bad + len(batch.bad), blank + batch.blank
                yield batch
            else:
                summary = message
    if summary != {"kind": "summary", "good": good, "bad": bad, "blank": blank}:
        raise IntakeError("parser_crashed")


def settle(inspection: Inspection, options: ReadOptions | None = None) -> ReadOptions:
    """Return `options` with what was detected written down, so that a later reading cannot decide otherwise."""
    found = {column.field: column.name for column in inspection.columns if column.field}
    return replace(
        options or ReadOptions(),
        sheet=inspection.sheet or None,
        header_row=inspection.header_row,
        columns={field: found.get(field) for field in FIELDS},
        day_first=inspection.day_first,
        rating_scale=inspection.rating_scale or None,
    )


def for_mended(options: ReadOptions) -> ReadOptions:
    """Return what of a file's options also holds for its rejected.xlsx: the meaning of columns, not their place."""
    return replace(options, sheet=None, encoding=None, delimiter=None, header_row=None)


def _ask(
    task: str, path: Path, filename: str, options: ReadOptions | None, skip_rows: int = 0, key: bytes = b""
) -> Generator[dict[str, Any], None, None]:
    """Start a child for one request and yield its messages; it is gone when the generator is."""
    request = orjson.dumps(
        {
            "task": task,
            "path": str(Path(path).resolve()),
            "filename": filename,
            "options": asdict(options or ReadOptions()),
            "skip_rows": skip_rows,
            "key": key.hex(),
        }
    )
    child = subprocess.Popen(  # noqa: S603 - the command is a constant
        _COMMAND,
        cwd=_ROOT,
        env=_ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        pipesize=_PIPE_BYTES,
    )
    try:
        _write_request(child, request)
        yield from _messages(child)
    finally:
        child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()


def _write_request(child: subprocess.Popen[bytes], request: bytes) -> None:
    """A child that died at once says why by its exit code."""
    with contextlib.suppress(BrokenPipeError):
        if child.stdin:
            child.stdin.write(request)
            child.stdin.close()


def _messages(child: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    for line in _lines(child):
        message = orjson.loads(line)
        if message["kind"] == "error":
            _log.info("A file could not be read: %s (%s)", message["code"], message["detail"])
            raise IntakeError(message["code"], message["params"])
        yield message
    code = child.wait(timeout=5)
    if code:
        _log.warning("The reading child ended with code %s", code)
        raise IntakeError(_ENDED_BY.get(signal.Signals(-code), "parser_crashed") if code < 0 else "parser_crashed")


def _lines(child: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """Yield the child's lines; a child that is silent for too long has failed."""
    if child.stdout is None:
        return
    source = child.stdout.fileno()
    poll = select.poll()
    poll.register(source, select.POLLIN | select.POLLHUP)
    rest = bytearray()
    while True:
        if not poll.poll(CHILD_SILENCE_SECONDS * 1000):
            raise IntakeError("timeout")
        block = os.read(source, _PIPE_BYTES)
        if not block:
            return
        first, end, last = block.partition(b"\n")
        rest += first
        if len(rest) > MESSAGE_BYTES:
            raise IntakeError("parser_crashed")
        if end:
            yield bytes(rest)
            *lines, tail = last.split(b"\n")
            yield from lines
            rest = bytearray(tail)


def _inspection(message: dict[str, Any]) -> Inspection:
    columns = tuple(ColumnInfo(**{**column, "samples": tuple(column["samples"])}) for column in message["columns"])
    warnings = tuple(Notice(**warning) for warning in message["warnings"])
    return Inspection(**{**message, "sheets": tuple(message["sheets"]), "columns": columns, "warnings": warnings})


def _batch(message: dict[str, Any]) -> Batch:
    good = [CleanRow(*row) for row in message["good"]]
    bad = [BadRow(*row) for row in message["bad"]]
    return Batch(good, bad, message["blank"], message["rows_read"])
