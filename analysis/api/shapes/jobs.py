"""The work on a session, as a job."""

from __future__ import annotations

import dataclasses
from typing import Any

from rest_framework import serializers

from analysis.api.shapes.sessions import CountsShape, FailureShape, failure_shape, session_shape, session_values
from analysis.models import Session, SessionState
from analysis.processing.progress import Progress


class JobLinksShape(serializers.Serializer[Any]):
    """Where to go on."""

    self = serializers.CharField()
    session = serializers.CharField()
    cancel = serializers.CharField()
    pause = serializers.CharField()
    resume = serializers.CharField()
    retry = serializers.CharField()


class JobShape(serializers.Serializer[Any]):
    """How far the work on a session is. `is_final` says that nothing more happens by itself."""

    id = serializers.UUIDField(help_text="The session's id.")
    state = serializers.ChoiceField(choices=SessionState.values)
    is_final = serializers.BooleanField()
    phase = serializers.ChoiceField(choices=["setup", "import", "analysis", "done"])
    total = serializers.IntegerField(allow_null=True, help_text="Rows while importing (if known), then comments.")
    done = serializers.IntegerField()
    failed = serializers.IntegerField(help_text="Comments set aside.")
    percent = serializers.FloatField(allow_null=True)
    rate_per_second = serializers.FloatField(allow_null=True)
    eta_seconds = serializers.FloatField(allow_null=True)
    heartbeat_age_seconds = serializers.FloatField(allow_null=True, help_text="Since any worker's last sign of life.")
    workers = serializers.IntegerField()
    no_worker = serializers.BooleanField(help_text="There is work and nobody to do it.")
    chunks_open = serializers.IntegerField()
    chunks_leased = serializers.IntegerField()
    counts = CountsShape()
    failure = FailureShape(allow_null=True)
    links = JobLinksShape()


def job_shape(session: Session, progress: Progress) -> dict[str, Any]:
    """``JobShape`` of a session."""
    root = f"/api/v1/jobs/{session.pk}"
    return {
        "id": session.pk,
        "is_final": session.is_final,
        **dataclasses.asdict(progress),
        "counts": session_shape(session_values(session))["counts"],
        "failure": failure_shape(session.failure_code, session.failure_detail),
        "links": {
            "self": root,
            "session": f"/api/v1/sessions/{session.pk}",
            **{action: f"{root}/{action}" for action in ("cancel", "pause", "resume", "retry")},
        },
    }
