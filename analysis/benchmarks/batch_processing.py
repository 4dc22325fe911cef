"""Comments that come together, from their first byte to the last of their results in the tables.

They are stored, folded, planned, claimed, labelled and written as a program's are that sends them by the API and has
them analysed; one process does it all, so that no figure depends on how many workers there are.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from analysis.benchmarks.files import distinct_texts
from analysis.benchmarks.ground import ground
from analysis.intake.additions import add_comments
from analysis.intake.uploads import create_empty_session
from analysis.models import CommentStatus, SessionState, Team
from analysis.processing import verbs
from analysis.processing.heartbeat import workers_alive
from analysis.processing.inline import work_until_done
from analysis.routing import cache
from perf.benchmarks.registry import (
    BenchmarkRefusedError,
    Better,
    Figure,
    Figures,
    Measure,
    Options,
    benchmark,
    milliseconds,
    rate,
)

SIZES = (10, 50, 100, 500, 1_000)


@benchmark(
    "batch_processing", "10 to 1,000 comments at once, stored, labelled and written: seconds, comments/s, ms each",
    repeats=5, quick_repeats=3, first=True,
)  # fmt: skip
@contextmanager
def batch_processing(options: Options) -> Iterator[Measure]:
    """Yield the measurement of each of ``SIZES``, or of ``options.rows`` comments alone."""
    if workers_alive():
        raise BenchmarkRefusedError("Workers are running, who would take a share; stop them first (make stop).")
    sizes = (options.rows,) if options.rows else SIZES
    texts = list(distinct_texts(max(sizes)))
    with ground(1) as (team, _path):
        yield lambda: _measure(team, texts, sizes)


def _measure(team: Team, texts: Sequence[str], sizes: Sequence[int]) -> Figures:
    figures: dict[str, Figure] = {}
    for size in sizes:
        seconds = _seconds(team, texts[:size])
        figures[f"{size} comments"] = Figure(seconds, "s", Better.LOWER)
        figures[f"{size} comments: a second"] = rate(size, seconds, "comments/s")
        figures[f"{size} comments: each"] = milliseconds(seconds / size)
    return figures


def _seconds(team: Team, texts: Sequence[str]) -> float:
    cache.verdicts.forget()
    started = time.perf_counter()
    session = create_empty_session(team=team, user=None, name="benchmark")
    add_comments(session=session, records=[{"comment": text} for text in texts])
    session = work_until_done(verbs.start_analysis(session=session, actor=None))
    seconds = time.perf_counter() - started
    left = session.comments.filter(duplicate_of=None).exclude(status=CommentStatus.DONE).count()
    verbs.delete_session(session=session, actor=None)
    if session.state != SessionState.COMPLETED or left:
        raise RuntimeError(f"The session ended {session.state}, {left} comments without labels; measured nothing.")
    return seconds
