"""Benchmark runs in the admin: drawn, in their trend, side by side, as files; and the page of the layers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.test import Client
from django.utils import timezone

from perf import layers
from perf.benchmarks.registry import Better
from perf.benchmarks.statistics import summarise
from perf.layers import Layer, Metric, Strategy
from perf.models import BenchmarkRun
from tests import factories

pytestmark = pytest.mark.django_db
RUNS = "/admin/perf/benchmarkrun/"


@pytest.fixture
def superuser_client(client: Client) -> Client:
    client.force_login(factories.make_user(None, superuser=True))
    return client


def made(milliseconds: float, *, days_ago: int = 0, name: str = "fake", **fields: Any) -> BenchmarkRun:
    values = [milliseconds * factor for factor in (0.98, 0.99, 1.0, 1.01, 1.02)]
    figures = {"duration": summarise(values, "ms", Better.LOWER).as_json()}
    at = timezone.now() - timedelta(days=days_ago)
    return BenchmarkRun.objects.create(
        name=name, repeats=5, seconds=1, figures=figures, created_at=at, machine={"cores": 2, "waited": 0.3}, **fields
    )


def html_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return str(response.content.decode())


def test_a_run_is_drawn_and_says_that_the_machine_was_busy(superuser_client: Client) -> None:
    change = {"before": 100, "after": 150, "ratio": 1.5, "verdict": "worse"}
    run = made(150, against="2026-01-01 10:00", changes={"duration": change})
    html = html_of(superuser_client, f"{RUNS}{run.pk}/change/")
    assert html.count('class="dot"') == 5
    assert "worse: 100 -&gt; 150 (x 1.50)" in html
    assert "errornote" in html
    assert "style=" not in html.split('class="operations instrument"')[1].split("</section>")[0]


def test_the_trend_shows_only_runs_that_are_alike(superuser_client: Client) -> None:
    for days_ago in (3, 2, 1):
        made(100, days_ago=days_ago)
    made(500, days_ago=1, options={"rows": 9})
    made(100)
    html = html_of(superuser_client, f"{RUNS}trends/?name=fake")
    assert html.count("<circle") == 4
    assert "<title>" in html
    assert superuser_client.get(f"{RUNS}trends/?name=nap").status_code == 404


def test_without_any_run_the_pages_say_how_to_make_one(superuser_client: Client) -> None:
    assert "manage.py benchmark" in html_of(superuser_client, f"{RUNS}trends/")
    assert "make bench" in html_of(superuser_client, RUNS)
    assert "manage.py benchmark layers" in html_of(superuser_client, f"{RUNS}layers/")


def test_figures_are_shown_in_the_order_in_which_they_were_measured(superuser_client: Client) -> None:
    figure = summarise([1, 1, 1], "ms", Better.LOWER).as_json()
    names = ["z, the first", "a", "m, in between"]
    figures = {name: figure | {"place": place} for place, name in enumerate(names)}
    run = BenchmarkRun.objects.create(name="fake", repeats=3, seconds=1, figures=figures)
    for path in (f"{run.pk}/change/", "trends/", f"compare/?before={run.pk}&after={run.pk}"):
        html = html_of(superuser_client, RUNS + path).split('class="operations instrument"')[-1]
        places = [html.index(f">{name}") for name in names]
        assert places == sorted(places), path


@pytest.mark.parametrize(("later", "tone"), [(150, "worse"), (60, "better"), (101, "")])
def test_two_runs_are_compared_the_earlier_one_first(superuser_client: Client, later: float, tone: str) -> None:
    before, after = made(100, days_ago=1), made(later)
    html = html_of(superuser_client, f"{RUNS}compare/?before={after.pk}&after={before.pk}")
    assert f'class="words {tone}"' in html
    assert html.index(f"{before.pk}/change/") < html.index(f"{after.pk}/change/")


def test_runs_of_different_benchmarks_and_ids_that_are_none_are_not_compared(superuser_client: Client) -> None:
    one, other = made(1), made(1, name="other")
    for before, after in ((one.pk, other.pk), (one.pk, "x"), (one.pk, "")):
        assert superuser_client.get(f"{RUNS}compare/?before={before}&after={after}").status_code == 404


def test_a_run_is_downloaded_as_json_and_as_a_page_for_the_disk(superuser_client: Client) -> None:
    run = made(100)
    data = superuser_client.get(f"{RUNS}{run.pk}/report.json")
    assert orjson.loads(data.content)[0]["figures"]["duration"]["median"] == 100
    page = superuser_client.get(f"{RUNS}{run.pk}/report.html")
    assert "attachment" in page.headers["Content-Disposition"]
    assert b"<script" not in page.content


def test_runs_of_older_versions_are_shown_and_compared_too(superuser_client: Client) -> None:
    old = {"unit": "ms", "better": "lower", "median": 100, "low": 99, "high": 101, "noise": 5, "values": [99, 100, 101]}
    before = BenchmarkRun.objects.create(name="fake", repeats=3, seconds=1, figures={"duration": old})
    after = BenchmarkRun.objects.create(name="fake", repeats=3, seconds=1, figures={"duration": old})
    for path in (f"{before.pk}/change/", f"compare/?before={before.pk}&after={after.pk}", "trends/"):
        html_of(superuser_client, RUNS + path)


@pytest.fixture
def two_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "_layers", {})
    monkeypatch.setattr(layers, "autodiscover_modules", lambda *_names: None)
    for name, is_on in (("first", True), ("second", False)):
        metric = Metric("latency", "latency", "ms", lambda: 12.0, "The network decides.")
        strategy = Strategy("caching", "Caching", "Kept.", "CACHING=0", lambda is_on=is_on: is_on)  # type: ignore[misc]
        layers.register(Layer(name, name.capitalize(), 50.0, (metric,), (strategy,)))


def test_the_layers_say_what_is_on_what_is_now_and_what_was_gained(superuser_client: Client, two_layers: None) -> None:
    gains = {
        "first: latency: improvement": summarise([80], "%", Better.HIGHER, 50.0).as_json(),
        "second: latency: improvement": summarise([30], "%", Better.HIGHER, 50.0).as_json(),
        "first: caching: improvement": summarise([44], "%", Better.NEITHER).as_json(),
    }
    BenchmarkRun.objects.create(name="layers", repeats=1, seconds=1, figures=gains)
    first, second = html_of(superuser_client, f"{RUNS}layers/").split("<h2>")[1:]
    assert all(words in first for words in ("First", "80 %", "mark good", "44 %", "12.0 ms", "CACHING=0"))
    assert all(words in second for words in ("Second", "30 %", "mark warn", "The network decides."))


def test_the_product_has_the_four_layers_of_three_strategies_with_their_targets() -> None:
    found = {layer.name: layer for layer in layers.all_layers()}
    assert {name: layer.target for name, layer in found.items()} == {
        "application": 50, "database": 40, "api": 60, "infrastructure": 30,
    }  # fmt: skip
    for layer in found.values():
        assert (len(layer.strategies), len(layer.metrics)) == (3, 2)
        assert all(isinstance(strategy.is_on(), bool) for strategy in layer.strategies)
        assert all(value is None or value >= 0 for value in (metric.now() for metric in layer.metrics))
