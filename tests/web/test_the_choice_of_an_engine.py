"""Who labels, whether comments leave the country, and what that may cost, is asked before the work begins."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from analysis.insights.forecast import forecast
from analysis.intake.uploads import create_session
from analysis.models import AuditEntry, Budget, ProviderNode, Session, Team
from analysis.sample import SAMPLE_FILE
from analysis.web import figures
from tests.provider.nodes import _key, make_node  # noqa: F401 - a fixture
from tests.web.html import Element, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_key")]
Finish = Callable[[Session], Session]


@pytest.fixture
def node(db: None) -> ProviderNode:
    return make_node("http://127.0.0.1:9/v1")


@pytest.fixture
def uploaded(team: Team, analyst: User) -> Session:
    with SAMPLE_FILE.open("rb") as upload:
        return create_session(team=team, user=analyst, name="s", upload=upload, filename=SAMPLE_FILE.name)


def form_of(client: Client, name: str, session: Session) -> Element:
    return read(client.get(reverse(name, args=[session.pk])))


def offered(page: Element) -> list[str]:
    return [each.attributes["value"] for each in page.all("input", name="engine")]


def test_without_a_node_nothing_is_asked(client: Client, uploaded: Session) -> None:
    page = form_of(client, "import-start", uploaded)
    assert offered(page) == []
    assert "nada sale de aquí" in page.text


@pytest.mark.parametrize("name", ["import-start", "session-reanalyze"])
def test_engines_that_can_be_used_are_offered(
    name: str, client: Client, uploaded: Session, session: Session, node: ProviderNode
) -> None:
    page = form_of(client, name, uploaded if name == "import-start" else session)
    assert offered(page) == ["embedded", "auto", "llm"]
    assert [each.attributes["value"] for each in page.all("input", name="engine", checked="")] == ["embedded"]
    assert len(page.all("input", name="sends_abroad")) == 1


def test_consent_is_not_asked_for_a_node_in_the_country(client: Client, uploaded: Session, db: None) -> None:
    make_node("http://127.0.0.1:9/v1", is_abroad=False)
    page = form_of(client, "import-start", uploaded)
    assert offered(page) == ["embedded", "auto", "llm"]
    assert page.all("input", name="sends_abroad") == []


def test_without_consent_it_is_refused_with_what_to_do(client: Client, uploaded: Session, node: ProviderNode) -> None:
    answer = client.post(
        reverse("import-start", args=[uploaded.pk]), {"engine": "auto", "on_outage": "wait", "cost_limit": "2,50"}
    )
    assert answer.status_code == 422
    page = read(answer)
    assert "Marque" in page.text
    assert page.one("input", name="engine", checked="").attributes["value"] == "auto"
    assert page.one("input", name="cost_limit").attributes["value"] == "2,50"
    uploaded.refresh_from_db()
    assert (uploaded.state, uploaded.engine) == ("uploaded", "embedded")


def test_what_was_chosen_is_kept_and_noted_with_a_name(
    client: Client, uploaded: Session, node: ProviderNode, analyst: User
) -> None:
    said = {"engine": "auto", "on_outage": "wait", "cost_limit": "2,50", "sends_abroad": "on"}
    answer = client.post(reverse("import-start", args=[uploaded.pk]), said)
    assert answer.headers["Location"] == reverse("progress", args=[uploaded.pk])
    uploaded.refresh_from_db()
    kept = (uploaded.engine, uploaded.sends_abroad, uploaded.on_outage, uploaded.cost_limit)
    assert kept == ("auto", True, "wait", Decimal("2.5"))
    noted = AuditEntry.objects.get(action="session.import", object_id=str(uploaded.pk))
    assert noted.actor_id == analyst.pk
    assert noted.detail["sends_abroad"] == "True"


@pytest.mark.parametrize("amount", ["mucho", "-1", "1e9", "NaN", "1.2.3"])
def test_an_amount_that_is_none_is_refused(amount: str, client: Client, session: Session, node: ProviderNode) -> None:
    said = {"engine": "auto", "sends_abroad": "on", "cost_limit": amount}
    answer = client.post(reverse("session-reanalyze", args=[session.pk]), said)
    assert answer.status_code == 422
    assert "no es un importe" in read(answer).text


def test_a_session_is_analysed_again_with_another_engine(client: Client, session: Session, node: ProviderNode) -> None:
    said = {"engine": "llm", "sends_abroad": "on", "on_outage": "fallback", "cost_limit": ""}
    client.post(reverse("session-reanalyze", args=[session.pk]), said)
    session.refresh_from_db()
    assert (session.engine, session.state, session.sends_abroad) == ("llm", "queued", True)


def test_an_engine_without_a_node_cannot_be_smuggled_in(client: Client, session: Session) -> None:
    answer = client.post(reverse("session-reanalyze", args=[session.pk]), {"engine": "llm", "sends_abroad": "on"})
    assert answer.status_code == 422
    session.refresh_from_db()
    assert session.engine == "embedded"


def test_without_a_word_about_engines_the_session_keeps_its_own(client: Client, session: Session) -> None:
    answer = client.post(reverse("session-reanalyze", args=[session.pk]))
    assert answer.headers["Location"] == reverse("progress", args=[session.pk])


def test_what_each_engine_will_take_is_said_before(client: Client, uploaded: Session, node: ProviderNode) -> None:
    foreseen = {engine: forecast(484, engine) for engine in ("auto", "llm")}
    text = form_of(client, "import-start", uploaded).text
    for one in foreseen.values():
        assert f"Unos {one.items.expected} de 484 comentarios distintos, en {one.calls.expected} llamadas." in text
        assert figures.money(one.cost.expected).replace("\u00a0", " ") in text
    assert "no alcance" not in text
    Budget.objects.create(scope="day", most=foreseen["auto"].cost.low / 2)
    assert "Más de lo que el presupuesto todavía permite" in form_of(client, "import-start", uploaded).text
