"""The child that reads files is limited, knows no secret, and its death is a reason, not an exception."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from analysis.intake import parse
from analysis.intake.errors import ERRORS, IntakeError
from analysis.intake.limits import CHILD_CPU_SECONDS, CHILD_MEMORY
from analysis.intake.parse import inspect, read_rows
from tests.intake.making import HEADER, ROWS, delimited, write


def stand_in(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Let another program answer in the child's place."""
    monkeypatch.setattr(parse, "_COMMAND", (sys.executable, "-c", program))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "f.csv", delimited([HEADER, *ROWS * 1000]))


def test_a_missing_file_has_its_own_reason(tmp_path: Path) -> None:
    with pytest.raises(IntakeError) as caught:
        inspect(tmp_path / "gone.csv", "gone.csv")
    assert caught.value.code == "file_missing"


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        (signal.SIGXCPU, "timeout"), (signal.SIGABRT, "out_of_memory"), (signal.SIGKILL, "out_of_memory"),
        (signal.SIGSEGV, "parser_crashed"),
    ],
)  # fmt: skip
def test_a_child_that_dies_leaves_a_reason(
    monkeypatch: pytest.MonkeyPatch, path: Path, ending: signal.Signals, code: str
) -> None:
    stand_in(monkeypatch, f"import os; os.kill(os.getpid(), {int(ending)})")
    with pytest.raises(IntakeError) as caught:
        list(read_rows(path, path.name))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "program",
    [
        "pass",
        "raise SystemExit(3)",
        'print(\'{"kind": "summary", "good": 5, "bad": 0, "blank": 0}\')',
    ],
)
def test_an_answer_that_is_not_whole_is_not_believed(monkeypatch: pytest.MonkeyPatch, path: Path, program: str) -> None:
    stand_in(monkeypatch, program)
    with pytest.raises(IntakeError) as caught:
        list(read_rows(path, path.name))
    assert caught.value.code == "parser_crashed"


def test_a_child_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    stand_in(monkeypatch, "import signal; signal.pause()")
    monkeypatch.setattr(parse, "CHILD_SILENCE_SECONDS", 0.2)
    with pytest.raises(IntakeError) as caught:
        inspect(path, path.name)
    assert caught.value.code == "timeout"


def test_a_reader_that_is_left_takes_its_child_along(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def keep(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        started.append(popen(*arguments, **options))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", keep)
    batches = read_rows(path, path.name)
    next(batches)
    batches.close()  # type: ignore[attr-defined]
    assert started[0].returncode is not None


def test_the_child_sees_no_secret_and_has_its_limits(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setenv("SECRET_KEY", "do not tell")
    monkeypatch.setenv("DATABASE_URL", "postgres://do:not@tell/")
    program = (
        "import os, resource, json, sys, analysis.intake.child as child; child.limit_self();"
        "print(json.dumps({'kind': 'error', 'code': 'parser_crashed', 'detail': '', 'params': {"
        "'environment': ' '.join(sorted(os.environ)),"
        "'limits': str([resource.getrlimit(name)[0] for name in"
        " (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE)])}}))"
    )
    stand_in(monkeypatch, program)
    with pytest.raises(IntakeError) as caught:
        inspect(path, path.name)
    assert set(caught.value.params["environment"].split()) <= {"PATH", "LANG", "LC_CTYPE"}
    assert caught.value.params["limits"] == str([CHILD_MEMORY, CHILD_CPU_SECONDS, 0])


def test_the_child_needs_no_django() -> None:
    program = "import sys, analysis.intake.child; print([name for name in sys.modules if name.startswith('django')])"
    root = Path(parse.__file__).parents[2]
    answer = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, check=True, text=True)
    assert answer.stdout.strip() == "[]"


def test_an_unforeseen_failure_says_where_but_not_what(tmp_path: Path) -> None:
    request = {
        "task": "read",
        "path": os.devnull,
        "filename": "f.csv",
        "options": {"columns": 5},
        "skip_rows": 0,
        "key": "-",
    }
    answer = subprocess.run(
        parse._COMMAND, input=orjson.dumps(request), cwd=parse._ROOT, capture_output=True, check=True
    )
    message = orjson.loads(answer.stdout)
    assert (message["kind"], message["code"]) == ("error", "parser_crashed")
    assert message["detail"].startswith("ValueError: child.py:")


def test_every_error_has_a_message_and_a_hint() -> None:
    for message, hint in ERRORS.values():
        assert message.endswith(".")
        assert hint.endswith(".")
