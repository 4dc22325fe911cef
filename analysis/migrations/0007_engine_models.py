"""Trained models of engines, and whose corrections may teach them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import analysis.models.base


class Migration(migrations.Migration):
    dependencies = [
        ("analysis", "0006_discoveries"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="teaches",
            field=models.BooleanField(
                default=True,
                help_text="Whether its corrections may become training data.",
                verbose_name="corrections teach the engine",
            ),
        ),
        migrations.AddField(
            model_name="team",
            name="teaches",
            field=models.BooleanField(
                default=True,
                help_text="Whether its corrections may become training data.",
                verbose_name="corrections teach the engine",
            ),
        ),
        migrations.CreateModel(
            name="EngineModel",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=analysis.models.base.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="engine")),
                ("digest", models.CharField(blank=True, max_length=16, verbose_name="digest")),
                ("version", models.CharField(blank=True, max_length=80, verbose_name="version")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("training", "in training"),
                            ("failed", "failed"),
                            ("candidate", "candidate"),
                            ("active", "active"),
                            ("retired", "retired"),
                        ],
                        default="candidate",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("weights", models.BinaryField(null=True, verbose_name="weights")),
                ("manifest_text", models.TextField(blank=True, verbose_name="manifest")),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("seed", models.PositiveIntegerField(default=0, verbose_name="seed")),
                ("evaluation", models.JSONField(blank=True, default=dict, verbose_name="evaluation")),
                ("changes", models.JSONField(blank=True, default=dict, verbose_name="changes on past sessions")),
                ("corrections_used", models.PositiveIntegerField(default=0, verbose_name="corrections used")),
                ("failure", models.TextField(blank=True, verbose_name="reason of the failure")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("lease_token", models.UUIDField(blank=True, editable=False, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True, verbose_name="leased until")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("trained_at", models.DateTimeField(blank=True, null=True, verbose_name="trained")),
                ("activated_at", models.DateTimeField(blank=True, null=True, verbose_name="activated")),
                ("retired_at", models.DateTimeField(blank=True, null=True, verbose_name="retired")),
                (
                    "activated_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="activated by",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                (
                    "replaced",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="analysis.enginemodel",
                        verbose_name="took the place of",
                    ),
                ),
            ],
            options={
                "verbose_name": "model of an engine",
                "verbose_name_plural": "models of engines",
                "db_table": "engine_models",
                "ordering": ("-created_at",),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "active")), fields=("name",), name="engine_model_active_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "training")), fields=("name",), name="engine_model_training_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("digest", ""), _negated=True),
                        fields=("name", "digest"),
                        name="engine_model_digest",
                    ),
                ],
            },
        ),
    ]
