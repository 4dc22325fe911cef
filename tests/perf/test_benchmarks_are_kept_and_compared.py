"""Benchmarks are found by name, measured repeatedly, kept, and compared outside their noise."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from perf.benchmarks import registry
from perf.benchmarks.registry import Benchmark, Better, Figure, Figures, Measure, Options, benchmark
from perf.benchmarks.report import as_table, number
from perf.benchmarks.runner import run
from perf.benchmarks.statistics import compare, summarise
from perf.models import BenchmarkRun

Fake = Callable[[float], Benchmark]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Registers ``fake``, whose measurements jitter by 2 % around the given milliseconds."""
    monkeypatch.setattr(registry, "_benchmarks", {})
    monkeypatch.setattr(registry, "autodiscover_modules", lambda *_names: None)

    def make(milliseconds: float) -> Benchmark:
        @benchmark("fake", "a benchmark of tests", repeats=5, warmups=1)
        @contextmanager
        def fake(options: Options) -> Iterator[Measure]:
            jitter = iter([9.0, 0.98, 0.99, 1.0, 1.01, 1.02])  # the first is the warm-up

            def measure() -> Figures:
                return {
                    "duration": Figure(milliseconds * next(jitter), "ms", Better.LOWER),
                    "rows": Figure(options.rows or 10, "rows"),
                }

            yield measure

        return registry.find("fake")

    return make


def numbers(*values: float) -> dict[str, Any]:
    return summarise(values, "ms", Better.LOWER).as_json()


def test_a_summary_is_the_median_and_is_not_moved_by_one_outlier() -> None:
    summary = summarise([10, 10.1, 9.9, 10, 50], "ms", Better.LOWER)
    assert summary.median == 10
    assert summary.high == 50
    assert summary.noise == pytest.approx(0.5)


@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=20))
def test_a_run_never_differs_from_itself(values: list[float]) -> None:
    summary = summarise(values, "ms", Better.LOWER)
    assert compare(summary.as_json(), summary) is None


@given(st.floats(0.001, 1e6))
def test_a_slowdown_to_one_and_a_half_is_found_at_any_scale(base: float) -> None:
    jitter = (0.98, 0.99, 1.0, 1.01, 1.02)
    before = numbers(*(base * j for j in jitter))
    after = summarise([1.5 * base * j for j in jitter], "ms", Better.LOWER)
    change = compare(before, after)
    assert change is not None
    assert change["verdict"] == "worse"
    assert change["ratio"] == pytest.approx(1.5)


def test_a_rate_that_grows_is_better_and_a_figure_without_a_side_never_changes() -> None:
    before = summarise([10], "rows/s", Better.HIGHER).as_json()
    change = compare(before, summarise([20], "rows/s", Better.HIGHER))
    assert change is not None
    assert change["verdict"] == "better"
    assert compare(before, summarise([20], "rows/s", Better.NEITHER)) is None


@pytest.mark.django_db
def test_a_run_is_kept_with_the_machine_its_options_and_its_figures(fake: Fake) -> None:
    kept = run(fake(100), Options(rows=7))
    kept.refresh_from_db()
    assert kept.options == {"rows": 7, "workers": 2}
    assert kept.repeats == 5
    assert kept.figures["duration"]["median"] == pytest.approx(100)
    assert len(kept.figures["duration"]["values"]) == 5
    assert {"processor", "cores", "memory_mb", "postgresql", "python"} <= kept.machine.keys()
    assert kept.compared_with is None


@pytest.mark.django_db
def test_two_equal_runs_say_no_difference(fake: Fake) -> None:
    first = run(fake(100), Options())
    second = run(fake(101), Options())
    assert second.compared_with == first
    assert second.changes == {}
    assert "No difference" in as_table(second)


@pytest.mark.django_db
def test_a_planted_slowdown_is_found_and_said(fake: Fake) -> None:
    run(fake(100), Options())
    slow = run(fake(150), Options())
    assert slow.changes.keys() == {"duration"}
    assert "worse: 100 -> 150" in as_table(slow)


@pytest.mark.django_db
def test_runs_with_other_options_or_on_another_machine_are_not_compared(fake: Fake) -> None:
    run(fake(100), Options(rows=5))
    assert run(fake(100), Options(rows=6)).compared_with is None
    BenchmarkRun.objects.update(machine={"processor": "another"})
    assert run(fake(100), Options(rows=6)).compared_with is None


@pytest.mark.django_db
def test_the_command_prints_a_table_and_writes_json(fake: Fake, tmp_path: Path) -> None:
    fake(100)
    out, target = io.StringIO(), tmp_path / "runs.json"
    call_command("benchmark", "fake", json=target, stdout=out)
    assert "duration" in out.getvalue()
    [written] = orjson.loads(target.read_bytes())
    assert written["figures"]["duration"]["unit"] == "ms"
    assert BenchmarkRun.objects.count() == 1


@pytest.mark.django_db
def test_the_command_fails_on_request_when_a_figure_got_worse(fake: Fake) -> None:
    fake(100)
    call_command("benchmark", "fake", stdout=io.StringIO())
    fake(200)
    with pytest.raises(CommandError, match="fake"):
        call_command("benchmark", "fake", fail_if_worse=True, stdout=io.StringIO())


def test_an_unknown_name_is_answered_with_those_there_are(fake: Fake) -> None:
    fake(100)
    with pytest.raises(CommandError, match="there are: fake"):
        call_command("benchmark", "nap")


def test_the_command_lists_what_there_is(fake: Fake) -> None:
    fake(100)
    out = io.StringIO()
    call_command("benchmark", "--list", stdout=out)
    assert "a benchmark of tests" in out.getvalue()


@pytest.mark.parametrize(
    ("value", "written"), [(12345.6, "12,346"), (123.4, "123"), (12.34, "12.3"), (0.01234, "0.0123")]
)
def test_numbers_are_written_with_the_figures_that_count(value: float, written: str) -> None:
    assert number(value) == written
