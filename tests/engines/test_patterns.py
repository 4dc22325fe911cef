"""The pattern language of the tables means what its description says."""

from __future__ import annotations

import pytest

from analysis.engines.embedded.patterns import RuleIndex, RuleMaker
from analysis.engines.embedded.tables import TableError

MAKER = RuleMaker(frozenset({"no", "sin"}))


def matches(pattern: str, words: str) -> bool:
    """Say whether `pattern` matches at the first word, by the index and by the rule itself."""
    rule = MAKER.make("test", pattern, "x", 1.0)
    joined = f"{words} "
    first, _, rest = words.partition(" ")
    if rule not in RuleIndex([rule]).starting_with(first):
        return False
    found = rule.end(joined, 0) > 0
    if found and not rule.is_one_word:
        assert rule.may_go_on(rest.split(" ")[0])
    return found


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("lento", "lento"),
        ("lent~", "lentisima"),
        ("problem*", "problematico"),
        ("sin problem*|corte*", "sin cortes"),
        ("no [me|nos] llega", "no me llega"),
        ("no [me|nos] llega", "no llega"),
        ("[muy] lento", "muy lento"),
        ("[muy] lento", "lento"),
        ("<n> dias", "3 dias"),
        ("@time sin", "dias sin"),
        ("que .. sin", "que bueno estar sin"),
        ("excelente ... sin", "excelente . ya van dos dias sin"),
        ("bueno bonito", "bueno , bonito"),
        ("nada $", "nada . ."),
        ("mejor !que", "mejor servicio"),
        ("mba'eve", "mbaeve"),
        ("SEÑAL", "senal"),
    ],
)
def test_a_pattern_matches_what_it_describes(pattern: str, words: str) -> None:
    assert matches(pattern, words)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("lento", "lentos"),
        ("mejor", "mejorar"),
        ("lent~", "lentitud"),
        ("sin problem*", "sin . problemas"),
        ("que .. sin", "que . sin"),
        ("que .. sin", "que a b c d sin"),
        ("nada $", "nada mas"),
        ("mejor !que", "mejor que"),
        ("<n> dias", "x dias"),
    ],
)
def test_a_pattern_matches_nothing_else(pattern: str, words: str) -> None:
    assert not matches(pattern, words)


@pytest.mark.parametrize("pattern", ["[a", "@nowhere", "a||b", "..", "^", "$", ".. sin", "a ! b"])
def test_a_pattern_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(TableError):
        MAKER.make("test", pattern, "x", 1.0)


def test_a_rule_knows_whether_it_negates_by_itself() -> None:
    assert MAKER.make("test", "no [me] gusta", "x", 1.0).holds_negation
    assert not MAKER.make("test", "me gusta", "x", 1.0).holds_negation
