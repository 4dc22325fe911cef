"""Whatever is uploaded, the answer is rows or a reason; never a crash, never a hang."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from analysis.intake.errors import REASONS, IntakeError
from analysis.intake.limits import CHILD_MEMORY
from analysis.intake.parse import read_rows
from tests.intake.malformed import Generator, Malformed

AT_LEAST = 300
"""Bad files made by the generator."""


def outcome(path: Path, name: str) -> str:
    """Return the code that refuses a file, "" when all its rows came in or were set aside."""
    try:
        for batch in read_rows(path, name):
            for row in batch.bad:
                assert row.reason in REASONS
    except IntakeError as error:
        return error.code if str(error) else "no message"
    return ""


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Generator:
    return Generator(tmp_path_factory.mktemp("good"))


@pytest.mark.timeout(170)
def test_each_bad_file_is_refused_with_its_reason(generator: Generator, tmp_path: Path) -> None:
    def wrong(numbered: tuple[int, Malformed]) -> str | None:
        number, bad = numbered
        path = tmp_path / f"{number}"
        path.write_bytes(bad.content)
        code = outcome(path, bad.name)
        path.unlink()
        seen[code] += 1
        return None if code in bad.codes else f"{bad.label} ({bad.name}): {code!r}, not one of {sorted(bad.codes)}"

    seen: Counter[str] = Counter()
    with ThreadPoolExecutor(max_workers=2) as pool:
        failures = [failure for failure in pool.map(wrong, enumerate(generator.certain())) if failure]
    assert failures == []
    assert seen.total() >= AT_LEAST


def test_a_file_with_a_few_bytes_changed_is_read_or_refused(generator: Generator, tmp_path: Path) -> None:
    def read(mutant: tuple[str, bytes]) -> str:
        name, content = mutant
        path = tmp_path / name
        path.write_bytes(content)
        return outcome(path, name)

    with ThreadPoolExecutor(max_workers=2) as pool:
        codes = list(pool.map(read, generator.mutants(40)))
    assert len(codes) == 40


def test_no_child_grew_past_its_limit(generator: Generator, tmp_path: Path) -> None:
    path = tmp_path / "far.xlsx"
    path.write_bytes(next(bad.content for bad in generator.certain() if bad.label == "two cells far apart"))
    assert _largest_child_of_reading(path) <= CHILD_MEMORY


def _largest_child_of_reading(path: Path) -> int:
    """Bytes; in a process of its own, which has had no other children."""
    code = (
        "import django, resource, sys; from pathlib import Path; django.setup();"
        "from analysis.intake.errors import IntakeError; from analysis.intake.parse import inspect\n"
        "try: inspect(Path(sys.argv[1]), 'far.xlsx')\n"
        "except IntakeError: print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "fibercomments.settings"}
    done = subprocess.run([sys.executable, "-c", code, str(path)], env=environment, capture_output=True, check=True)
    return int(done.stdout)
