"""Groups of comments and topics that somebody had looked for."""

import django.db.models.deletion
from django.db import migrations, models

import analysis.models.base


class Migration(migrations.Migration):
    dependencies = [
        ("analysis", "0005_taxonomy"),
    ]

    operations = [
        migrations.CreateModel(
            name="Discovery",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=analysis.models.base.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("similar", "comments that say almost the same"),
                            ("topics", "topics without a theme"),
                        ],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("query", models.CharField(blank=True, max_length=1000, verbose_name="filter")),
                ("revision", models.PositiveIntegerField(verbose_name="revision")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("leased", "in work"), ("done", "done"), ("failed", "failed")],
                        default="open",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("result", models.JSONField(blank=True, default=dict, verbose_name="result")),
                ("members", models.JSONField(blank=True, default=list, verbose_name="rows")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("lease_token", models.UUIDField(blank=True, null=True, verbose_name="lease")),
                ("lease_until", models.DateTimeField(blank=True, null=True, verbose_name="leased until")),
                ("error", models.CharField(blank=True, max_length=500, verbose_name="error")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="asked for")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                (
                    "session",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="discoveries",
                        to="analysis.session",
                        verbose_name="session",
                    ),
                ),
            ],
            options={
                "verbose_name": "discovery",
                "verbose_name_plural": "discoveries",
                "db_table": "discoveries",
                "ordering": ("-created_at",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["open", "leased"])),
                        fields=["state"],
                        name="idx_discoveries_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("session", "kind", "query", "revision"), name="discovery_once_a_revision"
                    )
                ],
            },
        ),
    ]
