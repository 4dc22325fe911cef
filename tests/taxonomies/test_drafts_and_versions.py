"""A draft becomes a version, a version labels, may be taken back in one step, and may become the draft again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection
from pytest_django import DjangoCaptureOnCommitCallbacks

from analysis.access import may_publish_themes
from analysis.engines.embedded.taxonomy import Taxonomy
from analysis.models import AuditEntry, Role, TaxonomyVersion, Theme, ThemePhrase
from analysis.routing.taxonomy import active_taxonomy, current, known_codes
from analysis.taxonomies import (
    BUILT_IN,
    TaxonomyError,
    activate,
    begin_draft,
    draft,
    publish,
    snapshot_of,
)
from tests import factories
from tests.publishing import activate_version, add_theme, publish_draft


def refused(verb: Callable[[], object]) -> TaxonomyError:
    with pytest.raises(TaxonomyError) as raised:
        verb()
    return raised.value


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("created_at").values_list("action", flat=True))


class TestTheDraft:
    def test_begun_from_the_built_in_taxonomy_says_the_same_in_the_same_order(self, drafting: User) -> None:
        assert draft() == Taxonomy.built_in()
        assert draft().digest == Taxonomy.built_in().digest

    def test_begins_again_from_any_version(self, drafting: User) -> None:
        add_theme("delivery", "encomienda")
        version = publish_draft(drafting)
        begin_draft(actor=drafting)
        assert draft() == Taxonomy.built_in()
        begin_draft(actor=drafting, version=version)
        assert draft() == snapshot_of(version) == active_taxonomy()

    def test_labels_nothing_before_it_is_published(self, drafting: User) -> None:
        add_theme("delivery", "encomienda")
        assert active_taxonomy().is_built_in
        assert "delivery" not in known_codes()

    def test_is_missing_until_somebody_begins_it(self, supervisor: User) -> None:
        assert refused(draft).code == "no_draft"
        assert refused(lambda: publish(actor=supervisor)).code == "no_draft"


class TestPublishing:
    def test_makes_the_draft_label(self, drafting: User) -> None:
        add_theme("late", "tarde", parent="customer_service")
        add_theme("delivery", "encomienda")
        version = publish_draft(drafting, note="Parcels")
        assert (version.number, version.note, version.is_active) == (1, "Parcels", True)
        assert (current().number, active_taxonomy().digest) == (1, version.digest)
        assert active_taxonomy().codes[-1] == "delivery"
        assert "customer_service.late" in {theme.code for theme in active_taxonomy().every_theme()}
        assert actions() == ["taxonomy.draft", "taxonomy.publish"]

    def test_is_heard_of_once_it_is_committed(
        self, drafting: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        add_theme("delivery", "encomienda")
        with django_capture_on_commit_callbacks(execute=True):
            publish(actor=drafting)
        assert current().number == 1

    def test_refuses_what_says_nothing_new(self, drafting: User) -> None:
        assert refused(lambda: publish(actor=drafting)).code == "unchanged"
        add_theme("delivery", "encomienda")
        publish_draft(drafting)
        assert refused(lambda: publish(actor=drafting)).code == "unchanged"
        assert TaxonomyVersion.objects.count() == 1

    def test_refuses_a_draft_that_somebody_changed_after_it_was_looked_at(self, drafting: User) -> None:
        add_theme("delivery", "encomienda")
        seen = draft().digest
        add_theme("food", "comida")
        assert refused(lambda: publish(actor=drafting, expected=seen)).code == "changed_meanwhile"
        publish(actor=drafting, expected=draft().digest)

    def test_refuses_a_draft_with_faults_and_names_each(self, drafting: User) -> None:
        add_theme("delivery", "[encomienda", "paquete ..")
        Theme.objects.get(code="speed", parent=None).delete()
        error = refused(lambda: publish(actor=drafting))
        assert [(fault.kind, fault.place) for fault in error.faults] == [
            ("built_in_missing", "speed"),
            ("open_bracket", "[encomienda"),
            ("bad_end", "paquete .."),
        ]
        assert active_taxonomy().is_built_in

    @pytest.mark.django_db(transaction=True)
    def test_of_two_at_once_one_wins_and_the_other_is_told(self, drafting: User) -> None:
        add_theme("delivery", "encomienda")

        def try_it(_number: int) -> str:
            try:
                return str(publish(actor=drafting).number)
            except TaxonomyError as error:
                return error.code
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(try_it, range(2))) == ["1", "unchanged"]


class TestActivating:
    def test_rolls_back_in_one_step_and_forward_again(self, drafting: User) -> None:
        add_theme("delivery", "encomienda")
        first = publish_draft(drafting)
        add_theme("food", "comida")
        second = publish_draft(drafting)
        activate_version(drafting, first)
        assert (current().number, active_taxonomy().codes[-1]) == (1, "delivery")
        assert "food" in draft().codes  # the draft stays as it was
        activate_version(drafting)
        assert (current().number, active_taxonomy()) == (0, Taxonomy.built_in())
        activate_version(drafting, second)
        assert (current().number, active_taxonomy().codes[-1]) == (2, "food")
        last = AuditEntry.objects.order_by("-created_at").first()
        assert last is not None
        assert (last.action, last.detail) == ("taxonomy.activate", {"number": 2, "before": 0})

    def test_refuses_what_is_active_already(self, drafting: User) -> None:
        assert refused(lambda: activate(actor=drafting)).code == "active"
        add_theme("delivery", "encomienda")
        version = publish_draft(drafting)
        assert refused(lambda: activate(actor=drafting, version=version)).code == "active"

    def test_refuses_what_the_engine_of_today_cannot_use(self, drafting: User) -> None:
        plain = Taxonomy.built_in().to_plain()
        plain["phrases"].append(["es @gone", "speed", 1])
        version = TaxonomyVersion.objects.create(number=1, snapshot=plain, digest="0" * 12)
        error = refused(lambda: activate(actor=drafting, version=version))
        assert [fault.kind for fault in error.faults] == ["bad_pattern"]
        assert current().number == 0

    def test_two_versions_are_never_active_together(self, db: None) -> None:
        TaxonomyVersion.objects.create(number=1, snapshot={}, digest="a", is_active=True)
        with pytest.raises(IntegrityError):
            TaxonomyVersion.objects.create(number=2, snapshot={}, digest="b", is_active=True)


def test_a_retired_theme_is_still_known_by_its_name(drafting: User) -> None:
    theme = add_theme("delivery", "encomienda")
    publish_draft(drafting)
    theme.delete()
    add_theme("food", "comida")
    publish_draft(drafting)
    assert "delivery" not in active_taxonomy().codes
    assert known_codes() >= {"delivery", "food", "speed"}
    assert current().known["delivery"].name_es == "delivery (es)"


@pytest.mark.parametrize("role", Role)
def test_only_supervisors_and_superusers_may_publish(db: None, role: Role) -> None:
    team = factories.make_team()
    assert may_publish_themes(factories.make_user(team, role)) == (role == Role.SUPERVISOR)
    assert may_publish_themes(factories.make_user(team, role, superuser=True))


def test_what_stands_for_the_built_in_taxonomy_is_no_row(db: None) -> None:
    assert not TaxonomyVersion.objects.filter(pk=BUILT_IN.pk).exists()
    assert not ThemePhrase.objects.exists()
