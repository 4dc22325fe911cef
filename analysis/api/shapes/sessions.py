"""Sessions in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from analysis.api.pagination import PageQuery
from analysis.api.strict import Code, Flag, JsonText, Money, StrictSerializer, Text, Whole
from analysis.engines.registry import engine_names
from analysis.intake.types import FIELDS as COLUMN_FIELDS
from analysis.models import OnOutage, Origin, Priority, Session, SessionState

FIELDS = (
    "id", "name", "origin", "state", "failure_code", "failure_detail", "priority", "engine", "engine_version",
    "file__original_name", "file__size", "file__sha256", "rows_total", "comment_count", "duplicate_count",
    "rejected_count", "blank_count", "pii_masked", "run", "revision", "created_at", "started_at", "imported_at",
    "completed_at", "sends_abroad", "on_outage", "cost_limit", "pause_reason",
)  # fmt: skip
ORDERINGS = ("created_at", "-created_at", "name", "-name")


class CountsShape(serializers.Serializer[Any]):
    """Always `rows` = `comments` + `duplicates` + `rejected`."""

    rows = serializers.IntegerField(help_text="Rows in the file; wholly blank lines are not rows.")
    comments = serializers.IntegerField(help_text="Comments that an engine reads.")
    duplicates = serializers.IntegerField(help_text="Comments with the text of an earlier one; they share its labels.")
    rejected = serializers.IntegerField(help_text="Rows set aside, each with its reason.")
    blank = serializers.IntegerField()


class FailureShape(serializers.Serializer[Any]):
    """Why a session failed."""

    code = serializers.CharField()
    detail = serializers.CharField()
    hint = serializers.CharField()


class FileShape(serializers.Serializer[Any]):
    """The file a session came in."""

    name = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    sha256 = serializers.CharField()


class SessionLinksShape(serializers.Serializer[Any]):
    """Where to go on."""

    self = serializers.CharField()
    job = serializers.CharField()
    comments = serializers.CharField()
    discoveries = serializers.CharField()
    rejected = serializers.CharField()
    stats = serializers.CharField()
    export = serializers.CharField()


class SessionShape(serializers.Serializer[Any]):
    """A body of comments, from its file to its results."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    origin = serializers.ChoiceField(choices=Origin.values)
    state = serializers.ChoiceField(choices=SessionState.values)
    failure = FailureShape(allow_null=True)
    priority = serializers.ChoiceField(choices=Priority.values)
    engine = serializers.CharField()
    engine_version = serializers.CharField(help_text="Empty until the analysis begins.")
    sends_abroad = serializers.BooleanField(help_text="Its comments may be sent to engines abroad, masked.")
    on_outage = serializers.ChoiceField(choices=OnOutage.values, help_text="What it does while no engine answers.")
    cost_limit = serializers.CharField(allow_null=True, help_text="US dollars; null: the budget of each session.")
    pause_reason = serializers.CharField(
        help_text="Why it was paused by itself: budget_day, budget_month, budget_session, no_node or no_consent."
    )
    file = FileShape(allow_null=True)
    counts = CountsShape()
    pii_masked = serializers.DictField(
        child=serializers.IntegerField(), help_text="Personal data masked before anything was stored, by kind."
    )
    run = serializers.IntegerField(help_text="Counts the analyses and imports of this session.")
    revision = serializers.IntegerField(help_text="Grows with every change of the outcome.")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    imported_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    links = SessionLinksShape()


class SessionPageShape(serializers.Serializer[Any]):
    """A page of sessions."""

    results = SessionShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class SessionQuery(PageQuery):
    """Filters and order of the list of sessions."""

    state = serializers.ChoiceField(choices=SessionState.values, required=False)
    state__in = serializers.CharField(required=False, help_text="Several states, separated by commas.")
    origin = serializers.ChoiceField(choices=Origin.values, required=False)
    created_at__gte = serializers.DateTimeField(required=False)
    created_at__lt = serializers.DateTimeField(required=False)
    q = serializers.CharField(required=False, max_length=200, help_text="Part of the name.")
    ordering = serializers.ChoiceField(choices=ORDERINGS, default="-created_at")

    def validate_state__in(self, value: str) -> list[str]:
        """Each must be a state."""
        states = value.split(",")
        if unknown := [state for state in states if state not in SessionState.values]:
            raise serializers.ValidationError(_("No such state: %(state)s.") % {"state": unknown[0][:60]})
        return states


