"""Trained models of engines: their weights, what was measured of them, and which one labels."""

from __future__ import annotations

from typing import Any

import orjson
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from analysis.models.base import PublicModel


class ModelState(models.TextChoices):
    """training -> candidate | failed; candidate -> active -> retired, and back."""

    TRAINING = "training", _("in training")
    FAILED = "failed", _("failed")
    CANDIDATE = "candidate", _("candidate")
    ACTIVE = "active", _("active")
    RETIRED = "retired", _("retired")


#: States of a model that has its weights, so that it can label.
USABLE_STATES = (ModelState.CANDIDATE, ModelState.ACTIVE, ModelState.RETIRED)


class LightManager(models.Manager["EngineModel"]):
    """Leaves the megabytes of the weights where they are until somebody asks for them."""

    def get_queryset(self) -> models.QuerySet[EngineModel]:
        """All models, without their weights."""
        return super().get_queryset().defer("weights")


class EngineModel(PublicModel):
    """A model of the engine called ``name``; while none is active, the engine labels with what it came with.

    ``version`` is what results are filed under, ``digest`` the part of it that names the model. ``weights`` and
    ``manifest_text`` are the two files of the model byte by byte, ``sha256`` what they must hash to. A row in
    training is a job: whoever holds ``lease_token`` until ``lease_until`` works on it, and nobody else writes to it.
    """

    name = models.CharField(_("engine"), max_length=40)
    digest = models.CharField(_("digest"), max_length=16, blank=True)
    version = models.CharField(_("version"), max_length=80, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=ModelState, default=ModelState.CANDIDATE)
    weights = models.BinaryField(_("weights"), null=True)
    manifest_text = models.TextField(_("manifest"), blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    seed = models.PositiveIntegerField(_("seed"), default=0)
    evaluation = models.JSONField(_("evaluation"), default=dict, blank=True)
    changes = models.JSONField(_("changes on past sessions"), default=dict, blank=True)
    corrections_used = models.PositiveIntegerField(_("corrections used"), default=0)
    failure = models.TextField(_("reason of the failure"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("created by"),
    )  # fmt: skip
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    trained_at = models.DateTimeField(_("trained"), null=True, blank=True)
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("activated by"),
    )  # fmt: skip
    activated_at = models.DateTimeField(_("activated"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)
    replaced = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("took the place of")
    )

    objects = LightManager()

    class Meta:
        db_table = "engine_models"
        verbose_name = _("model of an engine")
        verbose_name_plural = _("models of engines")
        ordering = ("-created_at",)
        # Rows are few; what must be unique is found by the indexes of the constraints.
        constraints = [
            # The active model: asked for by every process, every few seconds.
            models.UniqueConstraint(fields=["name"], name="engine_model_active_once", condition=Q(state="active")),
            # One training at a time; also the sweep's.
            models.UniqueConstraint(fields=["name"], name="engine_model_training_once", condition=Q(state="training")),
            # The model that a version names.
            models.UniqueConstraint(fields=["name", "digest"], name="engine_model_digest", condition=~Q(digest="")),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.digest or self.get_state_display()}"

    @property
    def manifest(self) -> dict[str, Any]:
        """What the training noted: seed, versions, hashes of what went in, figures."""
        return dict(orjson.loads(self.manifest_text)) if self.manifest_text else {}
