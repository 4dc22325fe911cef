"""Benchmarks: rooms register theirs in a module ``benchmarks`` of their app; ``manage.py benchmark`` runs them.

A benchmark is a context manager. It sets up what it needs, yields a function that measures once, and cleans up::

    @benchmark("nap", "how long a nap takes", repeats=5)
    @contextmanager
    def nap(options: Options) -> Iterator[Measure]:
        def measure() -> Figures:
            started = perf_counter()
            sleep(0.01)
            return {"duration": milliseconds(perf_counter() - started)}

        yield measure
"""

from perf.benchmarks import monitor

__all__ = ["monitor"]
