"""A run is labelled by one taxonomy, that of its beginning; processes hear of a new one within seconds."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from pytest_django import DjangoAssertNumQueries, Settings

from analysis.engines.base import Item
from analysis.engines.embedded.engine import EmbeddedEngine
from analysis.engines.embedded.taxonomy import Taxonomy
from analysis.intake.uploads import create_session
from analysis.models import AnalysisResult, Chunk, ChunkKind, Role, Session, TaxonomyVersion
from analysis.processing import verbs
from analysis.processing.claim import claim
from analysis.processing.drain import drain, work_on
from analysis.processing.sweep import sweep
from analysis.routing import router, taxonomy
from analysis.routing.releases import engine_for
from analysis.routing.router import engine_version, label_items
from analysis.taxonomies import begin_draft, publish
from tests import factories
from tests.publishing import activate_version, add_theme, publish_draft

TEXT = "Pésima la encomienda"


@pytest.fixture
def drafting(fresh_taxonomy: None) -> User:
    user = factories.make_user(factories.make_team(), Role.SUPERVISOR)
    begin_draft(actor=user)
    return user


@pytest.fixture
def new_session(drafting: User, settings: Settings, tmp_path: object) -> Callable[[int], Session]:
    settings.MEDIA_ROOT = tmp_path
    settings.CHUNK_ROWS = 2

    def make(rows: int) -> Session:
        lines = ["Comentario Final", *(f"{TEXT} {number}" for number in range(rows))]
        upload = io.BytesIO("\n".join(lines).encode())
        return create_session(
            team=drafting.membership.team, user=None, name="s", upload=upload, filename="comments.csv"
        )

    return make


def import_it(session: Session) -> Session:
    """Import and no more: the run is begun, and all its chunks are open."""
    verbs.start_import(session=session, actor=None)
    lease = claim(session.pk, "tester")
    assert lease is not None
    assert lease.is_import
    work_on(lease)
    session.refresh_from_db()
    return session


def label_a_chunk(session: Session) -> None:
    lease = claim(session.pk, "tester")
    assert lease is not None
    work_on(lease)


def finish(session: Session) -> None:
    drain(session.pk, "tester", seconds=30)
    session.refresh_from_db()
    assert session.is_final


def versions_of(session: Session) -> set[str]:
    current = AnalysisResult.objects.filter(session=session, is_current=True)
    return set(current.values_list("engine_version", flat=True))


def themes_of(session: Session) -> set[str]:
    current = AnalysisResult.objects.filter(session=session, is_current=True)
    return {theme["code"] for themes in current.values_list("themes", flat=True) for theme in themes}


class TestARun:
    def test_is_labelled_by_the_taxonomy_it_was_begun_with_whatever_is_published_meanwhile(
        self, drafting: User, new_session: Callable[[int], Session]
    ) -> None:
        add_theme("delivery", "encomienda")
        publish_draft(drafting)
        session = import_it(new_session(6))
        begun_with = session.engine_version
        label_a_chunk(session)
        activate_version(drafting)  # back to the built-in taxonomy
        label_a_chunk(session)
        add_theme("parcels", "encomienda")
        publish_draft(drafting)  # and on to another version
        finish(session)
        assert Chunk.objects.filter(session=session, kind=ChunkKind.ANALYSE).count() == 3
        assert versions_of(session) == {begun_with}
        assert themes_of(session) & {"delivery", "parcels"} == {"delivery"}

    def test_of_the_built_in_taxonomy_stays_with_that(
        self, drafting: User, new_session: Callable[[int], Session]
    ) -> None:
        session = import_it(new_session(4))
        label_a_chunk(session)
        add_theme("delivery", "encomienda")
        publish_draft(drafting)
        finish(session)
        assert versions_of(session) == {EmbeddedEngine().version}
        assert "delivery" not in themes_of(session)

    def test_that_is_new_has_the_new_taxonomy_and_another_version(
        self, drafting: User, new_session: Callable[[int], Session]
    ) -> None:
        session = import_it(new_session(2))
        finish(session)
        add_theme("delivery", "encomienda")
        version = publish_draft(drafting)
        verbs.reanalyze(session=session, actor=drafting)
        finish(session)
        assert session.engine_version.endswith(f"-t{version.digest}")
        assert versions_of(session) == {session.engine_version}
        assert "delivery" in themes_of(session)
        assert AnalysisResult.objects.filter(session=session).count() == 4  # the old ones are kept beside

    def test_of_a_taxonomy_that_is_lost_is_filed_under_what_really_labelled(
        self, drafting: User, new_session: Callable[[int], Session]
    ) -> None:
        add_theme("delivery", "encomienda")
        version = publish_draft(drafting)
        session = import_it(new_session(2))
        Session.objects.filter(pk=session.pk).update(engine_version="1-00000000-t0123456789ab")
        finish(session)
        assert versions_of(session) == {engine_version("embedded")}
        assert engine_version("embedded").endswith(version.digest)


class TestAProcess:
    def test_follows_what_another_one_published(self, drafting: User) -> None:
        kept = taxonomy.current()
        add_theme("delivery", "encomienda")
        version = publish(actor=drafting)
        cache.set(taxonomy.STAMP_KEY, f"1:{version.digest}:1")  # as the other process does
        assert taxonomy.current() is kept  # a second has not passed
        taxonomy._current = replace(kept, look_again=0.0)
        assert taxonomy.active_taxonomy().digest == version.digest
        assert set(label_items([Item("1", TEXT)], engine="embedded")["1"].themes) != set()

    def test_asks_the_database_nothing_while_nothing_changes(
        self, drafting: User, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        add_theme("delivery", "encomienda")
        publish_draft(drafting)
        kept = taxonomy.current()
        taxonomy._current = replace(kept, look_again=0.0)
        with django_assert_num_queries(0):
            assert taxonomy.current().taxonomy is kept.taxonomy

    def test_asks_the_table_where_the_cache_knows_nothing(
        self, drafting: User, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        add_theme("delivery", "encomienda")
        publish(actor=drafting)
        cache.delete(taxonomy.STAMP_KEY)
        taxonomy._current = None
        with django_assert_num_queries(3):  # the stamp, the names of all versions, the active one
            assert taxonomy.current().number == 1
        assert str(cache.get(taxonomy.STAMP_KEY)).startswith("1:")

    def test_hears_from_the_sweeper_what_a_lost_cache_did_not_tell(self, drafting: User) -> None:
        add_theme("delivery", "encomienda")
        publish(actor=drafting)  # and its word is lost: nobody announces it
        assert taxonomy.current().number == 0
        sweep()
        assert taxonomy.current().number == 1

    def test_labels_with_the_built_in_taxonomy_when_a_release_broke_the_active_one(self, drafting: User) -> None:
        plain = Taxonomy.built_in().to_plain()
        plain["phrases"].append(["es @gone", "speed", 1])
        broken = Taxonomy.from_plain(plain)
        TaxonomyVersion.objects.create(number=1, snapshot=plain, digest=broken.digest, is_active=True)
        taxonomy.announce()
        assert taxonomy.active_taxonomy() == broken
        assert engine_version("embedded") == EmbeddedEngine().version
        verdict = label_items([Item("1", "Muy lento")], engine="embedded")["1"]
        assert [theme.code for theme in verdict.themes] == ["speed"]

    def test_makes_one_engine_for_a_taxonomy(self, drafting: User) -> None:
        add_theme("delivery", "encomienda")
        publish_draft(drafting)
        engine, built_in = router.embedded_engine(), engine_for("embedded")
        assert isinstance(built_in, EmbeddedEngine)
        assert router.embedded_engine() is engine
        assert taxonomy.with_themes(built_in, engine.version) is engine
        assert taxonomy.with_themes(built_in, built_in.version) is built_in
