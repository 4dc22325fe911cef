"""The page of the engine: everything measured is shown to all; supervisors train, activate and go back."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import django_rq
import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from pytest_django import Settings

from analysis import engine_models
from analysis.corrections import correct_comment
from analysis.engine_models import activate
from analysis.engines.evaluation.figures import FIGURES
from analysis.engines.evaluation.paired import differences
from analysis.learning.training import Order, train_candidate
from analysis.models import AnalysisResult, EngineModel, ModelState, Role, Session, Team
from analysis.processing import training
from analysis.routing import releases
from analysis.web import engine, figures, versions
from analysis.web.model_card import built_in_evaluation
from tests import pupil
from tests.factories import add_comments, make_result, make_session, make_user
from tests.web.conftest import browser_of
from tests.web.html import read


@pytest.fixture(autouse=True)
def _class(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The pupil is the engine that the page is about."""
    settings.ENGINES_DIR = tmp_path / "engines"
    for module in (engine, engine_models):
        monkeypatch.setattr(module, "DEFAULT_ENGINE", pupil.NAME)
    for name in ("active_model", "models_of", "previous", "roll_back"):
        monkeypatch.setattr(engine, name, partial(getattr(engine_models, name), name=pupil.NAME))
    monkeypatch.setattr(engine, "request_training", partial(training.request_training, name=pupil.NAME))
    monkeypatch.setattr(engine_models, "differences", partial(differences, resamples=20))
    with pupil.in_class():
        yield
    releases._kept.clear()
    django_rq.get_queue("low").empty()  # type: ignore[no-untyped-call]


@pytest.fixture
def supervisor(team: Team) -> Client:
    return browser_of(make_user(team, Role.SUPERVISOR))


@pytest.fixture
def candidate(team: Team) -> EngineModel:
    """Trained on sixty corrections of the team."""
    user = make_user(team)
    rows = [
        {"text": f"El zorzal número 4{number:03}", "result": {}} for number in range(60)
    ]  # each neutral to the engine
    for comment in add_comments(make_session(team), rows):
        correct_comment(comment=comment, values={"sentiment": "mixed"}, actor=user)
    made = train_candidate(Order(pupil.NAME, 3, 100, resamples=20))
    return pupil.make_model(
        digest=made.digest, version=made.version, weights=made.weights, manifest_text=made.manifest_text,
        sha256=made.sha256, evaluation=made.evaluation, changes=made.changes, corrections_used=60,
    )  # fmt: skip


@pytest.mark.parametrize("role", list(Role))
def test_everybody_reads_all_figures_and_only_supervisors_are_offered_more(team: Team, role: Role) -> None:
    page = browser_of(make_user(team, role)).get(reverse("engine")).content.decode()
    assert page.count("<circle") >= 5
    with override("es"):
        measured = [figures.decimal(one["value"]) for one in built_in_evaluation()["figures"].values()]
    for text in ("Sentimiento, macro-F1", "Emergencias halladas", "CC BY 4.0", *measured):
        assert text in page
    assert page.count('<th scope="row">') >= len(FIGURES) + 4 + 10 + 12
    assert (reverse("engine-train") in page) == (role == Role.SUPERVISOR)


def test_a_candidate_shows_what_moved_what_it_learned_and_what_would_change(
    supervisor: Client, candidate: EngineModel
) -> None:
    page = supervisor.get(reverse("engine-model", args=[candidate.pk])).content.decode()
    for text in ("60 comentarios corregidos", "una de cada cinco", "60 de 60 comentarios", "Neutro", "Mixto", "0,000"):
        assert text in page, text
    assert page.count("/comments/") == 5, "examples lead to comments of the own team"
    assert "Zorzal" not in page


def test_examples_of_another_team_are_not_linked(candidate: EngineModel) -> None:
    stranger = browser_of(make_user(Team.objects.create(name="Others"), Role.SUPERVISOR))
    assert "/comments/" not in stranger.get(reverse("engine-model", args=[candidate.pk])).content.decode()


def test_a_supervisor_activates_and_goes_back(supervisor: Client, candidate: EngineModel) -> None:
    answer = supervisor.post(reverse("engine-activate", args=[candidate.pk]), follow=True)
    assert f"etiqueta la versión {candidate.version}" in answer.content.decode()
    candidate.refresh_from_db()
    assert candidate.state == ModelState.ACTIVE
    asked = supervisor.get(reverse("engine-roll-back"))
    assert [form.attributes.get("method") for form in read(asked).all("form") if "action" not in form.attributes]
    supervisor.post(reverse("engine-roll-back"))
    candidate.refresh_from_db()
    assert candidate.state == ModelState.RETIRED


