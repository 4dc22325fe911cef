"""Comments in and out."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from analysis.api.strict import Code, Number, StrictSerializer, Text
from analysis.engines.base import EMOTIONS, ChurnRisk, Language, Sentiment, Urgency
from analysis.engines.embedded.taxonomy import MAX_THEMES
from analysis.models import AnalysisResult, CommentStatus, NpsGroup
from analysis.routing.taxonomy import known_codes

_OWN = (
    "session_id", "row_number", "text", "created_at", "has_date", "rating", "nps_group", "customer_ref",
    "region", "service", "channel", "status", "error",
)  # fmt: skip
_HUMAN = ("human_sentiment", "human_themes", "human_emotions", "human_urgency", "human_churn_risk", "corrected_at")
_RESULT = (
    "engine", "engine_version", "is_fallback", "fallback_reason", "sentiment", "sentiment_score", "text_sentiment",
    "text_score", "rating_mismatch", "confidence", "language", "guarani_share", "urgency", "churn_risk", "emotions",
    "themes", "is_uninformative", "is_company_reply",
)  # fmt: skip
_DETAILS = ("competitors", "pain_points", "reasons")
_LABELS = ("sentiment", "score", "themes", "emotions", "urgency", "churn_risk")
#: What a shape is made of, besides the id: plain values, by half cheaper than models.
COLUMNS = (
    *_OWN,
    "duplicate_of_id",
    *_HUMAN,
    *(f"effective_{name}" for name in _LABELS),
    *(f"current__{name}" for name in (*_RESULT, "details", "created_at")),
)


class EmotionShape(serializers.Serializer[Any]):
    """An emotion; the first of a list is the primary one."""

    code = serializers.ChoiceField(choices=EMOTIONS)
    intensity = serializers.FloatField(help_text="0 to 1.")


class ThemeShape(serializers.Serializer[Any]):
    """A theme, and what the comment says of it."""

    code = serializers.CharField(help_text="A code of `GET /themes`, or one that an earlier version had.")
    sentiment = serializers.ChoiceField(choices=[code.value for code in Sentiment])
    confidence = serializers.FloatField(required=False, help_text="0 to 1; absent where a person decided.")


class EvidenceShape(serializers.Serializer[Any]):
    """A place in the text, in code points, that speaks for a label."""

    label = serializers.CharField(  # type: ignore[assignment]  # a field, not the attribute
        help_text="Such as `sentiment:negative`, `theme:speed` or `urgency:p1`."
    )
    start = serializers.IntegerField()
    end = serializers.IntegerField()


class ResultShape(serializers.Serializer[Any]):
    """What an engine said. The sentiment is joined with the rating where there is one; `text_sentiment` is not."""

    engine = serializers.CharField()
    engine_version = serializers.CharField()
    is_fallback = serializers.BooleanField(help_text="Another engine answered for the one that was asked.")
    fallback_reason = serializers.CharField()
    sentiment = serializers.ChoiceField(choices=[code.value for code in Sentiment])
    sentiment_score = serializers.FloatField(help_text="-1 to 1.")
    text_sentiment = serializers.ChoiceField(choices=[code.value for code in Sentiment])
    text_score = serializers.FloatField()
    rating_mismatch = serializers.BooleanField(help_text="The rating says the opposite of the text.")
    confidence = serializers.FloatField(help_text="0 to 1.")
    language = serializers.ChoiceField(choices=[code.value for code in Language])
    guarani_share = serializers.FloatField(help_text="Share of the words, 0 to 1.")
    urgency = serializers.ChoiceField(choices=[code.value for code in Urgency])
    churn_risk = serializers.ChoiceField(choices=[code.value for code in ChurnRisk])
    emotions = EmotionShape(many=True)
    themes = ThemeShape(many=True)
    competitors = serializers.ListField(child=serializers.CharField())
    pain_points = serializers.ListField(child=serializers.CharField())
    reasons = serializers.ListField(child=serializers.CharField(), help_text="Rules behind urgency and churn risk.")
    is_uninformative = serializers.BooleanField()
    is_company_reply = serializers.BooleanField()
    analysed_at = serializers.DateTimeField()


class HumanShape(serializers.Serializer[Any]):
    """What a person decided; null is undecided. It wins over every engine and survives another analysis."""

    sentiment = serializers.ChoiceField(choices=[code.value for code in Sentiment], allow_null=True)
    themes = ThemeShape(many=True, allow_null=True)
    emotions = EmotionShape(many=True, allow_null=True)
    urgency = serializers.ChoiceField(choices=[code.value for code in Urgency], allow_null=True)
    churn_risk = serializers.ChoiceField(choices=[code.value for code in ChurnRisk], allow_null=True)
    corrected_at = serializers.DateTimeField()


class CommentShape(serializers.Serializer[Any]):
    """A comment, personal data masked. Its own `sentiment` to `churn_risk` are the ones that count: the person's, else
    the engine's; null until there are any."""

    id = serializers.UUIDField()
    session_id = serializers.UUIDField()
    row_number = serializers.IntegerField()
    text = serializers.CharField()
    created_at = serializers.DateTimeField(help_text="When it was written if `has_date`, else when it was imported.")
    has_date = serializers.BooleanField()
    rating = serializers.FloatField(allow_null=True, help_text="0 to 10.")
    nps_group = serializers.ChoiceField(choices=NpsGroup.values, allow_null=True)
    customer_ref = serializers.CharField(help_text="A pseudonym.")
    region = serializers.CharField()
    service = serializers.CharField()
    channel = serializers.CharField()
    status = serializers.ChoiceField(choices=CommentStatus.values)
    error = serializers.CharField(help_text="Why it was set aside.")
    duplicate_of = serializers.UUIDField(allow_null=True, help_text="The first comment with the same text.")
    sentiment = serializers.ChoiceField(choices=[code.value for code in Sentiment], allow_null=True)
    sentiment_score = serializers.FloatField(allow_null=True)
    themes = ThemeShape(many=True, allow_null=True)
    emotions = EmotionShape(many=True, allow_null=True)
    urgency = serializers.ChoiceField(choices=[code.value for code in Urgency], allow_null=True)
    churn_risk = serializers.ChoiceField(choices=[code.value for code in ChurnRisk], allow_null=True)
    result = ResultShape(allow_null=True)
    human = HumanShape(allow_null=True)


