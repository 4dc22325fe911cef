"""Whether memory grows with the file: the same way through the product for a small session and for a large one.

Import (worker and parser), analysis (workers), the numbers of the page and the deletion (this command), and an export
in each format, each in a process of its own. Processes are new for each session; peaks are those that the kernel saw.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from analysis.benchmarks.end_to_end import run_file
from analysis.benchmarks.exporter import peak_of
from analysis.benchmarks.ground import ground
from analysis.benchmarks.processes import ProcessSampler, product
from analysis.exports.files import FORMATS
from analysis.insights.aggregates import overview
from analysis.insights.filters import CommentFilter
from analysis.models import Session
from analysis.processing import verbs
from perf.benchmarks.registry import Better, Figure, Figures, Measure, Options, benchmark

SMALL, LARGE = 10_000, 1_000_000
#: The most that the large session may take for what the small one takes.
MOST = 1.2
_PATIENCE_SECONDS = 3 * 3600.0

Peaks = dict[str, float]


@benchmark("memory", "peak memory of a large session against a small one, by process", repeats=1, warmups=0)
@contextmanager
def memory(options: Options) -> Iterator[Measure]:
    """Yield the measurement of ``SMALL`` rows against ``options.rows`` (a million)."""
    yield lambda: _measure(options.rows or LARGE, options.workers)


def _measure(rows: int, workers: int) -> Figures:
    small, large = _peaks(SMALL, workers), _peaks(rows, workers)
    figures = {}
    for role, peak in large.items():
        figures[f"{role}, {SMALL:,} rows"] = Figure(small[role], "MB")
        figures[f"{role}, {rows:,} rows"] = Figure(peak, "MB", Better.LOWER)
        figures[f"{role}, growth"] = Figure(peak / small[role], "ratio", Better.LOWER)
    worst = max(peak / small[role] for role, peak in large.items())
    return figures | {f"worst growth (at most {MOST})": Figure(worst, "ratio", Better.LOWER)}


def _peaks(rows: int, workers: int) -> Peaks:
    """MB by role; of several workers the one that took most."""
    with ground(rows) as (team, path):
        with product(workers) as processes, ProcessSampler(processes) as sampler:
            session, _times = run_file(path, team, _PATIENCE_SECONDS)
            overview(CommentFilter(session=session.pk), Session.objects.filter(pk=session.pk))
        exports = {f"export as {name}": peak_of(session, name) for name in FORMATS}
        verbs.delete_session(session=session, actor=None)
    return _by_role(sampler.peaks) | exports


def _by_role(peaks: Peaks) -> Peaks:
    found: Peaks = {}
    for role, peak in sorted(peaks.items()):
        name = role.split()[0]
        found[name] = max(found.get(name, 0.0), peak)
    return found
