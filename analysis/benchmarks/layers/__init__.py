"""What each layer of optimisation gains: everything off against everything on, in turns, in processes of each side.

The workload is the bundled sample among the files of a year, one a week, and requests of the API. A strategy alone is
off against on with all others on. ``perf.layers`` says what the strategies are, docs/benchmarks.md how to read it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from analysis.benchmarks.caller import caller
from analysis.benchmarks.ground import labelled_session
from analysis.benchmarks.layers.api import api
from analysis.benchmarks.layers.application import application
from analysis.benchmarks.layers.database import database
from analysis.benchmarks.layers.infrastructure import infrastructure
from analysis.benchmarks.layers.workload import Workload, add_weeks
from analysis.processing.heartbeat import workers_alive
from analysis.sample import SAMPLE_FILE
from perf.benchmarks.registry import BenchmarkRefusedError, Figures, Measure, Options, benchmark
from perf.layers import BENCHMARK

_WEEKS, _FEW_WEEKS = 52, 20

LAYERS: tuple[Callable[[Workload], AbstractContextManager[Measure]], ...] = (application, database, api, infrastructure)


@benchmark(
    BENCHMARK, "each layer of optimisation, and each strategy, off against on: improvement and target",
    repeats=3, warmups=0, quick_rows=160, quick_repeats=1, first=True,
)  # fmt: skip
@contextmanager
def layers(options: Options) -> Iterator[Measure]:
    """Yield the measurement of all layers; ``options.rows`` are the texts of the sample that are asked about."""
    if workers_alive():
        raise BenchmarkRefusedError("Workers are running, who would take a share; stop them first (make stop).")
    with caller() as program, ExitStack() as stack:
        session = labelled_session(program.team, SAMPLE_FILE)
        add_weeks(session, _FEW_WEEKS if options.quick else _WEEKS)
        workload = Workload(program, session, options.rows, whole=not options.quick)
        measures = [stack.enter_context(layer(workload)) for layer in LAYERS]

        def measure() -> Figures:
            return {name: figure for one in measures for name, figure in one().items()}

        yield measure
