"""Who asks about a text says so for as long as it lives, and not much longer."""

from __future__ import annotations

import time
import uuid

import pytest

from analysis.routing import answers

BRIEF = 150


@pytest.fixture
def label(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(answers, "_FLIGHT_MS", BRIEF)
    return uuid.uuid4().hex


def test_one_of_two_may_ask(label: str) -> None:
    assert answers.claim(label, ["a", "b"]) == {"a", "b"}
    assert answers.claim(label, ["b", "c"]) == {"c"}


def test_a_claim_of_who_has_died_lapses(label: str) -> None:
    answers.claim(label, ["a"])
    time.sleep(BRIEF / 1000 + 0.05)
    assert answers.flying(label, ["a"]) == set()
    assert answers.claim(label, ["a"]) == {"a"}


def test_a_claim_of_who_lives_is_renewed(label: str) -> None:
    answers.claim(label, ["a", "b"])
    for _ in range(4):
        time.sleep(BRIEF / 3000)
        answers.renew(label, ["a"])
    assert answers.flying(label, ["a", "b"]) == {"a"}


def test_renewing_what_nobody_claims_claims_nothing(label: str) -> None:
    answers.renew(label, ["a"])
    assert answers.flying(label, ["a"]) == set()
