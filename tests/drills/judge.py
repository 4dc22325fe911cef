"""Reads the tables after a drill and says whether each row was labelled once, rightly, and by who held it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.drills.scripted import mark
from tests.drills.stage import Stage, wait_for

#: A trail that the product knows nothing of: each write of a result, each change of a session's state.
TRAIL = """
CREATE TABLE drill_writes (comment_id uuid, session_id uuid, verb text, at timestamptz DEFAULT clock_timestamp());
CREATE TABLE drill_states (session_id uuid, state text, revision int, at timestamptz DEFAULT clock_timestamp());
CREATE TABLE drill_pace (seconds float);
INSERT INTO drill_pace VALUES (0);
CREATE FUNCTION drill_slow_down() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_sleep(seconds) FROM drill_pace WHERE seconds > 0;
    RETURN NULL;
END $$;
CREATE FUNCTION drill_note_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO drill_writes VALUES (NEW.comment_id, NEW.session_id, TG_OP);
    RETURN NULL;
END $$;
CREATE FUNCTION drill_note_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO drill_states VALUES (NEW.id, NEW.state, NEW.revision);
    RETURN NULL;
END $$;
CREATE TRIGGER drill_slow BEFORE INSERT ON analysis_results
    FOR EACH STATEMENT EXECUTE FUNCTION drill_slow_down();
CREATE TRIGGER drill_write AFTER INSERT OR UPDATE ON analysis_results
    FOR EACH ROW EXECUTE FUNCTION drill_note_write();
CREATE TRIGGER drill_state AFTER UPDATE ON sessions
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION drill_note_state();
"""
_ENDED = ("completed", "completed_with_errors", "cancelled", "failed")
_COUNTS = """
SELECT s.state, s.rows_total, s.comment_count + s.duplicate_count, s.rejected_count,
       (SELECT count(*) FROM comments c WHERE c.session_id = s.id),
       (SELECT count(*) FROM comments c WHERE c.session_id = s.id AND c.status = 'done'),
       (SELECT count(*) FROM comments c WHERE c.session_id = s.id AND c.status = 'failed'),
       (SELECT count(*) FROM analysis_results r WHERE r.session_id = s.id),
       (SELECT count(*) FROM chunks c WHERE c.session_id = s.id AND c.state NOT IN ('done', 'failed')),
       (SELECT sum(c.progress) FROM chunks c WHERE c.session_id = s.id AND c.kind = 'analyse')
  FROM sessions s WHERE s.id = %s
"""
_ROWS = """
SELECT c.row_number, c.text, c.status, c.attempts, f.text, r.details->'reasons'->>0
  FROM comments c LEFT JOIN comments f ON f.id = c.duplicate_of_id
  LEFT JOIN analysis_results r ON r.comment_id = c.id AND r.is_current
 WHERE c.session_id = %s ORDER BY c.row_number
"""
_WRITES = """
SELECT count(*) FILTER (WHERE verb = 'INSERT'), count(*) FILTER (WHERE verb = 'UPDATE'),
       count(DISTINCT comment_id) FROM drill_writes WHERE session_id = %s
"""
_ENDS = "SELECT count(*) FROM drill_states WHERE session_id = %s AND state = ANY(%s)"


@contextmanager
def slow_writes(stage: Stage, seconds: float) -> Iterator[None]:
    """Each write of results takes so long, so that what strikes at random strikes in the middle of one."""
    stage.ask("UPDATE drill_pace SET seconds = %s", seconds)
    yield
    stage.ask("UPDATE drill_pace SET seconds = 0")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a session's rows.

    ``rewritten`` counts results that were written a second time in one run, which is what a stale writer does;
    ``ends`` how often the session came to an end. ``most_attempts`` says how close a comment came to being set aside.
    """

    state: str
    rows: int
    failed: int = 0
    missing: int = 0
    swapped: int = 0
    rewritten: int = 0
    ends: int = 1
    most_attempts: int = field(default=0, compare=False)


def has_ended(stage: Stage, *sessions: str) -> bool:
    """Whether nothing more happens to these sessions by itself."""
    found = stage.ask("SELECT count(*) FROM sessions WHERE id = ANY(%s::uuid[]) AND state = ANY(%s)", list(sessions),
                      list(_ENDED))  # fmt: skip
    return int(found[0][0]) == len(sessions)


def wait_for_end(stage: Stage, *sessions: str, seconds: float = 90) -> float:
    """Seconds until all have ended."""
    return wait_for(lambda: has_ended(stage, *sessions), "the end of the sessions", seconds, pause=0.1)


def wait_until_planned(stage: Stage, session: str) -> None:
    """Until the file is imported and its chunks wait for workers."""
    planned = "SELECT count(*) FROM chunks WHERE session_id = %s AND kind = 'analyse'"
    wait_for(lambda: stage.ask(planned, session)[0][0], "the import to end")


@dataclass(frozen=True, slots=True)
class Counts:
    """What the tables say of a session whoever labelled it; ``progress`` is that of all its runs."""

    state: str
    failed: int
    rewritten: int
    progress: int


def count(stage: Stage, session: str, sent: Sequence[str]) -> Counts:
    """Every row that was sent has an end, and each result was inserted once; counts that disagree fail here."""
    state, total, kept, rejected, comments, done, failed, results, open_chunks, progress = stage.ask(_COUNTS, session)[
        0
    ]
    assert (total, rejected) == (len(sent), 0), "rows in the file = comments + duplicates folded + rejected"
    assert kept == comments == len(sent)
    assert done + failed == comments, f"{comments - done - failed} comments have no end"
    assert (results, open_chunks) == (done, 0), "results and chunks agree"
    inserted, rewritten, distinct = stage.ask(_WRITES, session)[0]
    assert inserted == distinct == done, "each result was inserted once"
    return Counts(state, failed, rewritten, progress)


def judge(stage: Stage, session: str, sent: Sequence[str]) -> Outcome:
    """Compare the tables with what was sent, row by row; counts that disagree fail here."""
    counts = count(stage, session, sent)
    assert counts.progress == len(sent), "chunks and their progress agree"
    rows = stage.ask(_ROWS, session)
    failed, rewritten = counts.failed, counts.rewritten
    return Outcome(
        state=counts.state,
        rows=len(rows),
        failed=failed,
        missing=sum(status == "done" and reason is None for _n, _text, status, _a, _first, reason in rows),
        swapped=sum(
            text != sent[number - 1] or (status == "done" and reason != mark(first or text))
            for number, text, status, _attempts, first, reason in rows
        ),
        rewritten=rewritten,
        ends=stage.ask(_ENDS, session, list(_ENDED))[0][0],
        most_attempts=max(attempts for _n, _text, _status, attempts, _first, _reason in rows),
    )


def longest_stall(stage: Stage, session: str) -> float:
    """Seconds of the longest pause between two results of a session, from its first one to its last one."""
    gaps = """
    SELECT max(extract(epoch FROM gap)) FROM
           (SELECT at - lag(at) OVER (ORDER BY at) AS gap FROM drill_writes WHERE session_id = %s) gaps
    """
    return float(stage.ask(gaps, session)[0][0])
