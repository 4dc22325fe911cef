"""``POST /analyze``: a few texts, labelled while the caller waits; more of them by the queue."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analysis import access
from analysis.api.idempotency import idempotent
from analysis.api.jobs import accepted
from analysis.api.permissions import granted
from analysis.api.problems import Fault, Problem, pointer
from analysis.api.shapes.comments import EmotionShape, EvidenceShape, ThemeShape
from analysis.api.shapes.jobs import JobShape
from analysis.api.strict import Code, Flag, Number, StrictSerializer, Text, read_body
from analysis.api.views import ApiView, required_team, user_of
from analysis.engines.base import ChurnRisk, Language, Sentiment, Urgency, Verdict
from analysis.engines.fusion import Fused, fuse
from analysis.engines.registry import DEFAULT_ENGINE, engine_names
from analysis.intake import uploads
from analysis.intake.additions import add_comments
from analysis.intake.cleaning import clean_text
from analysis.intake.errors import REASONS
from analysis.intake.limits import TEXT_CHARACTERS
from analysis.intake.terms import SessionTerms, check_engine
from analysis.models import OnOutage, Priority
from analysis.processing import verbs
from analysis.routing.pipeline import BUDGET
from analysis.routing.router import MAX_IMMEDIATE, WAITING, Route, answer, engine_version
from analysis.text.pii import mask_pii

ROUTE_HEADER = "X-Analysis-Route"
#: Most texts that one request may send to the queue; for more there are sessions.
MAX_QUEUED = 1_000
_OUTAGE_SECONDS, _BUDGET_SECONDS = 15, 300


class TextInput(StrictSerializer):
    """A text to label; the answer has its `id`, or its place in the list when it has none."""

    text = Text(max_length=TEXT_CHARACTERS)
    id = Text(required=False, max_length=100)
    rating = Number(required=False, allow_null=True, min_value=0, max_value=10)


class AnalyzeInput(StrictSerializer):
    """Up to 20 texts are answered at once, up to 1,000 by the queue."""

    items = TextInput(many=True, allow_empty=False, max_length=MAX_QUEUED)  # type: ignore[call-arg]
    engine = Code(choices=engine_names(), required=False)
    priority = Code(
        choices=Priority.values, required=False, help_text="`low` is queued, `high` never waits for others' texts."
    )
    real_time = Flag(default=False, help_text="Do not wait up to 100 ms for the texts of others to fill a batch.")
    fallback = Flag(default=True, help_text="Whether the embedded engine answers while the one asked for does not.")
    sends_abroad = Flag(default=False, help_text="Texts may be sent abroad, personal data masked.")


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
    is_fallback = serializers.BooleanField(help_text="Answered by the embedded engine in place of the one asked for.")
    fallback_reason = serializers.CharField()


class AnalysisShape(serializers.Serializer[Any]):
    """An answer for each text, in the order sent, to be told apart by `id`."""

    engine = serializers.CharField()
    engine_version = serializers.CharField()
    pii_masked = serializers.DictField(child=serializers.IntegerField(), help_text="In all texts together, by kind.")
    results = AnalyzedShape(many=True)


class Analyze(ApiView):
    """Texts that are answered at once, if they are few."""

    scopes = {"POST": access.ANALYZE}
    bucket = "analyze"
    answers = {"POST": (409, 422, 503)}

    @extend_schema(
        operation_id="analyze",
        summary="Label a few texts",
        request=AnalyzeInput,
        responses={200: AnalysisShape, 202: JobShape},
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Up to 20 are answered at once and nothing is stored: asking twice changes nothing. More, or those of low
        priority, become a session: 202, and `Location` is its job; the row of a comment is its place in the list, from
        1; an Idempotency-Key makes it once. The header
        `X-Analysis-Route` says which way was taken: `cache`, `batch`, `immediate` or `queue`.
        """
        _refuse_too_many(request.data)
        values = read_body(AnalyzeInput, request.data)
        items = _named(values["items"])
        engine, priority = values.get("engine", DEFAULT_ENGINE), values.get("priority", Priority.DEFAULT)
        check_engine(engine, sends_abroad=values["sends_abroad"])
        if len(items) > MAX_IMMEDIATE or priority == Priority.LOW:
            return self._queued(request, values)
        masked = {name: mask_pii(clean_text(item["text"])) for name, item in items.items()}
        version = engine_version(engine)
        texts = {name: text for name, (text, _kinds) in masked.items()}
        terms = dataclasses.replace(
            WAITING,
            may_leave=values["sends_abroad"],
            may_fall_back=values["fallback"],
            hurry=values["real_time"] or priority == Priority.HIGH,
        )
        answered = answer(texts, engine=engine, version=version, terms=terms)
        if answered.left:
            _refuse_unanswered(answered.left)
        results = [
            _result(name, *masked[name], answered.verdicts[name], item.get("rating"), answered.fallbacks.get(name, ""))
            for name, item in items.items()
        ]
        body = {
            "engine": engine,
            "engine_version": version,
            "pii_masked": _sum(kinds for _text, kinds in masked.values()),
            "results": results,
        }
        return Response(body, headers={ROUTE_HEADER: answered.route.value})

    post.takes_idempotency_key = True  # type: ignore[attr-defined]  # what is queued is made once

    @idempotent
    def _queued(self, request: Request, values: Mapping[str, Any]) -> Response:
        """A session of these texts, begun."""
        if access.WRITE not in granted(request):
            raise Problem("scope_missing", _("Queued texts become a session: that needs the right sessions:write."))
        terms = SessionTerms(
            sends_abroad=values["sends_abroad"], on_outage=OnOutage.FALLBACK if values["fallback"] else OnOutage.WAIT
        )
        records = [{"comment": item["text"], "rating": item.get("rating")} for item in values["items"]]
        with transaction.atomic():
            session = uploads.create_empty_session(
                team=required_team(request),
                user=user_of(request),
                name=_("Texts of %(date)s") % {"date": f"{timezone.localtime():%Y-%m-%d %H:%M}"},
                engine=values.get("engine", DEFAULT_ENGINE),
                priority=values.get("priority", Priority.DEFAULT),
                terms=terms,
            )
            faults = [
                Fault(report.error, _(REASONS[report.error]), pointer=pointer("items", report.index))
                for report in add_comments(session=session, records=records)
                if report.error
            ]
            if faults:
                raise Problem("invalid", _("Some texts cannot be taken."), faults=faults)
            session = verbs.start_analysis(session=session, actor=user_of(request))
        response = accepted(session)
        response.headers[ROUTE_HEADER] = Route.QUEUE.value
        return response


