"""A file of comments on its real way: stored, parsed in the child, copied, planned, labelled by real workers, written.

Nothing is faked: the services are those of the environment, the workers and the sweeper are processes as in
production. The clock runs from the first byte stored to the state ``completed``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from analysis.benchmarks.ground import ground
from analysis.benchmarks.processes import Processes, ProcessSampler, product, stop
from analysis.benchmarks.store_speed import store_speed
from analysis.intake.uploads import create_session
from analysis.models import FINAL_STATES, Session, SessionState, Team
from analysis.processing import verbs
from perf import metrics
from perf.benchmarks.registry import Better, Figure, Figures, Measure, Options, benchmark, rate, share

ROWS = 100_000
_POLL_SECONDS = 0.02
_PATIENCE_SECONDS = 1800
_STEPS = ("intake.parse", "intake.store", "intake.fold", "analysis.read", "analysis.engine", "analysis.write")


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds: until the file was kept, until its rows were stored and planned, until all was labelled."""

    upload: float
    intake: float
    whole: float


@benchmark("end_to_end", "a csv file to labelled comments, on real workers", repeats=1, warmups=0, quick_rows=20_000)
@contextmanager
def end_to_end(options: Options) -> Iterator[Measure]:
    """Yield the measurement of one file of ``options.rows`` rows."""
    with ground(options.rows or ROWS) as (team, path):
        yield lambda: _measure(path, team, options.workers)


def _measure(path: Path, team: Team, workers: int) -> Figures:
    before = metrics.read().total
    with product(workers) as processes:
        with ProcessSampler(processes) as sampler:
            session, times = run_file(path, team)
        _stop_all(processes)  # which makes them send their last counts
    after = metrics.read().total
    spent = {step: (after.get(f"{step}.us", 0) - before.get(f"{step}.us", 0)) / 1e6 for step in _STEPS}
    speeds = _speeds(session, times, sampler)
    verbs.delete_session(session=session, actor=None)
    return {**speeds, **_store(path, team), **_shares(spent, times, workers), **_memory(sampler)}


def run_file(path: Path, team: Team, patience: float = _PATIENCE_SECONDS) -> tuple[Session, Times]:
    """Keep the file, import it and wait until every comment of it is labelled.

    RuntimeError when that goes wrong, or is not done after ``patience`` seconds.
    """
    started = time.perf_counter()
    with path.open("rb") as upload:
        session = create_session(team=team, user=None, name="benchmark", upload=upload, filename=path.name)
    upload_seconds = time.perf_counter() - started
    verbs.start_import(session=session, actor=None)
    deadline = started + patience
    _wait(session, deadline, while_in=(SessionState.IMPORTING,))
    intake_seconds = time.perf_counter() - started
    _wait(session, deadline, while_in=(SessionState.QUEUED, SessionState.RUNNING))
    times = Times(upload_seconds, intake_seconds, time.perf_counter() - started)
    if session.state != SessionState.COMPLETED:
        raise RuntimeError(f"The session ended {session.state}: {session.failure_code} {session.failure_detail}")
    return session, times


def _wait(session: Session, deadline: float, *, while_in: tuple[str, ...]) -> None:
    session.refresh_from_db()
    while session.state in while_in and session.state not in FINAL_STATES:
        if time.perf_counter() > deadline:
            raise RuntimeError(f"The session is still {session.state}; measured nothing.")
        time.sleep(_POLL_SECONDS)
        session.refresh_from_db(fields=["state"])
    session.refresh_from_db()


def _stop_all(processes: Processes) -> None:
    for process in processes.values():
        stop(process)


def _speeds(session: Session, times: Times, sampler: ProcessSampler) -> dict[str, Figure]:
    rows, stored = session.rows_total, session.stored_count
    return {
        "comments, end to end": rate(rows, times.whole, "rows/s"),
        "whole": Figure(times.whole, "s", Better.LOWER),
        "intake": rate(rows, times.intake, "rows/s"),
        "analysis": rate(stored, times.whole - times.intake, "rows/s"),
        "rows": Figure(rows, "rows"),
        "texts sent to the engine": Figure(session.comment_count, "rows"),
        "rows rejected": Figure(session.rejected_count, "rows"),
        "file kept": Figure(times.upload, "s"),
    } | _per_cpu(rows, sampler)


def _per_cpu(rows: int, sampler: ProcessSampler) -> dict[str, Figure]:
    """What holds on a machine that others use too: rows by the CPU time they took, of workers and of PostgreSQL."""
    workers = sampler.cpu_seconds("worker")
    figures = {"comments per CPU second, workers": rate(rows, workers, "rows/CPU s")}
    if sampler.sees_database:
        both = workers + sampler.cpu_seconds("postgresql")
        figures["comments per CPU second, with PostgreSQL"] = rate(rows, both, "rows/CPU s")
    return figures


def _store(path: Path, team: Team) -> dict[str, Figure]:
    """By itself and against COPY, in turns."""
    speed = store_speed(path, team)
    return {
        "store": Figure(speed.store, "rows/s", Better.HIGHER),
        "bare COPY": Figure(speed.bare_copy, "rows/s"),
        "COPY with the indexes": Figure(speed.indexed_copy, "rows/s"),
        "store / bare COPY": Figure(speed.store / speed.bare_copy, "ratio", Better.HIGHER),
        "store / COPY with the indexes": Figure(speed.store / speed.indexed_copy, "ratio", Better.HIGHER),
    }


def _shares(spent: dict[str, float], times: Times, workers: int) -> dict[str, Figure]:
    """Of the time that workers spent on known steps; and how much of their whole time that was."""
    busy = sum(spent.values())
    shares = {f"share of {step}": share(seconds, busy) for step, seconds in spent.items()}
    return shares | {"workers busy": share(busy, workers * times.whole)}


def _memory(sampler: ProcessSampler) -> dict[str, Figure]:
    return {f"peak memory of {role}": Figure(peak, "MB", Better.LOWER) for role, peak in sorted(sampler.peaks.items())}
