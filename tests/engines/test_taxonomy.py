"""The taxonomy as data: the built-in one, one's own, and what is said of one that cannot be used."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.engines.base import THEMES, Item
from analysis.engines.embedded import tables
from analysis.engines.embedded.engine import EmbeddedEngine
from analysis.engines.embedded.phrases import MAX_GAPS, Phrase, fault_of_pattern
from analysis.engines.embedded.taxonomy import Taxonomy, Theme, rule_maker

BUILT_IN = Taxonomy.built_in()
DELIVERY = Theme(
    "delivery", "Entrega", "Delivery", sub_themes=(Theme("delivery.late", "Tarde", "Late", "delivery.delay"),)
)


def with_delivery(*phrases: Phrase) -> Taxonomy:
    return Taxonomy((*BUILT_IN.themes, DELIVERY), (*BUILT_IN.phrases, *phrases))


def label(taxonomy: Taxonomy | None, text: str) -> tuple[dict[str, str], tuple[str, ...]]:
    verdict = EmbeddedEngine(taxonomy=taxonomy).label([Item("1", text)])["1"]
    return {theme.code: theme.sentiment for theme in verdict.themes}, verdict.pain_points


class TestTheBuiltInOne:
    def test_has_the_thirteen_themes_with_names_and_no_fault(self) -> None:
        assert BUILT_IN.codes == THEMES
        assert BUILT_IN.check() == []
        assert {theme.name_in("es-py") for theme in BUILT_IN.themes} >= {"Velocidad", "Otros"}
        assert {theme.name_in("en-gb") for theme in BUILT_IN.themes} >= {"Speed", "Other"}

    def test_is_the_same_after_a_journey_through_json(self) -> None:
        back = Taxonomy.from_plain(json.loads(json.dumps(BUILT_IN.to_plain())))
        assert back == BUILT_IN
        assert back.digest == BUILT_IN.digest
        assert back.is_built_in

    def test_gives_the_engine_the_same_version_in_every_process(self) -> None:
        code = "from analysis.engines.embedded.engine import EmbeddedEngine; print(EmbeddedEngine().version)"
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert other.stdout.strip() == EmbeddedEngine().version == EmbeddedEngine(taxonomy=BUILT_IN).version

    def test_may_have_its_names_mended_without_a_new_version_of_the_engine(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data = shutil.copytree(tables.DATA, tmp_path / "data")
        before = tables.fingerprint()
        monkeypatch.setattr(tables, "DATA", data)
        (data / tables.THEME_NAMES).write_text("# other names\n")
        assert tables.fingerprint() == before
        (data / "themes.tsv").write_text("# other phrases\n")
        assert tables.fingerprint() != before


class TestOneOfOnesOwn:
    def test_labels_with_themes_that_the_engine_never_heard_of(self) -> None:
        taxonomy = with_delivery(
            Phrase("encomienda", "delivery", 1.0), Phrase("encomienda tarde", "delivery.late", 1.0)
        )
        assert taxonomy.check() == []
        assert label(None, "Pésima la encomienda") == label(BUILT_IN, "Pésima la encomienda")
        assert label(taxonomy, "Pésima la encomienda") == ({"delivery": "negative"}, ("delivery",))
        assert label(taxonomy, "Malísimo, llegó la encomienda tarde")[1] == ("delivery.delay",)

    def test_may_take_phrases_away_from_a_built_in_theme(self) -> None:
        taxonomy = replace(
            BUILT_IN, phrases=tuple(one for one in BUILT_IN.phrases if not one.label.startswith("price"))
        )
        assert "price" in label(None, "Es muy caro")[0]
        assert "price" not in label(taxonomy, "Es muy caro")[0]

    def test_gives_the_engine_a_version_of_its_own(self) -> None:
        one, other = with_delivery(), with_delivery(Phrase("encomienda", "delivery", 1.0))
        versions = {EmbeddedEngine(taxonomy=each).version for each in (BUILT_IN, one, other)}
        assert len(versions) == 3
        assert EmbeddedEngine(taxonomy=other).version.endswith(f"-t{other.digest}")

    def test_tells_which_phrases_matched_and_where(self) -> None:
        engine = EmbeddedEngine(taxonomy=with_delivery(Phrase("encomienda|paquete", "delivery", 1.0)))
        text = "El paquete llegó ñembotavy, y es caro"
        found = {text[one.start : one.end]: one.phrase.label for one in engine.phrases_in(text)}
        assert found == {"paquete": "delivery", "caro": "price.expensive"}
        evidence = engine.label([Item("1", text)])["1"].evidence
        assert {text[one.start : one.end] for one in evidence if one.label == "theme:delivery"} == {"paquete"}

    def test_of_another_shape_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no taxonomy"):
            Taxonomy.from_plain({"themes": [{"code": "speed"}], "phrases": []})


@pytest.mark.parametrize(
    ("pattern", "kind"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("a" * 501, "too_long"),
        ("uno dos tres " * 5, "too_many_words"),
        ("[a] " * 7 + "fin", "too_many_optional"),
        ("uno .. dos ... tres .. fin", "too_many_gaps"),
        ("uno ^ dos", "anchor_inside"),
        ("uno $ dos", "anchor_inside"),
        (".. caro", "bad_end"),
        ("caro ..", "bad_end"),
        ("!no caro", "bad_end"),
        ("$", "bad_end"),
        ("[muy caro", "open_bracket"),
        ("muy] caro", "open_bracket"),
        ("caro!", "bad_word"),
        ("c*", "bad_word"),
        ("*", "bad_word"),
        ("ca*ro", "bad_word"),
        ("caro|", "bad_word"),
        ("(caro|lento)+", "bad_word"),
        ("[muy]", "matches_nothing"),
        ("[muy] [re] $", "matches_nothing"),
        ("^ [muy]", "matches_nothing"),
        ("es @nothing_like_it", "bad_pattern"),
    ],
)
def test_a_phrase_that_cannot_work_is_named_with_the_reason(pattern: str, kind: str) -> None:
    fault = fault_of_pattern(pattern, rule_maker())
    assert fault is not None
    assert fault.kind == kind
    taxonomy = with_delivery(Phrase(pattern, "delivery", 1.0))
    assert kind in [each.kind for each in taxonomy.check()]


@pytest.mark.parametrize(
    "pattern",
    ["caro", "pya'e", "señal", "cort*", "lent~", "caro|cara", "[muy] caro", "@should mejorar", "<n> megas", ":slow:",
     "va .. mal", "no ... nunca", "caro !no", "^ caro", "caro $", "*611", "wi-fi"],
)  # fmt: skip
def test_the_whole_language_of_phrases_may_be_used(pattern: str) -> None:
    assert fault_of_pattern(pattern, rule_maker()) is None


def test_every_phrase_of_the_tables_stays_within_the_bounds() -> None:
    assert [fault for one in BUILT_IN.phrases if (fault := fault_of_pattern(one.pattern, rule_maker()))] == []
    assert MAX_GAPS >= 1


@pytest.mark.parametrize(
    ("taxonomy", "kind", "place"),
    [
        (replace(BUILT_IN, themes=BUILT_IN.themes[1:]), "built_in_missing", "speed"),
        (Taxonomy((*BUILT_IN.themes, Theme("Speed", "a", "b")), ()), "bad_code", "Speed"),
        (Taxonomy((*BUILT_IN.themes, Theme("speed", "a", "b")), ()), "code_twice", "speed"),
        (Taxonomy((*BUILT_IN.themes, Theme("food", " ", "b")), ()), "no_name", "food"),
        (Taxonomy((*BUILT_IN.themes, Theme("food", "a", "b", "No food")), ()), "bad_pain_point", "food"),
        (with_delivery(Phrase("pan", "bakery", 1.0)), "unknown_theme", "pan"),
        (with_delivery(Phrase("pan", "delivery", 0.0)), "bad_weight", "pan"),
        (with_delivery(Phrase("pan", "delivery", float("nan"))), "bad_weight", "pan"),
        (with_delivery(Phrase("pan", "delivery", 1.0), Phrase("Pan ", "delivery.late", 0.5)), "phrase_twice", "Pan "),
        (replace(BUILT_IN, phrases=BUILT_IN.phrases * 22), "too_many_phrases", ""),
        (Taxonomy((*BUILT_IN.themes, *(Theme(f"t{n}", "a", "b") for n in range(500))), ()), "too_many_themes", ""),
    ],
)  # fmt: skip
def test_a_taxonomy_that_cannot_be_used_is_told_where_it_fails(taxonomy: Taxonomy, kind: str, place: str) -> None:
    assert (kind, place) in [(fault.kind, fault.place) for fault in taxonomy.check()]
