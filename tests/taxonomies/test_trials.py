"""A text is tried, and the comments of the latest sessions are previewed, before anything is published."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.utils import translation

from analysis.engines.embedded.phrases import Fault
from analysis.models import AnalysisResult, Session, Team, Theme
from analysis.taxonomies import TaxonomyError, active_taxonomy, differences, draft, in_words, preview, try_text
from analysis.taxonomies.faults import _MESSAGES
from analysis.taxonomies.trials import MAX_CHARACTERS, MAX_PREVIEW
from tests import factories
from tests.publishing import add_theme


class TestATextTried:
    def test_shows_draft_and_published_answer_with_the_words_that_matched(self, drafting: User) -> None:
        add_theme("delivery", "encomienda")
        tried = try_text("  Pésima la encomienda  ")
        assert tried.text == "Pésima la encomienda"
        assert "delivery" not in {theme.code for theme in tried.active.themes}
        assert tried.draft is not None
        assert [(theme.code, theme.sentiment) for theme in tried.draft.themes] == [("delivery", "negative")]
        (match,) = tried.draft.matches
        assert (tried.text[match.start : match.end], match.phrase.pattern) == ("encomienda", "encomienda")

    def test_has_the_published_answer_alone_without_a_usable_draft(self, supervisor: User) -> None:
        tried = try_text("Muy lento")
        assert tried.draft is None
        assert tried.problem is not None
        assert tried.problem.code == "no_draft"
        assert [theme.code for theme in tried.active.themes] == ["speed"]

    def test_names_what_keeps_the_draft_from_being_tried(self, drafting: User) -> None:
        add_theme("delivery", "[encomienda")
        tried = try_text("Muy lento")
        assert tried.problem is not None
        assert [fault.kind for fault in tried.problem.faults] == ["open_bracket"]


class TestThePreview:
    def test_counts_the_comments_that_change_themes_by_theme(self, drafting: User, team: Team) -> None:
        session = factories.make_session(team)
        factories.add_comments(
            session, [{"text": "Pésima la encomienda"}, {"text": "Muy lento"}, {"text": "Gracias por la encomienda"}]
        )
        add_theme("delivery", "encomienda")
        seen = preview(actor=drafting)
        assert (seen.texts, seen.changed, seen.is_sample, seen.digest) == (3, 2, False, draft().digest)
        by_code = {change.code: (change.before, change.after, change.gained, change.lost) for change in seen.themes}
        assert by_code["delivery"] == (0, 2, 2, 0)
        assert "speed" not in by_code
        assert {example.text for example in seen.examples} == {"Pésima la encomienda", "Gracias por la encomienda"}

    def test_changes_no_result(self, drafting: User, team: Team) -> None:
        session = factories.make_session(team)
        factories.add_comments(session, [{"text": "Pésima la encomienda", "result": {"themes": []}}])
        add_theme("delivery", "encomienda")
        preview(actor=drafting)
        assert AnalysisResult.objects.get().themes == []

    def test_sees_no_comment_of_another_team(self, drafting: User) -> None:
        theirs = factories.make_session(factories.make_team("Theirs"))
        factories.add_comments(theirs, [{"text": "Pésima la encomienda de ellos"}])
        add_theme("delivery", "encomienda")
        seen = preview(actor=drafting)
        assert seen.is_sample
        assert not any("de ellos" in example.text for example in seen.examples)
        with pytest.raises(Session.DoesNotExist):
            preview(actor=drafting, session=theirs)

    def test_reads_so_many_texts_of_the_newest_sessions_and_no_more(self, drafting: User, team: Team) -> None:
        old, new = factories.make_session(team), factories.make_session(team)
        factories.add_comments(old, [{"text": f"Vieja encomienda {n}"} for n in range(50)])
        factories.add_comments(new, [{"text": f"Nueva encomienda {n}"} for n in range(MAX_PREVIEW - 20)])
        add_theme("delivery", "nueva encomienda|vieja")
        seen = preview(actor=drafting)
        assert seen.texts == MAX_PREVIEW
        assert preview(actor=drafting, session=old).texts == 50

    def test_reads_no_more_of_long_comments_than_one_can_wait_for(self, drafting: User, team: Team) -> None:
        long = "palabra " * (MAX_CHARACTERS // 80)
        session = factories.make_session(team)
        factories.add_comments(session, [{"text": f"{long}{number}"} for number in range(14)])
        assert preview(actor=drafting, session=session).texts == 9

    def test_reads_the_sample_where_there_is_no_comment_yet(self, drafting: User) -> None:
        seen = preview(actor=drafting)
        assert seen.is_sample
        assert seen.texts > 400
        assert seen.changed == 0

    def test_is_not_made_of_a_faulty_draft(self, drafting: User) -> None:
        add_theme("delivery", "")
        with pytest.raises(TaxonomyError):
            preview(actor=drafting)


def test_what_was_edited_is_told_by_code(drafting: User) -> None:
    add_theme("delivery", "encomienda", "paquete")
    Theme.objects.filter(code="other", parent=None).update(name_en="The rest")
    Theme.objects.get(parent__code="speed", code="gaming").delete()
    told = differences(active_taxonomy(), draft())
    assert (told.added, told.retired, told.edited) == (("delivery",), ("speed.gaming",), ("other",))
    assert (told.phrases_added, told.phrases_dropped) == (2, 1)


@pytest.mark.parametrize("kind", _MESSAGES)
def test_every_fault_is_a_sentence_in_both_languages(kind: str) -> None:
    said = set()
    for language in ("es", "en"):
        with translation.override(language):
            said.add(in_words(Fault(kind, "caro", "7")))
    assert len(said) == 2
    assert not any("%(" in one for one in said)
