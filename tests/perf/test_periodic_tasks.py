"""Periodic tasks run when they are due, and one that fails stops neither the others nor the caller."""

from __future__ import annotations

import pytest

from perf import periodic


@pytest.fixture(autouse=True)
def own_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periodic, "_tasks", {})


def test_a_task_runs_at_once_and_then_every_so_many_seconds() -> None:
    ran: list[str] = []
    periodic.register("tick", 10, lambda: ran.append("tick"))
    assert periodic.run_due(now=100.0) == ["tick"]
    assert periodic.run_due(now=109.9) == []
    assert periodic.run_due(now=110.0) == ["tick"]
    assert ran == ["tick", "tick"]


def test_a_failing_task_comes_again_and_does_not_stop_the_others() -> None:
    tries: list[int] = []

    def fail() -> None:
        tries.append(1)
        raise RuntimeError

    periodic.register("broken", 10, fail)
    periodic.register("sound", 10, lambda: None)
    assert periodic.run_due(now=100.0) == ["sound"]
    assert periodic.run_due(now=110.0) == ["sound"]
    assert len(tries) == 2


def test_the_same_name_again_replaces_the_task() -> None:
    ran: list[str] = []
    periodic.register("tick", 10, lambda: ran.append("old"))
    periodic.register("tick", 10, lambda: ran.append("new"))
    periodic.run_due(now=100.0)
    assert ran == ["new"]


def test_the_product_prunes_silk_by_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert "silk_prune" in periodic._tasks
