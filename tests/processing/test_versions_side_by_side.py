"""A run ends with the version it began with; each version's results are kept; going back is one step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from analysis.engine_models import activate
from analysis.intake.errors import IntakeError
from analysis.models import AnalysisResult, AuditEntry, Comment, EngineModel, Session, SessionState
from analysis.processing import verbs
from analysis.processing.claim import claim
from analysis.processing.drain import drain, work_on
from analysis.processing.verbs import StateError
from analysis.routing import releases
from tests import pupil
from tests.pupil import make_model

pytestmark = pytest.mark.django_db
Make = Callable[..., Session]
Finish = Callable[[Session], Session]
TEXTS = ["Un zorzal canta", "El zorzal no canta", "Llegó el técnico"]


@pytest.fixture(autouse=True)
def _class(tmp_path: Path, settings: Settings) -> Iterator[None]:
    settings.ENGINES_DIR = tmp_path / "engines"
    with pupil.in_class():
        yield
    releases._kept.clear()


@pytest.fixture
def session(make_session: Make) -> Session:
    made = make_session(TEXTS)
    made.engine = pupil.NAME
    made.save()
    return made


@pytest.fixture
def glad(db: None) -> EngineModel:
    """A model that praises every zorzal, active."""
    return activate(model=make_model({"zorzal": "positive"}), actor=None, reason="a test")


@pytest.fixture
def cross(db: None) -> EngineModel:
    return make_model({"zorzal": "negative"})


def labelled(session: Session, **conditions: object) -> list[tuple[str, str]]:
    """(version, sentiment) in the order of the rows."""
    results = AnalysisResult.objects.filter(session=session, **conditions).order_by("comment__row_number")
    return list(results.values_list("engine_version", "sentiment"))


def test_a_run_that_began_before_an_activation_ends_with_one_version(
    session: Session, glad: EngineModel, cross: EngineModel, settings: Settings, make_session: Make
) -> None:
    settings.CHUNK_ROWS = 1
    verbs.start_import(session=session, actor=None)
    drain(session.pk, "importer", seconds=0.0001)
    lease = claim(session.pk, "first")
    assert lease is not None
    work_on(lease)
    assert len(labelled(session)) >= 1, "a part is labelled"

    activate(model=cross, actor=None, reason="a test")
    Comment.objects.filter(session=session).exclude(results__isnull=False).update(status="pending")
    drain(session.pk, "second", seconds=30)
    session.refresh_from_db()

    assert session.state == SessionState.COMPLETED
    assert session.engine_version == glad.version
    assert {version for version, _sentiment in labelled(session)} == {glad.version}
    verbs.reanalyze(session=session, actor=None)
    session.refresh_from_db()
    assert session.engine_version == cross.version, "the next run has the active one"


def test_a_run_whose_version_nobody_has_any_more_is_filed_under_what_labelled(
    session: Session, glad: EngineModel, finish: Finish
) -> None:
    verbs.start_import(session=session, actor=None)
    drain(session.pk, "importer", seconds=0.0001)
    Session.objects.filter(pk=session.pk).update(engine_version="1-feedbeef-00000000-0")
    finish(session)
    assert {version for version, _sentiment in labelled(session)} == {glad.version}


def test_another_version_can_be_asked_for_and_both_results_are_kept(
    session: Session, glad: EngineModel, cross: EngineModel, finish: Finish
) -> None:
    verbs.start_import(session=session, actor=None)
    finish(session)
    Comment.objects.filter(session=session, row_number=1).update(human_sentiment="mixed")

    verbs.reanalyze(session=session, actor=None, version=cross.version)
    finish(session)

    assert session.engine_version == cross.version
    assert labelled(session, is_current=True)[:2] == [(cross.version, "negative")] * 2
    assert labelled(session, is_current=False)[:2] == [(glad.version, "positive")] * 2
    assert Comment.objects.get(session=session, row_number=1).human_sentiment == "mixed"
    entry = AuditEntry.objects.get(action="session.reanalyze")
    assert entry.detail == {"engine": "pupil", "version": cross.version}


def test_going_back_to_a_version_is_one_step_without_an_analysis(
    session: Session, glad: EngineModel, cross: EngineModel, finish: Finish
) -> None:
    verbs.start_import(session=session, actor=None)
    finish(session)
    verbs.reanalyze(session=session, actor=None, version=cross.version)
    finish(session)
    Comment.objects.filter(session=session, row_number=1).update(human_sentiment="mixed")
    revision = session.revision

    back = verbs.show_version(session=session, version=glad.version, actor=None)

    assert (back.engine_version, back.state, back.revision) == (glad.version, SessionState.COMPLETED, revision + 1)
    assert {version for version, _s in labelled(session, is_current=True)} == {glad.version}
    assert len(labelled(session, is_current=True)) == len(TEXTS)
    assert Comment.objects.get(session=session, row_number=1).human_sentiment == "mixed"
    assert verbs.show_version(session=session, version=glad.version, actor=None).engine_version == glad.version


def test_a_comment_that_the_version_never_labelled_keeps_its_result(
    session: Session, glad: EngineModel, cross: EngineModel, finish: Finish
) -> None:
    verbs.start_import(session=session, actor=None)
    finish(session)
    AnalysisResult.objects.filter(session=session, comment__row_number=2).delete()
    verbs.reanalyze(session=session, actor=None, version=cross.version)
    finish(session)
    verbs.show_version(session=session, version=glad.version, actor=None)
    current = [version for version, _s in labelled(session, is_current=True)]
    assert current == [glad.version, cross.version, glad.version]


def test_a_version_that_is_not_there_is_refused(session: Session, glad: EngineModel, finish: Finish) -> None:
    verbs.start_import(session=session, actor=None)
    finish(session)
    with pytest.raises(IntakeError, match="no version") as refused:
        verbs.reanalyze(session=session, actor=None, version="1-feedbeef-00000000-0")
    assert refused.value.code == "unknown_version"
    with pytest.raises(StateError, match="no results in this session"):
        verbs.show_version(session=session, version="1-feedbeef-00000000-0", actor=None)


def test_no_version_is_gone_back_to_while_the_session_is_worked_on(session: Session, glad: EngineModel) -> None:
    verbs.start_import(session=session, actor=None)
    with pytest.raises(StateError, match="Wait until"):
        verbs.show_version(session=session, version=glad.version, actor=None)