class ColumnsInput(StrictSerializer):
    """Our fields, each with the name of the file's column that feeds it; null leaves it out, silence detects it."""

    def get_fields(self) -> dict[str, Any]:
        """The fields that a file may have."""
        return {name: Text(required=False, allow_null=True, max_length=255) for name in COLUMN_FIELDS}


class OptionsInput(StrictSerializer):
    """How the file is read; whatever is not said is detected."""

    sheet = Text(required=False, allow_null=True, max_length=255)
    encoding = Text(required=False, allow_null=True, max_length=40)
    delimiter = Text(required=False, allow_null=True, max_length=1, trim_whitespace=False)
    header_row = Whole(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=1_000_000,
        help_text="Line of the column names; 0: none.",
    )
    columns = ColumnsInput(required=False, allow_null=True)
    day_first = Flag(required=False, allow_null=True)
    rating_scale = Code(choices=["0-10", "1-5"], required=False, allow_null=True)


_SENDS_ABROAD = "Whether its comments may be sent to engines abroad, personal data masked."
_ON_OUTAGE = "While no engine answers: labels of the embedded engine for now, marked (`fallback`), or `wait`."
_COST_LIMIT = 'The most that it may cost, in US dollars, such as "2.50".'


class SessionInput(StrictSerializer):
    """A session without a file; its comments follow."""

    name = Text(max_length=200)
    engine = Code(choices=engine_names(), required=False)
    priority = Code(choices=Priority.values, required=False)
    sends_abroad = Flag(default=False, help_text=_SENDS_ABROAD)
    on_outage = Code(choices=OnOutage.values, default=OnOutage.FALLBACK, help_text=_ON_OUTAGE)
    cost_limit = Money(required=False, allow_null=True, help_text=_COST_LIMIT)