def test_a_model_that_reads_worse_is_refused_until_a_reason_is_given(supervisor: Client) -> None:
    model = pupil.make_model({"internet": "positive", "no": "positive", "se": "positive"})
    answer = supervisor.post(reverse("engine-activate", args=[model.pk]), follow=True)
    assert "Indique un motivo" in answer.content.decode()
    model.refresh_from_db()
    assert model.state == ModelState.CANDIDATE
    supervisor.post(reverse("engine-activate", args=[model.pk]), {"reason": "Una prueba"})
    model.refresh_from_db()
    assert model.state == ModelState.ACTIVE


def test_damaged_bytes_are_refused_with_a_message(supervisor: Client) -> None:
    model = pupil.make_model({"zorzal": "positive"})
    EngineModel.objects.filter(pk=model.pk).update(weights=b"{}")
    answer = supervisor.post(reverse("engine-activate", args=[model.pk]), follow=True)
    assert "no se puede usar" in answer.content.decode()
    assert not EngineModel.objects.filter(state=ModelState.ACTIVE).exists()


def test_the_page_opens_when_the_active_model_is_damaged_so_that_somebody_can_go_back(supervisor: Client) -> None:
    model = activate(model=pupil.make_model({"zorzal": "positive"}), actor=None, reason="x")
    EngineModel.objects.filter(pk=model.pk).update(weights=b"{}", sha256="0" * 64)
    assert model.version in supervisor.get(reverse("engine")).content.decode()
    supervisor.post(reverse("engine-roll-back"))
    assert not EngineModel.objects.filter(state=ModelState.ACTIVE).exists()


def test_a_training_is_asked_for_and_shown(supervisor: Client, candidate: EngineModel) -> None:
    page = supervisor.post(reverse("engine-train"), follow=True).content.decode()
    assert "Se pidió el entrenamiento" in page
    assert "se pidió un entrenamiento" in page
    again = supervisor.post(reverse("engine-train"), follow=True).content.decode()
    assert "Ya hay un entrenamiento en marcha" in again


def test_with_too_few_corrections_no_button_is_offered(supervisor: Client) -> None:
    page = supervisor.get(reverse("engine-train")).content.decode()
    assert "hacen falta al menos 50" in page
    assert "Solo se corrigieron 0" in supervisor.post(reverse("engine-train"), follow=True).content.decode()


def test_there_is_no_page_of_a_model_that_is_not_there(supervisor: Client, session: Session) -> None:
    assert supervisor.get(reverse("engine-model", args=[session.pk])).status_code == 404


@pytest.fixture
def compared(team: Team) -> Session:
    """Sixty comments, of which a later version reads all but one otherwise."""
    made = make_session(team, engine=pupil.NAME)
    older = {"engine": pupil.NAME, "engine_version": "a", "is_current": False}
    rows = [{"text": f"Zorzal {n}", "result": older} for n in range(60)]
    results = [
        make_result(comment, engine_version="b", sentiment="mixed" if number else "neutral")
        for number, comment in enumerate(add_comments(made, rows))
    ]
    AnalysisResult.objects.bulk_create(results)
    return made


def test_a_click_on_a_number_opens_those_comments(supervisor: Client, compared: Session) -> None:
    url = reverse("session-versions", args=[compared.pk])
    page = supervisor.get(url, {"before": "a", "after": "b"}).content.decode()
    assert "59 de 60 comentarios" in page
    query = {"before": "a", "after": "b", "label": "sentiment", "from": "neutral", "to": "mixed"}
    shown = supervisor.get(url, query).content.decode()
    assert shown.count("/comments/0") == versions.SIZE
    assert "above=51" in shown
    assert supervisor.get(url, query | {"above": "51"}).content.decode().count("/comments/0") == 9


def test_a_version_is_gone_back_to_and_analysed_with_by_a_form(supervisor: Client, compared: Session) -> None:
    supervisor.post(reverse("version-show", args=[compared.pk]), {"version": "a"})
    assert AnalysisResult.objects.filter(session=compared, engine_version="a", is_current=True).count() == 60
    model = activate(model=pupil.make_model({"zorzal": "mixed"}), actor=None, reason="x")
    supervisor.post(reverse("version-analyze", args=[compared.pk]), {"version": model.version})
    compared.refresh_from_db()
    assert (compared.state, compared.engine_version) == ("queued", model.version)


def test_an_unknown_version_to_analyse_with_is_named(supervisor: Client, compared: Session) -> None:
    answer = supervisor.post(reverse("version-analyze", args=[compared.pk]), {"version": "x-y-z-0"}, follow=True)
    assert "no hay una versión «x-y-z-0»" in answer.content.decode()
