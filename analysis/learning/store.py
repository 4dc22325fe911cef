"""A trained candidate is kept as a row; nothing is activated by that."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Now

from analysis import access
from analysis.learning.training import Candidate
from analysis.models import EngineModel, ModelState


class SameModel(Exception):
    """The same data and seed gave a model that is there already."""

    def __init__(self, digest: str) -> None:
        super().__init__(f"The training gave model {digest}, which is there already: nothing was learned anew.")


class TrainingLost(Exception):
    """Somebody else holds the training by now; what this one made is not kept."""


def keep(candidate: Candidate, *, actor: User | None) -> EngineModel:
    """Store a new candidate; raises ``SameModel``."""
    with transaction.atomic():
        _refuse_same(candidate)
        model = EngineModel.objects.create(state=ModelState.CANDIDATE, created_by=actor, **_columns(candidate))
        access.record(actor, "engine.train", model, digest=model.digest, corrections=model.corrections_used)
    return model


def keep_in(row: uuid.UUID, token: uuid.UUID, candidate: Candidate) -> EngineModel:
    """Make a candidate of the row in training; raises ``TrainingLost`` when it is not mine any more."""
    with transaction.atomic():
        model = _mine(row, token)
        _refuse_same(candidate)
        for name, value in _columns(candidate).items():
            setattr(model, name, value)
        model.state, model.lease_token, model.lease_until = ModelState.CANDIDATE, None, None
        model.save()
        access.record(model.created_by, "engine.train", model, digest=model.digest, corrections=model.corrections_used)
    return model


def fail(row: uuid.UUID, token: uuid.UUID, reason: str) -> None:
    """Name why the training cannot succeed; raises ``TrainingLost`` when it is not mine any more."""
    with transaction.atomic():
        model = _mine(row, token)
        model.state, model.failure = ModelState.FAILED, reason[:2000]
        model.lease_token = model.lease_until = None
        model.save(update_fields=["state", "failure", "lease_token", "lease_until"])


def _mine(row: uuid.UUID, token: uuid.UUID) -> EngineModel:
    mine = EngineModel.objects.select_for_update().filter(pk=row, lease_token=token, state=ModelState.TRAINING)
    model = mine.first()
    if model is None:
        raise TrainingLost(str(row))
    return model


def _refuse_same(candidate: Candidate) -> None:
    if EngineModel.objects.filter(name=candidate.name, digest=candidate.digest).exists():
        raise SameModel(candidate.digest)


def _columns(candidate: Candidate) -> dict[str, Any]:
    same = ("name", "seed", "digest", "version", "weights", "manifest_text", "sha256", "corrections_used",
            "evaluation", "changes")  # fmt: skip
    return {name: getattr(candidate, name) for name in same} | {"trained_at": Now()}