class SessionUpload(StrictSerializer):
    """A session from a file."""

    file = serializers.FileField(allow_empty_file=True, help_text="xlsx, xls, csv, tsv, json, jsonl or txt.")
    name = serializers.CharField(max_length=200, required=False, help_text="By default the name of the file.")
    engine = Code(choices=engine_names(), required=False)
    priority = Code(choices=Priority.values, required=False)
    sends_abroad = serializers.BooleanField(default=False, help_text=_SENDS_ABROAD)
    on_outage = Code(choices=OnOutage.values, default=OnOutage.FALLBACK, help_text=_ON_OUTAGE)
    cost_limit = Money(required=False, allow_null=True, help_text=_COST_LIMIT)
    columns = JsonText(ColumnsInput, required=False, help_text="A JSON object: our fields and the file's columns.")
    options = JsonText(OptionsInput, required=False, help_text="A JSON object: how to read the file.")
    start = serializers.BooleanField(default=True, help_text="Whether to begin at once.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The mapping has two doors; only one may be used at a time."""
        options = attrs.get("options") or {}
        if "columns" in attrs:
            if "columns" in options:
                raise serializers.ValidationError({"columns": [_("Given here and in “options”.")]})
            attrs["options"] = options | {"columns": attrs["columns"]}
        return attrs


class SessionChange(StrictSerializer):
    """What may be changed of a session."""

    name = Text(max_length=200)


@extend_schema_field(OptionsInput)
class _Options(serializers.JSONField):
    """Options as they are kept."""


class ColumnShape(serializers.Serializer[Any]):
    """A column of the file as detected."""

    name = serializers.CharField()
    index = serializers.IntegerField()
    field = serializers.ChoiceField(choices=COLUMN_FIELDS, allow_null=True)
    kind = serializers.CharField(help_text="text, number, date, bool, mixed or empty.")
    samples = serializers.ListField(child=serializers.CharField(), help_text="Up to three, personal data masked.")
    ignored = serializers.BooleanField()


class WarningShape(serializers.Serializer[Any]):
    """What one should know before importing."""

    code = serializers.CharField()
    detail = serializers.CharField()


class SameFileShape(serializers.Serializer[Any]):
    """An earlier session with the same bytes."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    created_at = serializers.DateTimeField()


class MappingShape(serializers.Serializer[Any]):
    """What the file holds, and how it would be read with these options."""

    options = _Options()
    format = serializers.CharField()
    encoding = serializers.CharField(help_text="Empty for workbooks.")
    delimiter = serializers.CharField(help_text="Empty unless csv or tsv.")
    sheets = serializers.ListField(child=serializers.CharField())
    sheet = serializers.CharField()
    header_row = serializers.IntegerField()
    columns = ColumnShape(many=True)
    rows_estimate = serializers.IntegerField()
    rows_exact = serializers.BooleanField()
    day_first = serializers.BooleanField()
    rating_scale = serializers.CharField()
    mended = serializers.BooleanField(help_text="The file is a rejected.xlsx that came back.")
    warnings = WarningShape(many=True)
    same_file_before = SameFileShape(allow_null=True)


def session_values(session: Session) -> dict[str, Any]:
    """The values of ``FIELDS`` of a session in hand, as ``.values()`` names them."""
    values = {name: getattr(session, name) for name in FIELDS if not name.startswith("file__")}
    names = ("original_name", "size", "sha256")
    return values | {f"file__{name}": getattr(session.file, name) if session.file else None for name in names}


def session_shape(values: Mapping[str, Any]) -> dict[str, Any]:
    """``SessionShape`` from the values of ``FIELDS``."""
    same = ("id", "name", "origin", "state", "priority", "engine", "engine_version", "sends_abroad", "on_outage",
            "pause_reason", "pii_masked", "run", "revision")  # fmt: skip
    times = ("created_at", "started_at", "imported_at", "completed_at")
    return {
        **{name: values[name] for name in same},
        "cost_limit": None if values["cost_limit"] is None else str(values["cost_limit"]),
        "failure": failure_shape(values["failure_code"], values["failure_detail"]),
        "file": _file(values),
        "counts": {
            "rows": values["rows_total"],
            "comments": values["comment_count"],
            "duplicates": values["duplicate_count"],
            "rejected": values["rejected_count"],
            "blank": values["blank_count"],
        },
        **{name: values[name] for name in times},
        "links": _links(values["id"]),
    }


def failure_shape(code: str, detail: str) -> dict[str, str] | None:
    """``FailureShape``: the stored message and hint, translated; None for a session that did not fail."""
    if not code:
        return None
    try:
        stored = orjson.loads(detail)
        message, hint = _(stored["message"]) % stored["params"], _(stored["hint"]) if stored["hint"] else ""
    except (ValueError, KeyError, TypeError):
        return {"code": code, "detail": detail, "hint": ""}
    return {"code": code, "detail": message, "hint": hint % stored["params"] if "%(" in hint else hint}


def _file(values: Mapping[str, Any]) -> dict[str, Any] | None:
    if values["file__sha256"] is None:
        return None
    return {
        "name": values["file__original_name"],
        "size": values["file__size"],
        "sha256": values["file__sha256"],
    }


def _links(session_id: Any) -> dict[str, str]:
    root = f"/api/v1/sessions/{session_id}"
    return {
        "self": root,
        "job": f"/api/v1/jobs/{session_id}",
        "comments": f"{root}/comments",
        "discoveries": f"{root}/discoveries",
        "rejected": f"{root}/rejected",
        "stats": f"/api/v1/stats/overview?session={session_id}",
        "export": f"{root}/export?format=xlsx",
    }
