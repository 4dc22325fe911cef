"""Nodes, prices, budgets, the ledger of calls, and what a session agrees to."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import analysis.models.base


class Migration(migrations.Migration):
    dependencies = [
        ("analysis", "0007_engine_models"),
    ]

    operations = [
        migrations.CreateModel(
            name="Budget",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=analysis.models.base.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[("day", "each day"), ("month", "each month"), ("session", "each session")],
                        max_length=10,
                        unique=True,
                        verbose_name="for",
                    ),
                ),
                (
                    "most",
                    models.DecimalField(
                        decimal_places=6,
                        max_digits=12,
                        validators=[django.core.validators.MinValueValidator(Decimal(0))],
                        verbose_name="most (USD)",
                    ),
                ),
            ],
            options={
                "verbose_name": "budget",
                "verbose_name_plural": "budgets",
                "db_table": "budgets",
                "ordering": ("scope",),
            },
        ),
        migrations.CreateModel(
            name="LanguageModel",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=analysis.models.base.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="As the provider calls it.", max_length=100, unique=True, verbose_name="name"
                    ),
                ),
                (
                    "price_in",
                    models.DecimalField(
                        decimal_places=6,
                        default=Decimal(0),
                        max_digits=12,
                        validators=[django.core.validators.MinValueValidator(Decimal(0))],
                        verbose_name="price of a million tokens in (USD)",
                    ),
                ),
                (
                    "price_out",
                    models.DecimalField(
                        decimal_places=6,
                        default=Decimal(0),
                        max_digits=12,
                        validators=[django.core.validators.MinValueValidator(Decimal(0))],
                        verbose_name="price of a million tokens out (USD)",
                    ),
                ),
            ],
            options={
                "verbose_name": "language model",
                "verbose_name_plural": "language models",
                "db_table": "language_models",
                "ordering": ("name",),
            },
        ),
        migrations.CreateModel(
            name="NodePool",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=analysis.models.base.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "engine",
                    models.CharField(
                        choices=[("llm", "language model"), ("remote", "another instance of this product")],
                        max_length=10,
                        unique=True,
                        verbose_name="engine",
                    ),
                ),
                (
                    "algorithm",
                    models.CharField(
                        choices=[
                            ("weighted_round_robin", "in turn, by weight"),
                            ("round_robin", "in turn"),
                            ("least_connections", "fewest calls in hand"),
                            ("ip_hash", "the same caller, the same node"),
                        ],
                        default="weighted_round_robin",
                        max_length=24,
                        verbose_name="share of calls",
                    ),
                ),
                (
                    "sure_from",
                    models.FloatField(
                        default=0.6,
                        help_text="The engine “auto” asks about a comment only when the embedded engine is less sure than this.",
                        validators=[
                            django.core.validators.MinValueValidator(0.0),
                            django.core.validators.MaxValueValidator(1.0),
                        ],
                        verbose_name="sure from",
                    ),
                ),
                (
                    "batch_size",
                    models.PositiveSmallIntegerField(
                        default=20,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(50),
                        ],
                        verbose_name="texts a call",
                    ),
                ),
                (
                    "is_adaptive",
                    models.BooleanField(
                        default=True,
                        help_text="Fewer texts a call when answers take over two seconds, more when they take under half a second.",
                        verbose_name="size follows latency",
                    ),
                ),
                (
                    "served_version",
                    models.CharField(blank=True, editable=False, max_length=80, verbose_name="version served"),
                ),
            ],
            options={
                "verbose_name": "pool of nodes",
                "verbose_name_plural": "pools of nodes",
                "db_table": "node_pools",
                "ordering": ("engine",),
            },
        ),
        migrations.CreateModel(
            name="ProviderCall",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=analysis.models.base.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("engine", models.CharField(max_length=10, verbose_name="engine")),
                ("model", models.CharField(blank=True, max_length=100, verbose_name="language model")),
                ("session_key", models.CharField(blank=True, editable=False, max_length=36)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reserved", "in flight"),
                            ("settled", "billed"),
                            ("released", "not billed"),
                            ("assumed", "assumed billed"),
                        ],
                        default="reserved",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("trouble", models.CharField(blank=True, max_length=20, verbose_name="trouble")),
                ("items", models.PositiveSmallIntegerField(verbose_name="texts")),
                ("tokens_in", models.PositiveIntegerField(default=0, verbose_name="tokens in")),
                ("tokens_out", models.PositiveIntegerField(default=0, verbose_name="tokens out")),
                ("reserved", models.DecimalField(decimal_places=8, max_digits=14, verbose_name="reserved (USD)")),
                ("cost", models.DecimalField(decimal_places=8, max_digits=14, verbose_name="cost (USD)")),
                ("day", models.DateField(verbose_name="day")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="made")),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="settled")),
            ],
            options={
                "verbose_name": "call to a provider",
                "verbose_name_plural": "calls to providers",
                "db_table": "provider_calls",
                "ordering": ("-created_at",),
            },
        ),
        migrations.CreateModel(
            name="ProviderNode",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=analysis.models.base.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.SlugField(max_length=60, unique=True, verbose_name="name")),
                (
                    "base_url",
                    models.CharField(
                        help_text="Such as https://api.example/v1; of another instance of this product: https://host/api/v1.",
                        max_length=300,
                        validators=[django.core.validators.URLValidator(schemes=["http", "https"])],
                        verbose_name="address",
                    ),
                ),
                (
                    "key_variable",
                    models.CharField(
                        blank=True,
                        help_text="The variable of the environment that holds the key; it begins with PROVIDER_KEY_.",
                        max_length=80,
                        validators=[django.core.validators.RegexValidator("^PROVIDER_KEY_[A-Z0-9_]+\\Z")],
                        verbose_name="variable of the key",
                    ),
                ),
                (
                    "weight",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="weight",
                    ),
                ),
                ("is_enabled", models.BooleanField(default=True, verbose_name="in use")),
                (
                    "is_draining",
                    models.BooleanField(
                        default=False,
                        help_text="Finishes what it has in hand and gets nothing new.",
                        verbose_name="draining",
                    ),
                ),
                (
                    "is_abroad",
                    models.BooleanField(
                        default=True,
                        help_text="Comments leave the country on the way to it: only sessions that agreed to that use it.",
                        verbose_name="abroad",
                    ),
                ),
                (
                    "at_once",
                    models.PositiveSmallIntegerField(
                        default=20,
                        help_text="In each process.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="calls at once",
                    ),
                ),
                (
                    "calls_per_minute",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Of all processes together; empty: no limit of ours.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="calls a minute",
                    ),
                ),
                (
                    "timeout_seconds",
                    models.FloatField(
                        default=30.0,
                        validators=[
                            django.core.validators.MinValueValidator(0.1),
                            django.core.validators.MaxValueValidator(300.0),
                        ],
                        verbose_name="time limit (s)",
                    ),
                ),
                ("checked_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="looked at")),
                ("check_trouble", models.CharField(blank=True, editable=False, max_length=40, verbose_name="trouble")),
                ("check_ms", models.FloatField(blank=True, editable=False, null=True, verbose_name="answered in (ms)")),
                ("cpu", models.FloatField(blank=True, editable=False, null=True, verbose_name="processor in use")),
                ("memory", models.FloatField(blank=True, editable=False, null=True, verbose_name="memory in use")),
            ],
            options={
                "verbose_name": "node",
                "verbose_name_plural": "nodes",
                "db_table": "provider_nodes",
                "ordering": ("name",),
            },
        ),
        migrations.CreateModel(
            name="Spending",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=analysis.models.base.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[("day", "each day"), ("month", "each month"), ("session", "each session")],
                        max_length=10,
                        verbose_name="for",
                    ),
                ),
                ("key", models.CharField(max_length=36, verbose_name="period")),
                (
                    "committed",
                    models.DecimalField(
                        decimal_places=8, default=Decimal(0), max_digits=14, verbose_name="committed (USD)"
                    ),
                ),
            ],
            options={
                "verbose_name": "spending",
                "verbose_name_plural": "spendings",
                "db_table": "spendings",
            },
        ),
        migrations.CreateModel(
            name="Usage",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=analysis.models.base.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField(verbose_name="day")),
                ("engine", models.CharField(max_length=10, verbose_name="engine")),
                ("run", models.PositiveIntegerField(default=0, verbose_name="run")),
                ("texts", models.PositiveIntegerField(default=0, verbose_name="texts")),
                ("repeats", models.PositiveIntegerField(default=0, verbose_name="repeats")),
                ("trivial", models.PositiveIntegerField(default=0, verbose_name="not worth asking")),
                ("sure", models.PositiveIntegerField(default=0, verbose_name="sure without asking")),
                ("cached", models.PositiveIntegerField(default=0, verbose_name="from the cache")),
                ("provided", models.PositiveIntegerField(default=0, verbose_name="from a provider")),
                ("fallbacks", models.PositiveIntegerField(default=0, verbose_name="fallbacks")),
            ],
            options={
                "verbose_name": "usage",
                "verbose_name_plural": "usages",
                "db_table": "usages",
                "ordering": ("-day",),
            },
        ),
        migrations.AddField(
            model_name="session",
            name="cost_limit",
            field=models.DecimalField(
                blank=True,
                decimal_places=6,
                help_text="The most that this session may cost; empty: the budget of each session.",
                max_digits=12,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal(0))],
                verbose_name="cost limit (USD)",
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="on_outage",
            field=models.CharField(
                choices=[("fallback", "provisional labels"), ("wait", "wait")],
                db_default="fallback",
                default="fallback",
                max_length=8,
                verbose_name="when no engine answers",
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="pause_reason",
            field=models.CharField(blank=True, db_default="", max_length=20, verbose_name="reason of the pause"),
        ),
        migrations.AddField(
            model_name="session",
            name="sends_abroad",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Whether its comments, with personal data masked, may be sent to engines in other countries.",
                verbose_name="texts may be sent abroad",
            ),
        ),
        migrations.AddField(
            model_name="nodepool",
            name="model",
            field=models.ForeignKey(
                blank=True,
                help_text="The engine “llm” needs one.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pools",
                to="analysis.languagemodel",
                verbose_name="language model",
            ),
        ),
        migrations.AddField(
            model_name="providercall",
            name="session",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="calls",
                to="analysis.session",
                verbose_name="session",
            ),
        ),
        migrations.AddField(
            model_name="providernode",
            name="pool",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="nodes",
                to="analysis.nodepool",
                verbose_name="pool",
            ),
        ),
        migrations.AddField(
            model_name="providercall",
            name="node",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="calls",
                to="analysis.providernode",
                verbose_name="node",
            ),
        ),
        migrations.AddConstraint(
            model_name="spending",
            constraint=models.UniqueConstraint(fields=("scope", "key"), name="spending_once_a_period"),
        ),
        migrations.AddField(
            model_name="usage",
            name="session",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="usages",
                to="analysis.session",
                verbose_name="session",
            ),
        ),
        migrations.AddConstraint(
            model_name="providernode",
            constraint=models.CheckConstraint(condition=models.Q(("weight__gte", 1)), name="node_weight_is_positive"),
        ),
        migrations.AddIndex(
            model_name="providercall",
            index=models.Index(fields=["day", "engine"], name="idx_calls_day"),
        ),
        migrations.AddIndex(
            model_name="providercall",
            index=models.Index(
                condition=models.Q(("state", "reserved")), fields=["created_at"], name="idx_calls_in_flight"
            ),
        ),
        migrations.AddConstraint(
            model_name="usage",
            constraint=models.UniqueConstraint(
                fields=("day", "engine", "session", "run"), name="usage_once_a_day", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="usage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "texts",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("trivial"), "+", models.F("sure")
                                    ),
                                    "+",
                                    models.F("cached"),
                                ),
                                "+",
                                models.F("provided"),
                            ),
                            "+",
                            models.F("fallbacks"),
                        ),
                    )
                ),
                name="usage_adds_up",
            ),
        ),
    ]
