"""``POST /analyze``: a few texts, labelled while the caller waits."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analysis import access
from analysis.api.problems import Fault, Problem, pointer
from analysis.api.shapes.comments import EmotionShape, EvidenceShape, ThemeShape
from analysis.api.strict import Code, Number, StrictSerializer, Text, read_body
from analysis.api.views import ApiView
from analysis.engines.base import ChurnRisk, Language, Sentiment, Urgency, Verdict
from analysis.engines.fusion import fuse
from analysis.engines.registry import DEFAULT_ENGINE, engine_names
from analysis.intake.cleaning import clean_text
from analysis.intake.limits import TEXT_CHARACTERS
from analysis.routing.router import MAX_IMMEDIATE, answer, engine_version
from analysis.text.pii import mask_pii

ROUTE_HEADER = "X-Analysis-Route"


class TextInput(StrictSerializer):
    """A text to label; the answer has its `id`, or its place in the list when it has none."""

    text = Text(max_length=TEXT_CHARACTERS)
    id = Text(required=False, max_length=100)
    rating = Number(required=False, allow_null=True, min_value=0, max_value=10)


class AnalyzeInput(StrictSerializer):
    """Up to 20 texts."""

    items = TextInput(many=True, allow_empty=False, max_length=MAX_IMMEDIATE)  # type: ignore[call-arg]
    engine = Code(choices=engine_names(), required=False)


class AnalyzedShape(serializers.Serializer[Any]):
    """What the engine says of one text. Personal data is masked before anything else happens to it: `text` is what was
    read, and the places of the evidence are places in it."""

    id = serializers.CharField()
    text = serializers.CharField()
    pii_masked = serializers.DictField(child=serializers.IntegerField())
    sentiment = serializers.ChoiceField(choices=[code.value for code in Sentiment])
    sentiment_score = serializers.FloatField(help_text="-1 to 1.")
    text_sentiment = serializers.ChoiceField(choices=[code.value for code in Sentiment])
    text_score = serializers.FloatField()
    rating_mismatch = serializers.BooleanField()
    confidence = serializers.FloatField()
    language = serializers.ChoiceField(choices=[code.value for code in Language])
    guarani_share = serializers.FloatField()
    urgency = serializers.ChoiceField(choices=[code.value for code in Urgency])
    churn_risk = serializers.ChoiceField(choices=[code.value for code in ChurnRisk])
    emotions = EmotionShape(many=True)
    themes = ThemeShape(many=True)
    competitors = serializers.ListField(child=serializers.CharField())
    pain_points = serializers.ListField(child=serializers.CharField())
    reasons = serializers.ListField(child=serializers.CharField())
    is_uninformative = serializers.BooleanField()
    is_company_reply = serializers.BooleanField()
    evidence = EvidenceShape(many=True)


class AnalysisShape(serializers.Serializer[Any]):
    """An answer for each text, in the order sent, to be told apart by `id`."""

    engine = serializers.CharField()
    engine_version = serializers.CharField()
    pii_masked = serializers.DictField(child=serializers.IntegerField(), help_text="In all texts together, by kind.")
    results = AnalyzedShape(many=True)


class Analyze(ApiView):
    """Texts that are answered at once; nothing is stored."""

    scopes = {"POST": access.ANALYZE}
    bucket = "analyze"

    @extend_schema(
        operation_id="analyze", summary="Label a few texts", request=AnalyzeInput, responses={200: AnalysisShape}
    )
    def post(self, request: Request) -> Response:
        """At most 20; for more, a session. Asking twice changes nothing, so that no Idempotency-Key is needed."""
        _refuse_too_many(request.data)
        values = read_body(AnalyzeInput, request.data)
        items = _named(values["items"])
        engine = values.get("engine", DEFAULT_ENGINE)
        masked = {name: mask_pii(clean_text(item["text"])) for name, item in items.items()}
        version = engine_version(engine)
        texts = {name: text for name, (text, _kinds) in masked.items()}
        verdicts, route = answer(texts, engine=engine, version=version)
        results = [_result(name, *masked[name], verdicts[name], item.get("rating")) for name, item in items.items()]
        body = {
            "engine": engine,
            "engine_version": version,
            "pii_masked": _sum(kinds for _text, kinds in masked.values()),
            "results": results,
        }
        return Response(body, headers={ROUTE_HEADER: route.value})


def _refuse_too_many(data: Any) -> None:
    items = data.get("items") if isinstance(data, Mapping) else None
    if isinstance(items, list) and len(items) > MAX_IMMEDIATE:
        detail = _("At most %(most)d texts are answered at once.") % {"most": MAX_IMMEDIATE}
        hint = _("Create a session (POST /api/v1/sessions), add the comments to it and start it.")
        raise Problem("too_many_texts", detail, faults=[Fault("too_many_texts", detail, pointer="/items", hint=hint)])


def _named(items: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """By id, or by place; an id that comes twice would make two answers one."""
    named: dict[str, Mapping[str, Any]] = {}
    for index, item in enumerate(items):
        name = item.get("id", str(index))
        if name in named:
            detail = _("The id “%(id)s” is used twice.") % {"id": name}
            raise Problem("invalid", detail, faults=[Fault("unique", detail, pointer=pointer("items", index, "id"))])
        named[name] = item
    return named


def _result(name: str, text: str, kinds: dict[str, int], verdict: Verdict, rating: float | None) -> dict[str, Any]:
    fused = fuse(verdict, rating)
    labels = dataclasses.asdict(verdict) | dataclasses.asdict(fused)
    del labels["score"]
    scores = {"sentiment_score": fused.score, "text_score": verdict.score}
    return {"id": name, "text": text, "pii_masked": kinds, **labels, **scores}


def _sum(counts: Any) -> dict[str, int]:
    total: dict[str, int] = {}
    for kinds in counts:
        for kind, number in kinds.items():
            total[kind] = total.get(kind, 0) + number
    return total