def _refuse_too_many(data: Any) -> None:
    items = data.get("items") if isinstance(data, Mapping) else None
    if isinstance(items, list) and len(items) > MAX_QUEUED:
        detail = _("At most %(most)d texts are taken at once.") % {"most": MAX_QUEUED}
        hint = _("Create a session (POST /api/v1/sessions), add the comments to it and start it.")
        raise Problem("too_many_texts", detail, faults=[Fault("too_many_texts", detail, pointer="/items", hint=hint)])


def _refuse_unanswered(left: Mapping[str, str]) -> None:
    """Some texts have no labels: no budget covers them, or nobody answered and a fallback was not wanted."""
    reason = next(iter(left.values()))
    if reason.startswith(BUDGET):
        detail = _("The budget for engines that cost money is used up: ask later, or use the engine “embedded”.")
        raise Problem("budget_used_up", detail, headers={"Retry-After": str(_BUDGET_SECONDS)})
    detail = _("No node of this engine answers: ask later, or allow the embedded engine to answer (fallback).")
    raise Problem("unavailable", detail, headers={"Retry-After": str(_OUTAGE_SECONDS)}, reason=reason)


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


def _result(
    name: str, text: str, kinds: dict[str, int], verdict: Verdict, rating: float | None, fallback_reason: str
) -> dict[str, Any]:
    fused = fuse(verdict, rating)
    labels = _values(verdict) | _values(fused)
    del labels["score"]
    scores = {"sentiment_score": fused.score, "text_score": verdict.score}
    marks = {"is_fallback": bool(fallback_reason), "fallback_reason": fallback_reason}
    return {"id": name, "text": text, "pii_masked": kinds, **labels, **scores, **marks}


def _values(labels: Verdict | Fused) -> dict[str, Any]:
    """The values by name; those that are dataclasses themselves are written by the renderer."""
    return {field.name: getattr(labels, field.name) for field in dataclasses.fields(labels)}


def _sum(counts: Any) -> dict[str, int]:
    total: dict[str, int] = {}
    for kinds in counts:
        for kind, number in kinds.items():
            total[kind] = total.get(kind, 0) + number
    return total
