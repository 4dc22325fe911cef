"""What was spared, as sums that a person can do on paper."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from analysis.insights.answers import seconds_spared
from analysis.insights.cost_rules import (
    KINDS,
    TOKENS_IN_EACH,
    TOKENS_OUT_EACH,
    Rate,
    Spend,
    Ways,
    dearest_first,
    grouped,
    rate_of,
    savings_of,
    tokens_of,
    total,
)
from analysis.routing.ledger import Price

CENT = Decimal("0.01")
SPENT = Spend(
    calls=6, items=100, tokens_in=9000, tokens_out=4000, cost=Decimal(1), troubles=1, settled_calls=5,
    settled_items=100, settled_cost=Decimal(1), waited=timedelta(seconds=10),
)  # fmt: skip
RATE = Rate(item=CENT, fixed_part=Decimal("0.002"), is_measured=True)


def test_comments_that_were_not_asked_about_are_worth_the_mean_cost_of_a_text() -> None:
    used = {"auto": Ways(repeats=10, trivial=20, sure=30, cached=40, provided=100)}
    saved = {one.way: one for one in savings_of(used, {"llm": SPENT}, {"auto": RATE, "llm": RATE}).ways}
    assert [(way, saved[way].items, saved[way].cost) for way in ("repeats", "trivial", "sure", "cached")] == [
        ("repeats", 10, 10 * CENT), ("trivial", 20, 20 * CENT), ("sure", 30, 30 * CENT), ("cached", 40, 40 * CENT),
    ]  # fmt: skip
    assert saved["cached"].calls == 40 * KINDS


def test_texts_that_share_a_call_spare_the_part_that_every_call_says_again() -> None:
    saved = {one.way: one for one in savings_of({}, {"llm": SPENT}, {"llm": RATE}).ways}
    assert (saved["batched"].calls, saved["batched"].cost) == (95, 95 * Decimal("0.002"))
    assert (saved["together"].calls, saved["together"].cost) == (200, 200 * Decimal("0.002"))


def test_calls_and_money_add_up_to_the_baseline() -> None:
    used = {"llm": Ways(repeats=3, trivial=5, cached=7, provided=100)}
    spared = savings_of(used, {"llm": SPENT}, {"llm": RATE})
    asked_apart = (3 + 5 + 7) * KINDS + 100 * KINDS
    assert spared.baseline_calls == asked_apart + (SPENT.calls - SPENT.settled_calls)
    assert spared.baseline_cost == SPENT.cost + sum((one.cost for one in spared.ways), Decimal(0))
    assert spared.share == pytest.approx(float(spared.cost / spared.baseline_cost))


def test_nothing_asked_and_nothing_spared_has_no_share() -> None:
    spared = savings_of({}, {}, {})
    assert (spared.calls, spared.cost, spared.share) == (0, Decimal(0), None)
    assert [one.items for one in spared.ways] == [0] * 6


def test_engines_that_cost_nothing_spare_calls_and_no_money() -> None:
    spared = savings_of({"remote": Ways(cached=5)}, {"remote": SPENT}, {"remote": Rate()})
    assert (spared.ways[3].calls, spared.cost) == (15, Decimal(0))


class TestARate:
    def test_is_the_mean_of_what_was_billed(self) -> None:
        rate = rate_of(SPENT, Price(Decimal(2), Decimal(8)), fixed_tokens=1000, items_a_call=20)
        assert rate == Rate(CENT, Decimal("0.002"), is_measured=True)

    def test_is_estimated_from_the_price_before_that(self) -> None:
        rate = rate_of(Spend(), Price(Decimal(2), Decimal(8)), fixed_tokens=1000, items_a_call=20)
        own = (Decimal(2) * TOKENS_IN_EACH + Decimal(8) * TOKENS_OUT_EACH) / 1_000_000
        assert rate == Rate(own + Decimal("0.0001"), Decimal("0.002"), is_measured=False)

    def test_is_called_an_estimate_in_what_it_values(self) -> None:
        measured, not_yet = RATE, Rate(CENT)
        used = {"auto": Ways(cached=1), "remote": Ways(cached=1)}
        both = savings_of(used, {}, {"auto": measured, "remote": not_yet}).ways
        assert [one.is_measured for one in both] == [True, True, True, False, False, False]


def test_ways_add_up_and_tell_how_often_the_cache_knew() -> None:
    ways = Ways(repeats=1, trivial=2, cached=3) + Ways(sure=4, provided=8, fallbacks=1)
    assert (ways.texts, ways.comments, ways.asked, ways.hit_ratio) == (18, 19, 9, 0.25)
    assert Ways(trivial=5).hit_ratio is None


def test_sums_by_key_lose_nothing() -> None:
    cells = [("a", Spend(calls=1, cost=CENT)), ("b", Spend(calls=5)), ("a", Spend(calls=2, cost=CENT))]
    sums = grouped(cells)
    assert sums == {"a": Spend(calls=3, cost=2 * CENT), "b": Spend(calls=5)}
    assert total(sums.values()) == total(spend for _key, spend in cells)
    assert [key for key, _spend in dearest_first(sums)] == ["a", "b"]


def test_tokens_are_rounded_up() -> None:
    assert [tokens_of(n) for n in (0, 1, 4, 5)] == [0, 1, 1, 2]


def test_the_time_of_calls_that_were_not_made_is_that_of_those_that_were() -> None:
    assert seconds_spared(Ways(cached=40), SPENT) == pytest.approx(40 / 20 * 2)
    assert seconds_spared(Ways(cached=40), Spend()) is None
