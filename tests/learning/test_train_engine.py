"""``manage.py train_engine --with-corrections``: a candidate, measured and reported, and nothing activated by it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from analysis.engines import registry
from analysis.engines.registry import TrainingUnavailable
from analysis.learning.training import Order
from analysis.management.commands import train_engine
from analysis.models import AuditEntry, EngineModel, ModelState, Session
from analysis.routing.router import engine_version, label_texts
from tests.factories import add_comment
from tests.learning.conftest import Correct
from tests.pupil import NAME

pytestmark = pytest.mark.django_db
Run = Callable[..., str]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command on the pupil, with few resamples."""
    monkeypatch.setattr(train_engine, "Order", partial(Order, resamples=20))

    def call(*arguments: str) -> str:
        out = StringIO()
        call_command("train_engine", "--engine", NAME, *arguments, stdout=out, stderr=StringIO())
        return out.getvalue()

    return call


def test_a_candidate_is_stored_measured_and_not_activated(run: Run, correct: Correct) -> None:
    correct(60)
    before = engine_version(NAME)
    run("--with-corrections", "--seed", "7")
    model = EngineModel.objects.get()
    assert (model.state, model.seed, model.corrections_used) == (ModelState.CANDIDATE, 7, 60)
    assert engine_version(NAME) == before
    assert model.evaluation["compared_with"] == before
    assert model.evaluation["gold"]["version"] == model.version
    assert model.evaluation["gold"]["comments"] == 686
    assert model.evaluation["fallen"] == []
    assert model.manifest["seed"] == 7
    assert set(model.manifest["sources"]) == {"corpus", "corrections"}
    assert AuditEntry.objects.get(action="engine.train").detail == {"digest": model.digest, "corrections": 60}


def test_the_candidate_labels_as_people_taught_it(run: Run, correct: Correct) -> None:
    comment = correct(60, sentiment="mixed")[0]
    run("--with-corrections")
    version = EngineModel.objects.get().version
    assert label_texts({"a": comment.text}, engine=NAME, version=version)["a"].sentiment == "mixed"


def test_corrections_held_out_are_measured_by_a_model_that_had_not_seen_them(run: Run, correct: Correct) -> None:
    correct(60, sentiment="mixed")
    run("--with-corrections")
    part = EngineModel.objects.get().evaluation["held_out"]
    found = part["labels"]["sentiment"]
    assert found["comments"] == part["comments"] > 0
    assert found["before"] == found["after"] == 0, "the pupil learns by heart, so it knows nothing of the others"


def test_what_would_change_is_counted_with_ids_and_without_texts(run: Run, correct: Correct, session: Session) -> None:
    taught = correct(55, text="El zorzal número 4{:03}", sentiment="mixed")  # each of them neutral to the engine
    add_comment(session, "Nada que ningún corpus diga así", result={})
    said = run("--with-corrections", "--compare", "1")
    changes = EngineModel.objects.get().changes
    assert (changes["comments"], changes["changed"]) == (56, 55)
    (move,) = changes["labels"]["sentiment"]
    assert (move["from"], move["to"], move["comments"]) == ("neutral", "mixed", 55)
    assert set(move["examples"]) <= {str(comment.pk) for comment in taught}
    assert "neutral -> mixed: 55" in said
    assert "orzal" not in said + str(changes)


def test_the_report_says_what_a_supervisor_must_know(run: Run, correct: Correct) -> None:
    correct(60)
    said = run("--with-corrections")
    for part in ("stored, not activated", "Learned from 60 corrected comments", "sentiment: negative 60",
                 "sentiment macro-F1", "difference (95 %)", "It may be activated",
                 "corrections held out (every fifth), by a model trained on the others"):  # fmt: skip
        assert part in said


def test_too_few_corrections_are_refused_with_the_number_that_is_needed(run: Run, correct: Correct) -> None:
    correct(3)
    with pytest.raises(CommandError, match=r"Only 3 corrected comments.*at least 50 are needed.*--force"):
        run("--with-corrections")
    assert not EngineModel.objects.exists()
    run("--with-corrections", "--force")
    assert EngineModel.objects.get().corrections_used == 3


def test_the_same_model_is_not_stored_twice(run: Run, correct: Correct) -> None:
    correct(60)
    run("--with-corrections")
    with pytest.raises(CommandError, match="is there already"):
        run("--with-corrections")
    assert EngineModel.objects.count() == 1


def test_an_engine_that_does_not_learn_says_so() -> None:
    registry.register("stubborn", lambda _weights: registry.get_engine("embedded"))
    try:
        with pytest.raises(TrainingUnavailable, match="does not learn"):
            registry.trainer("stubborn")
    finally:
        registry.unregister("stubborn")
