"""Supervisors edit, try, publish and take back the taxonomy; analysts read it; for all others it is not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoCaptureOnCommitCallbacks

from analysis.models import AuditEntry, Role, TaxonomyVersion, Team, Theme, ThemePhrase
from analysis.routing.taxonomy import current
from analysis.taxonomies import BUILT_IN, begin_draft, draft
from tests import factories
from tests.admin.conftest import Open
from tests.publishing import activate_version, add_theme, publish_draft

TRY, DRAFT = "/admin/analysis/theme/try/", "/admin/analysis/theme/draft/"
PUBLISH, ACTIVATE = "/admin/analysis/taxonomyversion/publish/", "/admin/analysis/taxonomyversion/activate/"
LISTS = ["/admin/analysis/theme/", "/admin/analysis/themephrase/", "/admin/analysis/taxonomyversion/"]


@pytest.fixture(autouse=True)
def _english(fresh_taxonomy: None) -> Iterator[None]:
    with translation.override("en"):
        yield


def member(team: Team, role: Role) -> User:
    user = factories.make_user(team, role)
    user.is_staff = True
    user.save()
    return user


@pytest.fixture
def supervisor(team: Team) -> User:
    user = member(team, Role.SUPERVISOR)
    begin_draft(actor=user)
    return user


@pytest.fixture
def browser(supervisor: User, as_user: Open) -> Client:
    client = as_user(supervisor)
    client.cookies["django_language"] = "en"
    return client


def said(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def theme_form(theme: Theme, *phrases: tuple[str, str], **values: str) -> dict[str, str]:
    """The form of a theme without phrases of its own, with new ones."""
    data = {"parent": "", "code": theme.code, "name_es": theme.name_es, "name_en": theme.name_en, "pain_point": ""}
    data |= {"phrases-TOTAL_FORMS": str(len(phrases)), "phrases-INITIAL_FORMS": "0"}
    for place, (pattern, weight) in enumerate(phrases):
        data |= {f"phrases-{place}-pattern": pattern, f"phrases-{place}-weight": weight}
    return data | values


def change(theme: Theme) -> str:
    return reverse("admin:analysis_theme_change", args=[theme.pk])


class TestThemes:
    def test_are_edited_with_their_phrases_and_written_down(self, browser: Client) -> None:
        theme = add_theme("delivery")
        data = theme_form(theme, ("  encomienda   tarde ", "1"), ("paquet*", "0.5"), name_en="Parcels")
        browser.post(change(theme), data)
        theme.refresh_from_db()
        assert theme.name_en == "Parcels"
        assert list(theme.phrases.values_list("pattern", "weight")) == [("encomienda tarde", 1.0), ("paquet*", 0.5)]
        trail = AuditEntry.objects.filter(object_id=str(theme.pk)).values_list("action", "detail")
        assert dict(trail) == {
            "theme.change": {"fields": ["name_en"]},
            "theme.phrases": {"added": 2, "changed": 0, "deleted": 0},
        }

    @pytest.mark.parametrize(
        ("pattern", "hint"),
        [("[muy caro", "a bracket is left open"), ("c*", "can never match"), (".. caro", "must begin with a word")],
    )
    def test_say_what_is_wrong_with_a_phrase_and_what_phrases_are_made_of(
        self, browser: Client, pattern: str, hint: str
    ) -> None:
        theme = add_theme("delivery")
        page = said(browser.post(change(theme), theme_form(theme, (pattern, "1"))))
        assert hint in page
        assert "What phrases are made of" in page
        assert not theme.phrases.exists()

    @pytest.mark.parametrize("weight", ["0", "-1", "4", "nan", "x"])
    def test_take_no_weight_that_is_out_of_the_scale(self, browser: Client, weight: str) -> None:
        theme = add_theme("delivery")
        assert "errorlist" in said(browser.post(change(theme), theme_form(theme, ("caro", weight))))

    @pytest.mark.parametrize("code", ["Speed", "1a", "a.b", "a b", "ñandu"])
    def test_take_no_code_that_programs_could_stumble_over(self, browser: Client, code: str) -> None:
        theme = add_theme("delivery")
        assert "A small letter first" in said(browser.post(change(theme), theme_form(theme, code=code)))

    def test_have_each_code_once(self, browser: Client) -> None:
        theme = add_theme("delivery")
        assert "errorlist" in said(browser.post(change(theme), theme_form(theme, code="speed")))

    def test_go_no_deeper_than_two_levels(self, browser: Client) -> None:
        speed = Theme.objects.get(code="speed", parent=None)
        fast = speed.sub_themes.get(code="fast")
        theme = add_theme("delivery")
        assert "errorlist" in said(browser.post(change(theme), theme_form(theme, parent=str(fast.pk))))
        add_theme("late", parent="delivery")
        page = said(browser.post(change(theme), theme_form(theme, parent=str(speed.pk))))
        assert "it cannot be a sub-theme" in page

    def test_that_are_built_in_keep_their_code_and_stay(self, browser: Client) -> None:
        speed = Theme.objects.get(code="speed", parent=None)
        browser.post(change(speed), theme_form(speed, code="haste", name_en="Pace"))
        speed.refresh_from_db()
        assert (speed.code, speed.name_en) == ("speed", "Pace")
        remove = reverse("admin:analysis_theme_delete", args=[speed.pk])
        assert browser.post(remove, {"post": "yes"}).status_code == 403
        chosen = {"action": "delete_selected", "_selected_action": [str(speed.pk)], "post": "yes"}
        assert browser.post("/admin/analysis/theme/", chosen).status_code == 403
        assert Theme.objects.filter(pk=speed.pk).exists()

    def test_of_ones_own_go_with_their_sub_themes_and_phrases(self, browser: Client) -> None:
        theme = add_theme("delivery", "encomienda")
        add_theme("late", "tarde", parent="delivery")
        browser.post(reverse("admin:analysis_theme_delete", args=[theme.pk]), {"post": "yes"})
        assert not Theme.objects.filter(code__in=["delivery", "late"]).exists()
        assert not ThemePhrase.objects.filter(pattern="encomienda").exists()


class TestTryingAText:
    def test_marks_the_words_for_the_draft_beside_what_is_published(self, browser: Client) -> None:
        add_theme("delivery", "encomienda")
        page = said(browser.post(TRY, {"text": "Pésima la encomienda <b>"}))
        assert page.count('<mark title="delivery">encomienda</mark>') == 1
        assert "delivery (en)" in page
        assert "&lt;b&gt;" in page
        assert page.index("Published: the built-in taxonomy") < page.index("<h2>Draft</h2>")

    def test_names_the_faults_of_the_draft(self, browser: Client) -> None:
        add_theme("delivery", "[encomienda", "")
        page = said(browser.post(TRY, {"text": "Muy lento"}))
        assert "a bracket is left open" in page
        assert "A phrase is empty" in page
        assert "<h2>Draft</h2>" not in page

    @pytest.mark.parametrize("text", ["", "  ", "a" * 5001])
    def test_asks_for_a_text_of_a_comments_length(self, browser: Client, text: str) -> None:
        assert "errorlist" in said(browser.post(TRY, {"text": text}))


class TestPublishing:
    def test_shows_first_what_changes_and_then_does_it(
        self, browser: Client, team: Team, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        factories.add_comments(factories.make_session(team), [{"text": "Pésima la encomienda"}, {"text": "Lento"}])
        add_theme("delivery", "encomienda")
        page = said(browser.get(PUBLISH))
        assert "Of 2 texts, 1 would get other themes." in page
        assert "Pésima la encomienda" in page
        assert not TaxonomyVersion.objects.exists()
        with django_capture_on_commit_callbacks(execute=True):
            answer = browser.post(PUBLISH, {"note": "Parcels", "digest": draft().digest}, follow=True)
        assert "Version 1 labels from now on" in said(answer)
        assert (current().number, TaxonomyVersion.objects.get().note) == (1, "Parcels")

    def test_of_a_draft_that_was_changed_since_is_refused(self, browser: Client) -> None:
        add_theme("delivery", "encomienda")
        seen = draft().digest
        add_theme("food", "comida")
        assert "was changed meanwhile" in said(browser.post(PUBLISH, {"note": "", "digest": seen}, follow=True))
        assert not TaxonomyVersion.objects.exists()

    def test_offers_no_button_for_a_draft_that_says_nothing_new(self, browser: Client) -> None:
        page = said(browser.get(PUBLISH))
        assert "The draft says what is published already." in page
        assert 'name="digest"' not in page

    def test_says_what_is_to_be_mended_first(self, browser: Client) -> None:
        add_theme("delivery", "[encomienda")
        page = said(browser.get(PUBLISH))
        assert "a bracket is left open" in page
        assert 'name="digest"' not in page


class TestVersions:
    @pytest.fixture
    def version(self, supervisor: User) -> TaxonomyVersion:
        add_theme("delivery", "encomienda")
        return publish_draft(supervisor, note="Parcels")

    def test_are_taken_back_in_one_step_and_forth_again(
        self,
        browser: Client,
        version: TaxonomyVersion,
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            page = said(browser.post(ACTIVATE, {"version": "0"}, follow=True))
        assert "What labels now: the built-in taxonomy." in page
        assert f'href="{ACTIVATE}?version=1"' in page
        assert '<option value="1" selected>' in said(browser.get(ACTIVATE, {"version": "1"}))
        with django_capture_on_commit_callbacks(execute=True):
            browser.post(ACTIVATE, {"version": "1"})
        assert current().number == 1

    def test_that_are_not_there_or_active_already_are_not_activated(
        self, browser: Client, version: TaxonomyVersion
    ) -> None:
        assert "errorlist" in said(browser.post(ACTIVATE, {"version": "7"}))
        assert "This version is active already." in said(browser.post(ACTIVATE, {"version": "1"}))

    def test_can_be_the_draft_again(self, browser: Client, supervisor: User, version: TaxonomyVersion) -> None:
        begin_draft(actor=supervisor)
        assert "delivery" not in draft().codes
        browser.post(DRAFT, {"version": "1"})
        assert draft().digest == version.digest
        browser.post(DRAFT, {"version": "0"})
        assert draft().digest == BUILT_IN.digest

    def test_are_neither_changed_nor_deleted_by_anybody(
        self, superuser: User, version: TaxonomyVersion, as_user: Open
    ) -> None:
        client = as_user(superuser)
        for page in ("change", "delete"):
            address = reverse(f"admin:analysis_taxonomyversion_{page}", args=[version.pk])
            assert client.post(address, {"post": "yes", "note": "x"}).status_code == 403


class TestWhoMay:
    def test_analysts_read_and_try_and_no_more(self, supervisor: User, team: Team, as_user: Open) -> None:
        add_theme("delivery", "encomienda")
        version = publish_draft(supervisor)
        activate_version(supervisor)
        client = as_user(member(team, Role.ANALYST))
        for page in LISTS:
            assert "analysis" in said(client.get(page))
        assert "encomienda" in said(client.post(TRY, {"text": "Pésima la encomienda"}))
        assert ACTIVATE not in said(client.get(LISTS[2]))
        assert PUBLISH not in said(client.get(LISTS[0]))
        for page in (PUBLISH, ACTIVATE, DRAFT):
            assert client.get(page).status_code == 403
            assert client.post(page, {"version": "1", "digest": draft().digest}).status_code == 403
        theme = Theme.objects.get(code="delivery")
        assert client.post(change(theme), theme_form(theme, name_en="Mine")).status_code == 403
        assert client.get("/admin/analysis/theme/add/").status_code == 403
        assert current().number == 0
        assert not TaxonomyVersion.objects.get(pk=version.pk).is_active

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.INTEGRATOR])
    def test_other_members_of_the_staff_find_nothing(
        self, supervisor: User, team: Team, as_user: Open, role: Role
    ) -> None:
        client = as_user(member(team, role))
        for page in (*LISTS, TRY, PUBLISH, ACTIVATE, DRAFT):
            assert client.get(page).status_code == 403, page
            assert client.post(page, {"version": "0", "text": "x"}).status_code == 403, page

    def test_supervisors_who_are_no_staff_do_not_come_in(self, team: Team, as_user: Open) -> None:
        client = as_user(factories.make_user(team, Role.SUPERVISOR))
        for page in (*LISTS, TRY, PUBLISH, ACTIVATE, DRAFT):
            assert client.get(page, follow=True).status_code == 403, page

    def test_the_index_leads_a_supervisor_there(self, browser: Client) -> None:
        page = said(browser.get("/admin/"))
        for address in LISTS:
            assert address in page
        assert "There is no draft yet" not in said(browser.get(LISTS[0]))

    def test_without_a_draft_the_list_leads_to_one(self, browser: Client) -> None:
        Theme.objects.all().delete()
        assert f'href="{DRAFT}"' in said(browser.get(LISTS[0]))
        assert "There is no draft yet" in said(browser.get(PUBLISH))