class CommentPageShape(serializers.Serializer[Any]):
    """A page of comments."""

    results = CommentShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class DetailedResultShape(ResultShape):
    """A result with its evidence."""

    evidence = EvidenceShape(many=True)
    is_current = serializers.BooleanField()


class CorrectionShape(serializers.Serializer[Any]):
    """A value that a person set."""

    id = serializers.UUIDField()
    field = serializers.CharField()
    old_value = serializers.JSONField()
    new_value = serializers.JSONField()
    engine_version = serializers.CharField()
    created_by = serializers.CharField(allow_null=True, help_text="User name.")
    created_at = serializers.DateTimeField()


class CommentDetailShape(CommentShape):
    """A comment with everything that is known of it."""

    repeats = serializers.IntegerField(help_text="Other comments of the session with this very text.")
    results = DetailedResultShape(many=True, help_text="Of every engine version, the current one first.")
    corrections = CorrectionShape(many=True, help_text="Newest first.")


class EmotionInput(StrictSerializer):
    """An emotion as a person sees it."""

    code = Code(choices=EMOTIONS)
    intensity = Number(min_value=0, max_value=1, default=1.0)


class ThemeCode(Text):
    """A theme that results may name, with a hint when it is none."""

    def to_internal_value(self, data: Any) -> str:
        """The string itself."""
        return Code(choices=sorted(known_codes())).to_internal_value(data)


class ThemeInput(StrictSerializer):
    """A theme as a person sees it."""

    code = ThemeCode(help_text="A code of `GET /themes`, or one that an earlier version had.")
    sentiment = Code(choices=[code.value for code in Sentiment])


class CorrectionInput(StrictSerializer):
    """What a person decides; null takes a decision back. What is not named stays."""

    sentiment = Code(choices=[code.value for code in Sentiment], required=False, allow_null=True)
    themes = ThemeInput(many=True, required=False, allow_null=True, max_length=MAX_THEMES)  # type: ignore[call-arg]
    emotions = EmotionInput(many=True, required=False, allow_null=True, max_length=3)  # type: ignore[call-arg]
    urgency = Code(choices=[code.value for code in Urgency], required=False, allow_null=True)
    churn_risk = Code(choices=[code.value for code in ChurnRisk], required=False, allow_null=True)


def comment_shape(row: Any) -> dict[str, Any]:
    """``CommentShape`` of a row with the values of ``COLUMNS``."""
    return {
        "id": row.pk,
        **{name: getattr(row, name) for name in _OWN},
        "duplicate_of": row.duplicate_of_id,
        "sentiment": row.effective_sentiment,
        "sentiment_score": row.effective_score,
        "themes": row.effective_themes,
        "emotions": row.effective_emotions,
        "urgency": row.effective_urgency,
        "churn_risk": row.effective_churn_risk,
        "result": _current(row) if row.current__engine is not None else None,
        "human": _human(row),
    }


def result_shape(result: AnalysisResult) -> dict[str, Any]:
    """``ResultShape``."""
    return {
        **{name: getattr(result, name) for name in _RESULT},
        **{name: result.details.get(name, []) for name in _DETAILS},
        "analysed_at": result.created_at,
    }


def _current(row: Any) -> dict[str, Any]:
    details = row.current__details
    return {
        **{name: getattr(row, f"current__{name}") for name in _RESULT},
        **{name: details.get(name, []) for name in _DETAILS},
        "analysed_at": row.current__created_at,
    }


def _human(row: Any) -> dict[str, Any] | None:
    if row.corrected_at is None:
        return None
    return {name.removeprefix("human_"): getattr(row, name) for name in _HUMAN}
