"""Nodes are called by their share, whatever becomes of them, and a caller keeps to a node where that is wanted."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.models import Algorithm
from analysis.routing.balancer import LEAST_SHARE, Balancer, Candidate

WEIGHTS = st.lists(st.integers(1, 100), min_size=2, max_size=6)
CALLS = 2_000


def nodes(weights: Sequence[float]) -> list[Candidate]:
    return [Candidate(f"n{place}", weight) for place, weight in enumerate(weights)]


def called(balancer: Balancer, candidates: Sequence[Candidate], calls: int = CALLS) -> Counter[str]:
    return Counter(balancer.order(candidates)[0] for _ in range(calls))


def in_hand(candidates: Sequence[Candidate], calls: int = 4 * CALLS, at_once: int = 400) -> Counter[str]:
    """Who is called by the rule of the fewest calls, when each takes as long as every other."""
    balancer, flying = Balancer(Algorithm.LEAST_CONNECTIONS), Counter[str]()
    order, total = deque[str](), Counter[str]()
    for _ in range(calls):
        if len(order) == at_once:
            flying[order.popleft()] -= 1
        name = balancer.order([replace(one, in_flight=flying[one.name]) for one in candidates])[0]
        order.append(name)
        flying[name] += 1
        total[name] += 1
    return total


def shares_hold(total: Counter[str], candidates: Sequence[Candidate]) -> None:
    whole = sum(one.share for one in candidates)
    for one in candidates:
        assert abs(total[one.name] / total.total() - one.share / whole) <= 0.05


@settings(deadline=None)
@given(weights=WEIGHTS)
def test_in_turn_by_weight(weights: list[int]) -> None:
    shares_hold(called(Balancer(Algorithm.WEIGHTED_ROUND_ROBIN), nodes(weights)), nodes(weights))


@settings(deadline=None)
@given(weights=WEIGHTS)
def test_in_turn_all_alike(weights: list[int]) -> None:
    total = called(Balancer(Algorithm.ROUND_ROBIN), nodes(weights))
    assert max(total.values()) - min(total.values()) <= 1
    assert len(total) == len(weights)


@settings(deadline=None, max_examples=10)
@given(weights=st.lists(st.integers(1, 20), min_size=2, max_size=4))
def test_fewest_calls_in_hand_by_weight(weights: list[int]) -> None:
    shares_hold(in_hand(nodes(weights)), nodes(weights))


@given(weights=WEIGHTS)
def test_callers_are_spread_over_all_nodes(weights: list[int]) -> None:
    balancer = Balancer(Algorithm.IP_HASH)
    total = Counter(balancer.order(nodes(weights), f"caller {number}")[0] for number in range(CALLS))
    for one in nodes(weights):
        assert abs(total[one.name] / CALLS - 1 / len(weights)) <= 0.05


def test_heavy_nodes_are_not_called_many_times_in_a_row() -> None:
    balancer = Balancer(Algorithm.WEIGHTED_ROUND_ROBIN)
    row = [balancer.order(nodes((5, 1, 1)))[0] for _ in range(70)]
    assert max(len(run) for run in "".join(name[1] for name in row).replace("1", " ").replace("2", " ").split()) <= 5


@pytest.mark.parametrize(
    "ill", [Candidate("ill", cpu=0.5), Candidate("ill", memory=0.5), Candidate("ill", success=0.5)], ids=str
)
@pytest.mark.parametrize("way", [Algorithm.WEIGHTED_ROUND_ROBIN, Algorithm.LEAST_CONNECTIONS], ids=str)
def test_a_busy_or_ill_node_gets_less(ill: Candidate, way: Algorithm) -> None:
    candidates = [Candidate("well"), ill]
    total = in_hand(candidates) if way == Algorithm.LEAST_CONNECTIONS else called(Balancer(way), candidates)
    assert abs(total["ill"] / total.total() - 1 / 3) < 0.05


def test_a_node_that_never_answers_is_tried_now_and_then() -> None:
    dead = Candidate("dead", success=0.0, cpu=1.0, memory=1.0)
    total = called(Balancer(Algorithm.WEIGHTED_ROUND_ROBIN), [Candidate("well"), dead])
    assert abs(total["dead"] / CALLS - LEAST_SHARE / (1 + LEAST_SHARE)) < 0.01


@settings(deadline=None)
@given(weights=st.lists(st.integers(1, 100), min_size=3, max_size=6), away=st.integers(1, 300))
def test_a_node_that_comes_and_goes_makes_up_for_nothing(weights: list[int], away: int) -> None:
    balancer, candidates = Balancer(Algorithm.WEIGHTED_ROUND_ROBIN), nodes(weights)
    called(balancer, candidates, 100)
    without = called(balancer, candidates[1:], away)
    assert "n0" not in without
    assert without.total() == away
    shares_hold(called(balancer, candidates), candidates)


def test_the_same_caller_keeps_to_the_same_node() -> None:
    candidates = nodes((1, 1, 1))
    first = {caller: Balancer(Algorithm.IP_HASH).order(candidates, caller)[0] for caller in map(str, range(300))}
    again = {caller: Balancer(Algorithm.IP_HASH).order(candidates[::-1], caller)[0] for caller in first}
    assert first == again


def test_when_a_node_leaves_only_its_own_callers_move() -> None:
    balancer, candidates = Balancer(Algorithm.IP_HASH), nodes((1,) * 5)
    for caller in map(str, range(500)):
        before = balancer.order(candidates, caller)
        after = balancer.order([one for one in candidates if one.name != "n2"], caller)
        assert after == [name for name in before if name != "n2"]


@pytest.mark.parametrize("way", Algorithm.values)
def test_every_node_is_named_once_for_each_call(way: str) -> None:
    balancer = Balancer(way)
    assert balancer.order([]) == []
    for _ in range(20):
        assert sorted(balancer.order(nodes((3, 2, 1)), "caller")) == ["n0", "n1", "n2"]
