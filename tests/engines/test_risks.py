"""Urgency and churn: what the rules add up, and what the engine makes of it, with the rules named as reasons."""

from __future__ import annotations

import pytest

from tests.engines.conftest import Hear, Read


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("estoy sin internet desde ayer", "p0"),
        ("tres días sin servicio", "p0"),
        ("No tengo internet otra vez, urgente", "p0"),
        ("mi mamá depende del oxígeno y se cortó el internet", "p0"),
        ("mi negocio está parado, perdí ventas por culpa de ustedes", "p0"),
        ("mbohapy ára ndarekói internet", "p0"),
        ("no funciona", "p1"),
        ("hace dos semanas que espero al técnico", "p1"),
        ("reclamé tres veces y nadie soluciona", "p1"),
        ("ndoikói", "p1"),
        ("a veces se corta", "p2"),
        ("me cobraron de más", "p2"),
        ("lento", "p2"),
        ("caro", "p3"),
        ("muy bueno", "p3"),
        ("ninguna", "p3"),
        ("¿cuánto cuesta el plan?", "p3"),
    ],
)
def test_the_rules_add_up_what_is_at_stake(hear: Hear, text: str, urgency: str) -> None:
    assert hear(text).risks.urgency == urgency


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("mi mamá depende del oxígeno y se cortó el internet, es urgente", "p0"),
        ("hay un cable pelado tirado en la vereda frente a la escuela", "p0"),
        ("tres días sin servicio", "p1"),
        ("hace dos semanas que espero al técnico", "p1"),
        ("reclamé tres veces y nadie soluciona", "p1"),
        ("mbohapy ára ndarekói internet", "p1"),
        ("a veces se corta", "p2"),
        ("me cobraron de más", "p2"),
        ("caro", "p3"),
        ("muy bueno", "p3"),
        ("ninguna", "p3"),
        ("¿cuánto cuesta el plan?", "p3"),
    ],
)
def test_urgency_follows_what_is_at_stake(read: Read, text: str, urgency: str) -> None:
    assert read(text).urgency == urgency


@pytest.mark.parametrize(
    "text",
    ["nunca me quedé sin internet", "no se corta nunca", "sin problemas en tres años", "ni un corte en dos meses"],
)
def test_an_outage_that_never_was_is_not_urgent(read: Read, text: str) -> None:
    verdict = read(text)
    assert verdict.urgency == "p3"
    assert verdict.sentiment == "positive"


@pytest.mark.parametrize(
    ("text", "risk"),
    [
        ("me voy a dar de baja", "high"),
        ("me paso a Tigo", "high"),
        ("quiero cancelar el servicio", "high"),
        ("ya me cambié a Claro", "high"),
        ("aháta Tigope", "high"),
        ("estoy buscando otra compañía", "medium"),
        ("estoy pensando en cambiarme", "medium"),
        ("Tigo es mejor", "medium"),
        ("si sigue así me cambio a Tigo", "low"),
        ("si no mejoran me voy", "low"),
        ("no hay otra opción", "low"),
        ("muy lento", "none"),
        ("no me voy a cambiar nunca", "none"),
        ("me cambié de Tigo a Personal y estoy feliz", "none"),
        ("quiero cambiar de plan", "none"),
        ("mejor que Tigo", "none"),
    ],
)
def test_the_rules_add_up_what_is_announced(hear: Hear, text: str, risk: str) -> None:
    assert hear(text).risks.churn == risk


@pytest.mark.parametrize(
    ("text", "risk"),
    [
        ("me voy a dar de baja", "high"),
        ("me paso a Tigo", "high"),
        ("quiero cancelar el servicio", "high"),
        ("aháta Tigope", "high"),
        ("estoy buscando otra compañía", "medium"),
        ("si sigue así me cambio a Tigo", "low"),
        ("muy lento", "none"),
        ("no me voy a cambiar nunca", "none"),
        ("me cambié de Tigo a Personal y estoy feliz", "none"),
        ("quiero cambiar de plan", "none"),
    ],
)
def test_churn_risk_follows_what_is_announced(read: Read, text: str, risk: str) -> None:
    assert read(text).churn_risk == risk


def test_the_rules_that_fired_are_named_and_shown_in_the_text(read: Read) -> None:
    text = "Tres días sin internet, me voy a dar de baja"
    verdict = read(text)
    assert "urgency.days_without_service" in verdict.reasons
    assert "churn.cancelling" in verdict.reasons
    shown = {evidence.label: text[evidence.start : evidence.end] for evidence in verdict.evidence}
    assert shown[f"urgency:{verdict.urgency}"].startswith("Tres días sin")
    assert "dar de baja" in shown["churn:high"]


@pytest.mark.parametrize("text", ["muy lento", "excelente", "ok"])
def test_without_a_rule_there_is_no_churn_reason(read: Read, text: str) -> None:
    assert not [reason for reason in read(text).reasons if reason.startswith("churn.")]


def test_many_annoyances_do_not_add_up_to_an_emergency(hear: Hear) -> None:
    text = (
        "Lento, se corta siempre, reclamé mil veces, nadie contesta, todavía no solucionan, me cobran de más, no anda"
    )
    assert hear(text).risks.urgency == "p1"


def test_what_was_learnt_without_a_rule_says_so_and_shows_its_words(read: Read) -> None:
    text = "La caja quedó con la luz roja, tengo la clínica llena y no puedo atender a nadie"
    verdict = read(text)
    assert verdict.urgency in ("p0", "p1")
    assert [reason for reason in verdict.reasons if reason.startswith("urgency.")]
    assert [evidence for evidence in verdict.evidence if evidence.label == f"urgency:{verdict.urgency}"]
