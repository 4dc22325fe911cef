"""A few comments that no engine survives are set aside; all others of their session are labelled."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.drills.judge import Outcome, judge, wait_for_end
from tests.drills.stage import QUICK, Stage
from tests.drills.texts import texts

pytestmark = pytest.mark.drill

COMMENTS, WORKERS, MOST_ATTEMPTS = 2_000, 4, 5
POISONS = ("error",) * 3 + ("muerte",) * 4 + ("bucle",) * 2 + ("cerrojo",)
KILLING = ("muerte", "bucle", "cerrojo")


def test_ten_poisonous_comments_are_set_aside_and_their_neighbours_unharmed(stage: Stage) -> None:
    stage.start(WORKERS, **QUICK | {"STALL_SECONDS": "2"})
    sent = texts(COMMENTS, seed=5, repeats=0)
    for number, kind in enumerate(POISONS):
        sent[97 + 190 * number] += f" veneno-{kind}"
    session = stage.submit(sent)

    seconds = wait_for_end(stage, session, seconds=120)

    outcome = judge(stage, session, sent)
    tries = Counter(line for kind in KILLING for line in stage.poison_ledger(kind))
    aside = stage.ask("SELECT text, error FROM comments WHERE session_id = %s AND status = 'failed'", session)
    stage.say(f"{seconds:.0f} s, tries {sorted(tries.values())}, {outcome}")
    assert outcome == Outcome("completed_with_errors", COMMENTS, failed=len(POISONS))
    assert all("veneno" in text for text, _error in aside)
    assert Counter(error for _text, error in aside) == {"ValueError": 3, "worker_died": 7}
    assert outcome.most_attempts <= MOST_ATTEMPTS
    assert max(tries.values()) <= MOST_ATTEMPTS
