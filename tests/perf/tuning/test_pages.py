"""The tuner's pages: superusers turn, apply, restore and stop; operators look; for others there is nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from perf.models import CounterMinute, GaugeMinute, Tunable, Tuner, TuningDecision
from perf.tuning import verbs
from perf.tuning.replay import replay
from perf.tuning.verbs import Source, State
from tests import factories

pytestmark = pytest.mark.django_db
TUNER, SIMULATION = "/perf/tuner/", "/perf/tuner/simulation/"


@pytest.fixture
def client(knobs: None, person: User) -> Client:
    """A superuser's browser, in English."""
    return opened(person)


@pytest.fixture
def looking(knobs: None) -> Client:
    """The browser of somebody of the staff who may look."""
    user = factories.make_user(None, username="looking")
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.filter(codename__in=("view_tunable", "view_tuningdecision")))
    return opened(user)


def opened(user: User) -> Client:
    client = Client()
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


def pk_of(name: str) -> int:
    return Tunable.objects.get(name=name).pk


def form(name: str, **changes: object) -> dict[str, object]:
    row = Tunable.objects.get(name=name)
    values = {"value": row.value, "low": row.low, "high": row.high, "step": row.step, "mode": row.mode} | changes
    return values | ({"is_frozen": "on"} if values.pop("is_frozen", row.is_frozen) else {})


def decide(**fields: object) -> TuningDecision:
    values = {"old": 20, "new": 25, "source": Source.TUNER, "state": State.SUGGESTED, "reason": "fast_calls"} | fields
    tunable = Tunable.objects.get(name="batch_size")
    return TuningDecision.objects.create(
        tunable=tunable, evidence={"way": "+1", "figures": {"latency_ms": 150}}, **values
    )


class TestTheTunersPage:
    def test_says_what_there_is_in_words(self, client: Client, person: User) -> None:
        verbs.adjust(knob="cache_ttl", actor=person, value=600)
        decide()
        html = client.get(TUNER).content.decode()
        for text in ("At work", "Texts a call", "Calls at once", "Database connections", "600 seconds", "It suggests",
                     "Calls took 150 ms", "Turned by a person."):  # fmt: skip
            assert text in html

    def test_is_two_clicks_away(self, client: Client) -> None:
        assert TUNER in client.get("/admin/").content.decode()
        assert TUNER in client.get("/admin/perf/tunable/").content.decode()

    def test_does_not_exist_for_others(self, looking: Client) -> None:
        stranger = opened(factories.make_user(None, username="stranger"))
        for page in (TUNER, SIMULATION):
            assert stranger.get(page).status_code == 404
            assert looking.get(page).status_code == 200
        assert "Stop the tuner" not in looking.get(TUNER).content.decode()

    def test_takes_nothing_from_who_may_only_look(self, looking: Client) -> None:
        told = decide()
        for action in ("stop", "defaults", "apply", "restore"):
            assert looking.post(TUNER, {"action": action, "decision": told.pk}).status_code == 403
        assert not Tuner.objects.exists()

    def test_stops_it_and_lets_it_go_on(self, client: Client) -> None:
        assert "is stopped" in client.post(TUNER, {"action": "stop"}, follow=True).content.decode()
        assert verbs.is_stopped()
        client.post(TUNER, {"action": "start"})
        assert not verbs.is_stopped()

    def test_applies_and_dismisses(self, client: Client) -> None:
        client.post(TUNER, {"action": "apply", "decision": decide().pk})
        assert Tunable.objects.get(name="batch_size").value == 25
        other = decide(old=25, new=30)
        client.post(TUNER, {"action": "dismiss", "decision": other.pk})
        other.refresh_from_db()
        assert other.state == State.DISMISSED

    def test_says_no_in_words(self, client: Client) -> None:
        stale = decide(old=5, new=10)
        html = client.post(TUNER, {"action": "apply", "decision": stale.pk}, follow=True).content.decode()
        assert "moved meanwhile" in html
        for wrong in ({"action": "explode"}, {"action": "restore"}, {"action": "apply", "decision": "x"}):
            assert "messagelist" in client.post(TUNER, wrong, follow=True).content.decode()
        assert Tunable.objects.get(name="batch_size").value == 20

    def test_restores_in_one_click(self, client: Client, person: User) -> None:
        verbs.adjust(knob="batch_size", actor=person, value=30)
        point = TuningDecision.objects.get()
        verbs.adjust(knob="batch_size", actor=person, value=45)
        client.post(TUNER, {"action": "restore", "decision": point.pk})
        assert Tunable.objects.get(name="batch_size").value == 30
        html = client.get(f"/admin/perf/tuningdecision/{point.pk}/change/").content.decode()
        assert 'value="restore"' in html

    def test_sets_everything_to_its_default(self, client: Client, person: User) -> None:
        verbs.adjust(knob="batch_size", actor=person, value=30)
        client.post(TUNER, {"action": "defaults"})
        assert Tunable.objects.get(name="batch_size").value == 20


