"""The process that reads a file: `python -m analysis.intake.child`, limited in memory and CPU time.

It takes one request as JSON on stdin and writes JSON lines to stdout: for "inspect" one inspection; for "read" batches
and a summary; an error at any time as the last line. Nothing that it reads is trusted, nothing it writes holds PII.
"""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from analysis.intake.errors import IntakeError
from analysis.intake.limits import CHILD_CPU_SECONDS, CHILD_MEMORY
from analysis.intake.reading import RawBatch, inspect_file, read_file
from analysis.intake.types import ReadOptions


def limit_self() -> None:
    """No more memory, CPU time, files and core dumps than a file of comments is worth."""
    resource.setrlimit(resource.RLIMIT_AS, (CHILD_MEMORY, CHILD_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CHILD_CPU_SECONDS, CHILD_CPU_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def run(request: dict[str, Any], out: BinaryIO) -> None:
    """Answer one request. IntakeError and whatever the parsers raise."""
    path = Path(request["path"])
    options = ReadOptions(**request["options"])
    if request["task"] == "inspect":
        _send(out, {"kind": "inspection", "inspection": inspect_file(path, request["filename"], options)})
        return
    rows = bad = blank = 0
    key = bytes.fromhex(request["key"])
    for batch in read_file(path, request["filename"], options, request["skip_rows"], key):
        rows += len(batch.good)
        bad += len(batch.bad)
        blank += batch.blank
        _send(out, _message(batch))
    _send(out, {"kind": "summary", "good": rows, "bad": bad, "blank": blank})


def _message(batch: RawBatch) -> dict[str, Any]:
    return {
        "kind": "batch", "good": batch.good, "bad": batch.bad, "blank": batch.blank, "rows_read": batch.rows_read,
    }  # fmt: skip


def _send(out: BinaryIO, message: dict[str, Any]) -> None:
    out.write(orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE))
    out.flush()


def _failure(error: BaseException) -> IntakeError:
    """Say what a failure means for the file; the parsers raise what they like, also panics that are no Exception."""
    if isinstance(error, IntakeError):
        return error
    if isinstance(error, MemoryError):
        return IntakeError("out_of_memory")
    if isinstance(error, RecursionError):
        return IntakeError("damaged_file")
    return IntakeError("parser_crashed")


def main() -> int:
    """Read the request, answer it, say what went wrong; the exit code is 0 whenever the answer is whole."""
    request = orjson.loads(sys.stdin.buffer.read())
    os.close(0)
    limit_self()
    out = sys.stdout.buffer
    try:
        run(request, out)
    except BrokenPipeError:
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - a panic of a parser is a reason to name, not to die of
        failure = _failure(error)
        detail = f"{type(error).__name__}: {error.__traceback__ and _place(error)}"
        _send(out, {"kind": "error", "code": failure.code, "params": failure.params, "detail": detail})
    return 0


def _place(error: BaseException) -> str:
    """Module and line where an error came from; never its text, which may quote the file."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""


if __name__ == "__main__":
    sys.exit(main())
