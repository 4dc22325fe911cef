"""Trained models of engines: what each is, and the way to the page that compares, activates and goes back."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from analysis.admin.base import Admin, ReadOnly
from analysis.admin.display import as_json, excerpt
from analysis.models import EngineModel


@admin.register(EngineModel)
class EngineModelAdmin(ReadOnly, Admin):
    """Written by trainings; activated and gone back from on the page "Engine", with its checks."""

    list_display = ("name", "digest", "state", "corrections_used", "trained_at", "created_by", "activated_at",
                    "activated_by", "trouble")  # fmt: skip
    list_select_related = ("created_by", "activated_by")
    list_filter = ("state", "name")
    fields = ("name", "digest", "version", "state", "sha256", "seed", "corrections_used", "created_by", "created_at",
              "trained_at", "activated_by", "activated_at", "retired_at", "replaced", "attempts", "failure",
              "manifest_data", "evaluation_data", "change_data")  # fmt: skip

    @admin.display(description=_("reason of the failure"))
    def trouble(self, model: EngineModel) -> str:
        """The beginning."""
        return excerpt(model.failure, 60)

    @admin.display(description=_("manifest"))
    def manifest_data(self, model: EngineModel) -> str:
        """As data."""
        return as_json(model.manifest)

    @admin.display(description=_("evaluation"))
    def evaluation_data(self, model: EngineModel) -> str:
        """As data."""
        return as_json(model.evaluation)

    @admin.display(description=_("changes on past sessions"))
    def change_data(self, model: EngineModel) -> str:
        """As data."""
        return as_json(model.changes)