class TestAKnobsForm:
    def test_turns_it_for_a_superuser(self, client: Client, person: User) -> None:
        address = f"/admin/perf/tunable/{pk_of('batch_size')}/change/"
        assert client.post(address, form("batch_size", value=35, mode="auto")).status_code == 302
        row = Tunable.objects.get(name="batch_size")
        assert (row.value, row.mode, row.is_set) == (35, "auto", True)
        assert TuningDecision.objects.get().actor == person

    def test_is_closed_to_who_may_only_look(self, looking: Client) -> None:
        address = f"/admin/perf/tunable/{pk_of('batch_size')}/change/"
        assert looking.get(address).status_code == 200
        assert looking.post(address, form("batch_size", value=35)).status_code == 403

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"value": 60, "high": 60}, "Not more than 50"),
            ({"value": 2, "low": 2}, "Not less than 5"),
            ({"value": 45, "high": 40}, "beyond the bounds"),
            ({"step": 0}, "more than 0"),
        ],
    )
    def test_refuses_what_is_not_allowed(self, client: Client, changes: dict[str, object], words: str) -> None:
        address = f"/admin/perf/tunable/{pk_of('batch_size')}/change/"
        assert words in client.post(address, form("batch_size", **changes)).content.decode()
        assert Tunable.objects.get(name="batch_size").value == 20

    def test_holds_a_frozen_knob(self, client: Client) -> None:
        Tunable.objects.filter(name="batch_size").update(is_frozen=True)
        address = f"/admin/perf/tunable/{pk_of('batch_size')}/change/"
        assert "unfreeze it first" in client.post(address, form("batch_size", value=30)).content.decode()
        assert client.post(address, form("batch_size", value=30, is_frozen=False)).status_code == 302

    def test_leaves_a_knob_that_nothing_measures_to_people(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("perf.admin.tuning.measures", dict)
        address = f"/admin/perf/tunable/{pk_of('batch_size')}/change/"
        assert "Nothing is measured" in client.post(address, form("batch_size", mode="auto")).content.decode()


class TestTheReplay:
    def record(self, minutes: int, latency: float) -> None:
        """Full calls of 20 texts, minute after minute."""
        now = timezone.now().replace(second=0, microsecond=0)
        for number in range(1, minutes + 1):
            minute = now - timedelta(minutes=number)
            calls = 600
            for name, n in {
                "provider.calls": calls, "provider.answered": calls * 20, "provider.us": calls * latency * 1e6,
                "pipeline.waiting.us": calls * latency * 1e6, "batches.sent": calls, "batches.full": calls,
            }.items():  # fmt: skip
                CounterMinute.objects.create(name=name, minute=minute, n=int(n))
            GaugeMinute.objects.create(name="machine.cpu", minute=minute, samples=1, mean=0.5, low=0.5, high=0.5)

    def test_says_what_it_would_have_turned(self, client: Client) -> None:
        self.record(60, latency=0.1)
        told = replay()
        assert told.minutes == 60
        first = next(turn for turn in told.turns if turn.knob == "batch_size")
        assert (first.old, first.new, first.reason) == (20, 25, "fast_calls")
        html = client.get(SIMULATION).content.decode()
        assert "Calls took 100 ms" in html
        assert not TuningDecision.objects.exists()
        assert Tunable.objects.get(name="batch_size").value == 20

    def test_of_a_day_without_traffic_is_empty(self, client: Client) -> None:
        assert replay().turns == ()
        assert "It would have turned nothing." in client.get(SIMULATION).content.decode()

    def test_is_told_on_the_command_line(self, knobs: None, capsys: pytest.CaptureFixture[str]) -> None:
        from django.core.management import call_command

        self.record(60, latency=0.1)
        call_command("tune", "--simulate")
        assert "20 -> 25" in capsys.readouterr().out
        call_command("tune")
        assert "batch_size" in capsys.readouterr().out
