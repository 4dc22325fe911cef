"""A version that is asked for labels, the active one where none is, and damaged bytes never do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from analysis import engine_models
from analysis.engine_models import ModelError, activate, roll_back
from analysis.engines.base import EngineError
from analysis.models import AuditEntry, EngineModel, ModelState
from analysis.routing import releases
from analysis.routing.releases import engine_for, is_known
from analysis.routing.router import engine_version, label_texts
from analysis.routing.weights import WEIGHTS_FILE, DamagedModel, folder_of
from fibercomments.servers.places import PROJECT
from tests.database import address
from tests.factories import make_team, make_user
from tests.pupil import NAME, make_model

pytestmark = pytest.mark.django_db
TEXT = {"a": "Un zorzal en casa"}


def sentiment(version: str = "") -> str:
    return label_texts(TEXT, engine=NAME, version=version)["a"].sentiment


def test_without_an_active_model_the_engine_labels_with_what_it_came_with() -> None:
    make_model({"zorzal": "positive"})
    assert sentiment() == "neutral"


def test_an_activated_model_labels_at_once_and_is_gone_back_from_in_one_step() -> None:
    model = make_model({"zorzal": "positive"})
    activate(model=model, actor=None)
    assert (sentiment(), engine_version(NAME)) == ("positive", model.version)
    assert roll_back(actor=None, name=NAME) is None
    assert sentiment() == "neutral"


def test_what_was_active_before_is_gone_back_to() -> None:
    first, second = make_model({"zorzal": "positive"}), make_model({"zorzal": "mixed"})
    activate(model=first, actor=None)
    activate(model=second, actor=None)
    assert sentiment() == "mixed"
    assert roll_back(actor=None, name=NAME) == first
    assert sentiment() == "positive"
    states = dict(EngineModel.objects.values_list("digest", "state"))
    assert states == {first.digest: ModelState.ACTIVE, second.digest: ModelState.RETIRED}


def test_going_back_twice_returns_to_where_one_was() -> None:
    model = make_model({"zorzal": "positive"})
    activate(model=model, actor=None)
    roll_back(actor=None, name=NAME)
    assert roll_back(actor=None, name=NAME) == model
    assert sentiment() == "positive"


def test_with_nothing_before_there_is_nothing_to_go_back_to() -> None:
    with pytest.raises(ModelError, match="nothing to go back to"):
        roll_back(actor=None, name=NAME)
    assert engine_models.previous(NAME) == (False, None)


def test_a_version_that_is_asked_for_labels_whichever_is_active() -> None:
    old, new = make_model({"zorzal": "positive"}), make_model({"zorzal": "mixed"})
    activate(model=new, actor=None)
    assert sentiment(old.version) == "positive"
    assert sentiment(engine_for(NAME, "1-feedbeef-00000000-0").version) == "mixed", "unknown: the active one"
    assert is_known(NAME, old.version)
    assert not is_known(NAME, "1-feedbeef-00000000-0")


def test_a_model_is_known_under_other_rules_and_files_its_results_under_its_own_version() -> None:
    model = make_model({"zorzal": "positive"})
    assert engine_version(NAME, f"0-00000000-{model.digest}-0") == model.version


def test_who_activated_what_and_what_was_before_stands_in_the_trail() -> None:
    user = make_user(make_team())
    first, second = make_model({"zorzal": "positive"}), make_model({"zorzal": "mixed"})
    activate(model=first, actor=user)
    activate(model=second, actor=user)
    roll_back(actor=user, name=NAME)
    trail = AuditEntry.objects.order_by("created_at").values_list("action", "actor", "detail__before", "detail__after")
    assert list(trail) == [
        ("engine.activate", user.pk, "built-in", first.digest),
        ("engine.activate", user.pk, first.digest, second.digest),
        ("engine.roll_back", user.pk, second.digest, first.digest),
    ]
    first.refresh_from_db()
    assert first.activated_by == user


def test_a_model_that_reads_worse_beyond_chance_needs_a_reason() -> None:
    model = make_model({"internet": "positive", "no": "positive", "se": "positive"})
    with pytest.raises(ModelError, match="sentiment macro-F1") as refused:
        activate(model=model, actor=None)
    assert refused.value.code == "reads_worse"
    assert not EngineModel.objects.filter(state=ModelState.ACTIVE).exists()
    activate(model=model, actor=None, reason="A trial of one day")
    entry = AuditEntry.objects.get(action="engine.activate")
    assert entry.detail["reason"] == "A trial of one day"
    assert "sentiment macro-F1" in entry.detail["fallen"]


def test_what_was_measured_against_the_active_version_is_not_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = {"compared_with": engine_version(NAME), "fallen": ["p0 recall"]}
    monkeypatch.setattr(engine_models, "read_labelled", None)
    with pytest.raises(ModelError, match="p0 recall"):
        activate(model=make_model({"zorzal": "positive"}, evaluation=measured), actor=None)


@pytest.mark.parametrize("state", [ModelState.TRAINING, ModelState.FAILED])
def test_what_is_not_trained_is_not_activated(state: ModelState) -> None:
    with pytest.raises(ModelError, match="not trained"):
        activate(model=make_model({"zorzal": "positive"}, state=state), actor=None)


def test_damaged_bytes_are_refused_and_the_active_model_stays() -> None:
    good, damaged = make_model({"zorzal": "positive"}), make_model({"zorzal": "mixed"})
    activate(model=good, actor=None)
    EngineModel.objects.filter(pk=damaged.pk).update(weights=b'{"words": {"zorzal": "negative"}}')
    with pytest.raises(ModelError, match="damaged: train it again") as refused:
        activate(model=EngineModel.objects.get(pk=damaged.pk), actor=None)
    assert refused.value.code == "damaged"
    assert sentiment() == "positive"
    with pytest.raises(EngineError, match="damaged"):
        engine_for(NAME, damaged.version)


def test_going_back_to_damaged_bytes_is_refused_and_the_active_model_stays() -> None:
    first, second = make_model({"zorzal": "positive"}), make_model({"zorzal": "mixed"})
    activate(model=first, actor=None)
    activate(model=second, actor=None)
    EngineModel.objects.filter(pk=first.pk).update(weights=None)
    with pytest.raises(ModelError, match="damaged"):
        roll_back(actor=None, name=NAME)
    assert sentiment() == "mixed"


def test_bytes_that_are_another_model_are_refused() -> None:
    model = make_model({"zorzal": "positive"})
    model.digest = "0badc0de"
    with pytest.raises(DamagedModel, match="call themselves"):
        releases.load(model)


def test_weights_are_written_once_and_again_when_the_file_is_damaged() -> None:
    model = make_model({"zorzal": "positive"})
    place = folder_of(model)
    written = (place / WEIGHTS_FILE).stat().st_ino
    assert (folder_of(model) / WEIGHTS_FILE).stat().st_ino == written
    (place / WEIGHTS_FILE).write_bytes(b"half of")
    assert folder_of(model) == place
    assert (place / WEIGHTS_FILE).read_bytes() == bytes(model.weights or b"")
    assert [path.name for path in place.parent.iterdir()] == [place.name], "nothing is left beside it"


def test_only_so_many_engines_are_kept_in_a_process() -> None:
    models = [make_model({"zorzal": word}) for word in ("positive", "negative", "mixed", "neutral")]
    engines = [engine_for(NAME, model.version) for model in models]
    assert engine_for(NAME, models[-1].version) is engines[-1]
    assert engine_for(NAME, models[0].version) is not engines[0]


def test_a_process_asks_every_few_seconds_which_model_is_active(
    settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.ENGINE_SEEN_SECONDS = 3600
    engine_for(NAME)
    with django_assert_num_queries(0):
        engine_for(NAME)
    at, digest = releases._seen[NAME]
    releases._seen[NAME] = (at - 3600, digest)
    with django_assert_num_queries(1):
        engine_for(NAME)


WATCH = """
import django; django.setup()
from analysis.engines import registry
from tests import pupil
registry.register(pupil.NAME, pupil.Pupil, pupil.train)
from analysis.routing.router import engine_version, label_texts
for _line in iter(input, "end"):
    version = engine_version(pupil.NAME)
    print(version, label_texts({"a": "Un zorzal en casa"}, engine=pupil.NAME)["a"].sentiment, flush=True)
"""


@pytest.mark.django_db(transaction=True)
def test_two_other_processes_see_an_activation_and_a_roll_back_without_a_restart(tmp_path: Path) -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "fibercomments.settings",
        "DATABASE_URL": address(),
        "ENGINES_DIR": str(tmp_path / "shared"),
        "ENGINE_SEEN_SECONDS": "0.2",
    }
    others = [
        subprocess.Popen([sys.executable, "-c", WATCH], cwd=PROJECT, env=environment, text=True,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _number in range(2)
    ]  # fmt: skip
    model = make_model({"zorzal": "positive"})
    try:
        assert all(said(other).endswith("neutral") for other in others)
        activate(model=model, actor=None)
        assert all(comes_to_say(other, f"{model.version} positive") for other in others)
        roll_back(actor=None, name=NAME)
        assert all(comes_to_say(other, f"{engine_version(NAME)} neutral") for other in others)
        assert len(list((tmp_path / "shared").iterdir())) == 1, "both read one file"
    finally:
        for other in others:
            other.communicate("end\n", timeout=30)


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("?\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def comes_to_say(process: subprocess.Popen[str], wanted: str) -> bool:
    """Ask until the answer is the wanted one, at most ten seconds long."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if said(process) == wanted:
            return True
    return False
