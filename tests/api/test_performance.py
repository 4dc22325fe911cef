"""``/perf/…``: operators read what was measured; nobody else does."""

from __future__ import annotations

import pytest

from analysis.models import Role, Team
from perf import metrics, tunables
from perf.metrics.sketch import ACCURACY
from perf.models import BenchmarkRun
from perf.tunables import Knob
from tests.api.contract import Api
from tests.factories import make_user
from tests.perf.emptied import no_measures  # noqa: F401 -- a fixture that each test uses
from tests.perf.minutes import clocked, gauged, whole_minute

PATHS = ("overview", "operations", "operations/web.", "gauges", "benchmarks", "tunables")


@pytest.fixture
def operator(team: Team) -> Api:
    return Api(make_user(team, Role.OPERATOR))


@pytest.mark.parametrize("path", PATHS)
def test_is_for_operators(path: str, api: Api, anonymous: Api, operator: Api) -> None:
    clocked("web.home.get", [1.0])
    assert operator.get(f"/perf/{path}").status == 200
    assert (api.get(f"/perf/{path}").status, anonymous.get(f"/perf/{path}").status) == (403, 401)


def test_live_figures_are_those_of_all_processes(operator: Api) -> None:
    for seconds in (0.010, 0.012, 0.400):
        metrics.observe("provider.call", seconds, failed=seconds > 0.1)
    metrics.gauge("queue.high", 7)
    metrics.count("leases_lost", 2)
    metrics.flush()
    told = operator.get("/perf/overview").json
    [one] = [each for each in told["operations"] if each["name"] == "provider.call"]
    assert (told["is_live"], one["calls"], one["errors"], one["max_ms"]) == (True, 3, 1, 400)
    assert one["p50_ms"] == pytest.approx(12, rel=ACCURACY)
    assert (told["gauges"]["queue.high"], told["counters_last_hour"]["leases_lost"]) == (7, 2)


def test_operations_of_a_period_come_by_the_time_they_took(operator: Api) -> None:
    clocked("often", [10.0] * 100)
    clocked("rare", [300.0], errors=1)
    told = operator.get("/perf/operations", period="24h").json
    assert [one["name"] for one in told["operations"]] == ["often", "rare"]
    assert (told["period"]["name"], told["period"]["bucket_seconds"]) == ("24h", 900)


def test_an_operation_is_told_by_bucket(operator: Api) -> None:
    clocked("web.home.get", [10.0] * 9)
    clocked("web.session.get", [500.0])
    both = operator.get("/perf/operations/web.").json["moments"]
    assert len(both) == 60
    assert (both[-1]["calls"], both[0]["p95_ms"]) == (10, None)
    one = operator.get("/perf/operations/web.session.get").json["moments"][-1]
    assert (one["calls"], one["p50_ms"]) == (1, pytest.approx(500, rel=ACCURACY))


@pytest.mark.parametrize("name", ["nothing", "x" * 200, "a%00b", "%25"])
def test_one_that_was_not_called_is_not_there(operator: Api, name: str) -> None:
    assert operator.get(f"/perf/operations/{name}").status == 404


def test_gauges_are_chosen_by_name(operator: Api) -> None:
    gauged("machine.cpu", 0.25, high=0.9)
    gauged("queue.high", 3)
    assert [one["name"] for one in operator.get("/perf/gauges").json["gauges"]] == ["machine.cpu"]
    both = operator.get("/perf/gauges", names="queue., machine.cpu").json["gauges"]
    assert [one["name"] for one in both] == ["machine.cpu", "queue.high"]
    assert both[0]["levels"] == [
        {"start": whole_minute().isoformat().replace("+00:00", "Z"), "mean": 0.25, "high": 0.9}
    ]


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("gauges", {"names": ","}),
        ("gauges", {"names": ",".join("abcdefghijklmnopqrstuvw")}),
        ("operations", {"period": "8d"}),
        ("overview", {"period": "1h"}),
        ("benchmarks", {"page_size": "0"}),
    ],
)
def test_what_is_not_understood_is_refused(operator: Api, path: str, params: dict[str, str]) -> None:
    assert operator.get(f"/perf/{path}", **params).status == 400


def test_benchmarks_come_the_newest_first_in_pages(operator: Api) -> None:
    figure = {"unit": "ms", "better": "lower", "median": 2, "low": 1, "high": 3, "noise": 0.5, "values": [1, 2, 3]}
    change = {"before": 1, "after": 2, "ratio": 2, "verdict": "worse"}
    for number in range(3):
        BenchmarkRun.objects.create(
            name="layers" if number else "engine", repeats=3, seconds=number, figures={"speed": figure},
            changes={"speed": change}, machine={"processor": "M"},
        )  # fmt: skip
    first = operator.get("/perf/benchmarks", page_size="2").json
    assert [run["seconds"] for run in first["results"]] == [2, 1]
    assert first["results"][0]["changes"]["speed"] == {"before": 1, "after": 2, "verdict": "worse"}
    rest = operator.get(first["next"].removeprefix("/api/v1").partition("?")[0], **_query(first["next"])).json
    assert [run["name"] for run in rest["results"]] == ["engine"]
    assert len(operator.get("/perf/benchmarks", name="layers").json["results"]) == 2


def test_knobs_are_told_with_their_bounds(operator: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    nap = Knob("nap", "Nap", "How long", "s", 3, 1, 9, 1)
    monkeypatch.setattr(tunables, "declared", lambda: [nap])
    monkeypatch.setattr(tunables, "value", lambda _name: 3.0)
    [told] = operator.get("/perf/tunables").json["tunables"]
    assert (told["value"], told["low"], told["high"], told["step"], told["unit"]) == (3, 1, 9, 1, "s")


def _query(address: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in address.partition("?")[2].split("&"))
