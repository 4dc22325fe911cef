"""A discovery is asked for once, made once, and counts each comment once, whatever happens to its hints and workers."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import django_rq
import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now

from analysis.corrections import correct_comment
from analysis.insights.comments import comments_for
from analysis.insights.filters import CommentFilter
from analysis.models import AuditEntry, Discovery, DiscoveryState, Role, Session, SessionState, Team
from analysis.processing import finding, jobs, verbs
from analysis.processing.claim import renew
from analysis.processing.discoveries import MOST_KEPT, ask, is_stale, latest
from analysis.processing.discovering import discover
from analysis.processing.hints import QUEUES, queued_hints
from analysis.processing.pulse import pulse
from analysis.processing.sweep import sweep
from analysis.processing.verbs import StateError
from tests.factories import add_comments, add_random_comments, make_session, make_team, make_user

SAID = (
    ["se corta todos los dias", "Se corta todos los días", "se cortaa todos los dias", "se corta todos los dias!!"]
    + ["no se corta", "anda bien", "anda mal"]
    + ["muy lento el internet"] * 3
    + ["muy lento el intenet"]
)
OTHER = {"themes": [{"code": "other", "sentiment": "neutral", "confidence": 0.4}]}
PRICE = {"themes": [{"code": "price", "sentiment": "negative", "confidence": 0.9}]}


@pytest.fixture(autouse=True)
def _no_hints() -> Iterator[None]:
    for name in QUEUES:
        django_rq.get_queue(name).empty()  # type: ignore[no-untyped-call]
    yield
    for name in QUEUES:
        django_rq.get_queue(name).empty()  # type: ignore[no-untyped-call]


@pytest.fixture
def session(team: Team) -> Session:
    """Eleven comments that say six things."""
    session = make_session(team)
    add_comments(session, [{"text": text, "result": {}} for text in SAID])
    return session


def made(session: Session, kind: str = "similar", **chosen: Any) -> Discovery:
    """Asked for, and worked on in this process."""
    discovery = ask(session=session, kind=kind, chosen=CommentFilter(session=session.pk, **chosen), actor=None)
    discover(discovery.pk)
    discovery.refresh_from_db()
    return discovery


def behind(discovery: Discovery, number: int) -> int:
    """How many comments a list shows for a group."""
    chosen = CommentFilter.parse({"session": str(discovery.session_id), "group": f"{discovery.pk}:{number}"})
    return comments_for(chosen, sessions=Session.objects.all()).count()


def expire(discovery: Discovery) -> None:
    Discovery.objects.filter(pk=discovery.pk).update(lease_until=Now() - timedelta(seconds=1))


class TestWhatIsFound:
    def test_groups_and_the_rest_are_all_comments_of_the_session(self, session: Session) -> None:
        discovery = made(session)
        assert discovery.state == DiscoveryState.DONE
        assert sorted(row for rows in discovery.members for row in rows) == [*range(1, len(SAID) + 1)]
        assert discovery.result["grouped"] + discovery.result["rest"] == discovery.result["n"] == len(SAID)

    def test_a_groups_number_counts_repeats_and_is_the_number_of_rows_behind_it(self, session: Session) -> None:
        discovery = made(session)
        assert [group["n"] for group in discovery.result["groups"]] == [4, 4]
        assert {group["texts"] for group in discovery.result["groups"]} == {2, 3}
        numbers = [discovery.result["rest"], *(group["n"] for group in discovery.result["groups"])]
        assert [behind(discovery, number) for number in range(3)] == numbers

    def test_numbers_agree_with_lists_in_a_session_of_every_kind_of_comment(self, team: Team) -> None:
        session = make_session(team)
        add_random_comments(session, 300, seed=5)
        for kind in ("similar", "topics"):
            for chosen in ({}, {"sentiment": ("negative",)}):
                discovery = made(session, kind, **chosen)
                numbers = [discovery.result["rest"], *(group["n"] for group in discovery.result["groups"])]
                assert [behind(discovery, number) for number in range(len(numbers))] == numbers
                assert sum(numbers) == discovery.result["n"]

    def test_the_first_example_is_the_wording_of_most(self, session: Session) -> None:
        examples = {SAID[group["examples"][0] - 1] for group in made(session).result["groups"]}
        assert examples == {"se corta todos los dias", "muy lento el internet"}

    def test_a_filter_is_looked_at_alone_and_kept_apart(self, session: Session) -> None:
        lento = made(session, q="lento")
        assert (lento.result["n"], len(lento.result["groups"])) == (4, 1)
        assert lento.query == "q=lento"
        assert made(session).pk != lento.pk
        assert latest(session=session, chosen=CommentFilter(q="lento"))["similar"].pk == lento.pk

    def test_topics_are_looked_for_where_no_theme_says_what_it_is_about(self, team: Team) -> None:
        session = make_session(team)
        general = {"themes": [{"code": "general_satisfaction", "sentiment": "positive", "confidence": 0.5}]}
        shown = general | {"evidence": [{"label": "theme:general_satisfaction", "start": 0, "end": 3}]}
        rows: list[dict[str, Any]] = [{"text": f"el perro de la vereda ladra {n}", "result": OTHER} for n in range(20)]
        rows += [{"text": f"poste inclinado en la esquina {n}", "result": general} for n in range(20)]
        rows += [{"text": "el perro y el precio", "result": PRICE}, {"text": "el perro", "result": shown}]
        rows += [{"text": "perro"}, {"text": "el perro vuelve", "result": OTHER, "human_themes": PRICE["themes"]}]
        add_comments(session, rows)
        found = made(session, "topics").result
        assert (found["n"], found["too_little"]) == (40, False)
        assert {group["words"][0] for group in found["groups"]} <= {
            "perro",
            "vereda",
            "ladra",
            "poste",
            "esquina",
            "inclinado",
        }
        assert [group["n"] for group in found["groups"]] == [20, 20]

    def test_too_little_text_is_said_and_no_topic_invented(self, team: Team) -> None:
        session = make_session(team)
        add_comments(session, [{"text": f"el perro ladra {n}", "result": OTHER} for n in range(29)])
        found = made(session, "topics").result
        assert found == {"too_little": True, "least": 30, "n": 29, "grouped": 0, "rest": 29, "groups": []}

    def test_a_group_of_another_session_or_of_none_has_no_comments(self, session: Session, team: Team) -> None:
        other = make_session(team)
        add_comments(other, [{"text": text} for text in SAID])
        discovery = made(session)
        for group in (f"{discovery.pk}:1", f"{discovery.pk}:99", f"{uuid.uuid4()}:1"):
            chosen = CommentFilter.parse({"session": str(other.pk), "group": group})
            assert comments_for(chosen, sessions=Session.objects.all()).count() == 0


class TestAsking:
    def test_twice_gives_the_same_one_and_a_line_in_the_trail(self, session: Session) -> None:
        actor = make_user(session.team, Role.ANALYST)
        chosen = CommentFilter(session=session.pk)
        one, other = (ask(session=session, kind="similar", chosen=chosen, actor=actor) for _ in range(2))
        assert one.pk == other.pk
        assert AuditEntry.objects.filter(action="session.discover", actor=actor).count() == 1

    def test_puts_a_hint_on_the_queue_when_it_is_committed(
        self, session: Session, django_capture_on_commit_callbacks: Callable[..., Any]
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            discovery = ask(session=session, kind="similar", chosen=CommentFilter(), actor=None)
        assert queued_hints()[str(discovery.pk)] == 1

    @pytest.mark.parametrize("state", [SessionState.RUNNING, SessionState.PAUSED, SessionState.UPLOADED])
    def test_waits_until_the_session_has_ended(self, session: Session, state: SessionState) -> None:
        Session.objects.filter(pk=session.pk).update(state=state)
        with pytest.raises(StateError, match="ended"):
            ask(session=session, kind="similar", chosen=CommentFilter(), actor=None)

    def test_needs_comments_and_a_filter_that_can_be_kept(self, session: Session, team: Team) -> None:
        with pytest.raises(StateError, match="no comments"):
            ask(session=make_session(team), kind="similar", chosen=CommentFilter(), actor=None)
        endless = CommentFilter(region=tuple(f"{n:0200}" for n in range(6)))
        with pytest.raises(StateError, match="too long"):
            ask(session=session, kind="similar", chosen=endless, actor=None)

    def test_after_a_change_of_the_outcome_makes_a_new_one_and_the_old_is_stale(self, session: Session) -> None:
        old = made(session)
        actor = make_user(session.team, Role.ANALYST)
        comment = session.comments.latest("row_number")
        correct_comment(comment=comment, values={"sentiment": "negative"}, actor=actor)
        session.refresh_from_db()
        assert is_stale(old, session)
        new = made(session)
        assert new.pk != old.pk
        assert not is_stale(new, session)
        assert behind(old, 1) == old.result["groups"][0]["n"]

    def test_one_that_failed_is_tried_again(self, session: Session) -> None:
        failed = made(session)
        Discovery.objects.filter(pk=failed.pk).update(state=DiscoveryState.FAILED, attempts=4, error="x")
        assert made(session).state == DiscoveryState.DONE

    def test_only_the_newest_are_kept(self, session: Session) -> None:
        for number in range(MOST_KEPT + 3):
            ask(session=session, kind="similar", chosen=CommentFilter(q=f"palabra{number}"), actor=None)
        assert Discovery.objects.filter(session=session).count() == MOST_KEPT
        assert not Discovery.objects.filter(query="q=palabra0").exists()

    def test_an_import_that_begins_anew_takes_them_along(self, make_session: Callable[..., Session]) -> None:
        session = make_session(["Muy lento"])
        Session.objects.filter(pk=session.pk).update(state=SessionState.FAILED, rows_total=1, comment_count=1)
        session.refresh_from_db()
        Discovery.objects.create(session=session, kind="similar", revision=0)
        verbs.start_import(session=session, actor=None)
        assert not Discovery.objects.exists()


class TestTheWork:
    def test_a_hint_that_comes_twice_finds_nothing_to_claim(self, session: Session) -> None:
        discovery = made(session)
        assert not discover(discovery.pk)
        assert not discover(uuid.uuid4())

    def test_it_is_loaded_and_done_by_the_job_of_the_hint(self, session: Session) -> None:
        discovery = ask(session=session, kind="similar", chosen=CommentFilter(), actor=None)
        jobs.discover_in_session(str(discovery.pk))
        discovery.refresh_from_db()
        assert discovery.state == DiscoveryState.DONE

    def test_whoever_lost_the_lease_writes_nothing(self, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        discovery = ask(session=session, kind="similar", chosen=CommentFilter(), actor=None)
        real = finding.find

        def slow(asked: Discovery) -> finding.Found:
            expire(asked)
            assert sweep() is not None
            return real(asked)

        monkeypatch.setattr(finding, "find", slow)
        assert discover(discovery.pk)
        discovery.refresh_from_db()
        assert (discovery.state, discovery.result) == (DiscoveryState.OPEN, {})

    def test_a_lost_hint_is_sent_again_by_the_sweep_and_only_once(
        self, session: Session, django_capture_on_commit_callbacks: Callable[..., Any]
    ) -> None:
        discovery = ask(session=session, kind="similar", chosen=CommentFilter(), actor=None)
        assert queued_hints()[str(discovery.pk)] == 0
        for _ in range(2):
            with django_capture_on_commit_callbacks(execute=True):
                assert sweep() is not None
        assert queued_hints()[str(discovery.pk)] == 1

    def test_a_killed_workers_discovery_is_opened_and_at_last_given_up(
        self, session: Session, monkeypatch: pytest.MonkeyPatch, settings: Any
    ) -> None:
        discovery = ask(session=session, kind="similar", chosen=CommentFilter(), actor=None)

        def killed(_asked: object) -> None:
            raise OperationalError("the server closed the connection")

        monkeypatch.setattr(finding, "find", killed)
        for attempt in range(1, settings.MAX_ATTEMPTS + 1):
            with pytest.raises(OperationalError):
                discover(discovery.pk)
            discovery.refresh_from_db()
            assert (discovery.state, discovery.attempts) == (DiscoveryState.LEASED, attempt)
            expire(discovery)
            assert sweep() is not None
        discovery.refresh_from_db()
        assert (discovery.state, discovery.error) == (DiscoveryState.FAILED, "worker_died")

    def test_what_cannot_be_computed_fails_with_its_reason(
        self, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def impossible(_asked: object) -> None:
            raise ValueError("no such thing")

        monkeypatch.setattr(finding, "find", impossible)
        discovery = made(session)
        assert (discovery.state, discovery.error) == (DiscoveryState.FAILED, "ValueError: no such thing")
        assert discovery.is_final

    def test_the_heartbeat_prolongs_the_lease_while_it_is_worked_on(
        self, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        discovery = ask(session=session, kind="similar", chosen=CommentFilter(), actor=None)
        real = finding.find

        def look(asked: Discovery) -> finding.Found:
            assert pulse.lease == asked.lease_token
            before = Discovery.objects.get(pk=asked.pk).lease_until
            Discovery.objects.filter(pk=asked.pk).update(lease_until=Now() + timedelta(seconds=1))
            assert pulse.lease is not None
            assert renew(pulse.lease) == 1
            after = Discovery.objects.get(pk=asked.pk).lease_until
            assert before is not None
            assert after is not None
            assert after > before - timedelta(seconds=1)
            return real(asked)

        monkeypatch.setattr(finding, "find", look)
        assert discover(discovery.pk)
        assert pulse.lease is None
        assert renew(uuid.uuid4()) == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_get_the_same_hint_make_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    session = make_session(make_team())
    add_comments(session, [{"text": text} for text in SAID])
    discovery = ask(session=session, kind="similar", chosen=CommentFilter(), actor=None)
    start = threading.Barrier(2)
    done: list[bool] = []

    def work() -> None:
        start.wait(timeout=30)
        done.append(discover(discovery.pk))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(done) == [False, True]
    discovery.refresh_from_db()
    assert (discovery.state, discovery.attempts) == (DiscoveryState.DONE, 1)


def test_whoever_only_asks_or_sweeps_does_not_load_what_only_finding_needs() -> None:
    code = (
        "import django, sys; django.setup();"
        "from analysis.processing import discoveries, jobs, sweep; from analysis.web import urls;"
        "sys.exit('rapidfuzz' in sys.modules)"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "fibercomments.settings"}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
