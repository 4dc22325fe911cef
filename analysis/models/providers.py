"""Who labels outside this process: paid language models, other instances of this product, and where they are."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator, URLValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from analysis.models.base import PublicModel

#: Keys of providers are read from variables of the environment with this beginning, and from no others.
KEY_PREFIX = "PROVIDER_KEY_"


class RemoteEngine(models.TextChoices):
    """The engines that are asked over the network."""

    LLM = "llm", _("language model")
    REMOTE = "remote", _("another instance of this product")


class Algorithm(models.TextChoices):
    """How calls are shared among the nodes of a pool."""

    WEIGHTED_ROUND_ROBIN = "weighted_round_robin", _("in turn, by weight")
    ROUND_ROBIN = "round_robin", _("in turn")
    LEAST_CONNECTIONS = "least_connections", _("fewest calls in hand")
    IP_HASH = "ip_hash", _("the same caller, the same node")


class LanguageModel(PublicModel):
    """A model that providers serve, and what it costs in US dollars a million tokens."""

    name = models.CharField(_("name"), max_length=100, unique=True, help_text=_("As the provider calls it."))
    price_in = models.DecimalField(
        _("price of a million tokens in (USD)"), max_digits=12, decimal_places=6, default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
    )  # fmt: skip
    price_out = models.DecimalField(
        _("price of a million tokens out (USD)"), max_digits=12, decimal_places=6, default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
    )  # fmt: skip

    class Meta:
        db_table = "language_models"
        verbose_name = _("language model")
        verbose_name_plural = _("language models")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class NodePool(PublicModel):
    """What all nodes of an engine have in common; one row an engine.

    ``sure_from`` is the embedded engine's confidence (0..1) from which the engine ``auto`` takes its answer and asks
    nobody. ``served_version`` is the version that the instances behind ``remote`` last said they label with.
    """

    engine = models.CharField(_("engine"), max_length=10, choices=RemoteEngine, unique=True)
    model = models.ForeignKey(
        LanguageModel, null=True, blank=True, on_delete=models.PROTECT, related_name="pools",
        verbose_name=_("language model"), help_text=_("The engine “llm” needs one."),
    )  # fmt: skip
    algorithm = models.CharField(
        _("share of calls"), max_length=24, choices=Algorithm, default=Algorithm.WEIGHTED_ROUND_ROBIN
    )
    sure_from = models.FloatField(
        _("sure from"), default=0.6, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text=_("The engine “auto” asks about a comment only when the embedded engine is less sure than this."),
    )  # fmt: skip
    batch_size = models.PositiveSmallIntegerField(
        _("texts a call"), default=20, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    is_adaptive = models.BooleanField(
        _("size follows latency"), default=True,
        help_text=_("Fewer texts a call when answers take over two seconds, more when they take under half a second."),
    )  # fmt: skip
    served_version = models.CharField(_("version served"), max_length=80, blank=True, editable=False)

    class Meta:
        db_table = "node_pools"
        verbose_name = _("pool of nodes")
        verbose_name_plural = _("pools of nodes")
        ordering = ("engine",)

    def __str__(self) -> str:
        return self.get_engine_display()


class ProviderNode(PublicModel):
    """One endpoint. The key itself is never stored: ``key_variable`` names the variable of the environment.

    The ``check`` columns are what the last look at it said: ``check_trouble`` is "" when it answered, ``cpu`` and
    ``memory`` (0..1) are its own words where it tells them.
    """

    name = models.SlugField(_("name"), max_length=60, unique=True)
    pool = models.ForeignKey(NodePool, on_delete=models.PROTECT, related_name="nodes", verbose_name=_("pool"))
    base_url = models.CharField(
        _("address"), max_length=300, validators=[URLValidator(schemes=["http", "https"])],
        help_text=_("Such as https://api.example/v1; of another instance of this product: https://host/api/v1."),
    )  # fmt: skip
    key_variable = models.CharField(
        _("variable of the key"), max_length=80, blank=True,
        validators=[RegexValidator(rf"^{KEY_PREFIX}[A-Z0-9_]+\Z")],
        help_text=_("The variable of the environment that holds the key; it begins with PROVIDER_KEY_."),
    )  # fmt: skip
    weight = models.PositiveSmallIntegerField(
        _("weight"), default=1, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    is_enabled = models.BooleanField(_("in use"), default=True)
    is_draining = models.BooleanField(
        _("draining"), default=False, help_text=_("Finishes what it has in hand and gets nothing new.")
    )
    is_abroad = models.BooleanField(
        _("abroad"), default=True,
        help_text=_("Comments leave the country on the way to it: only sessions that agreed to that use it."),
    )  # fmt: skip
    at_once = models.PositiveSmallIntegerField(
        _("calls at once"), default=20, validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("In each process."),
    )  # fmt: skip
    calls_per_minute = models.PositiveIntegerField(
        _("calls a minute"), null=True, blank=True, validators=[MinValueValidator(1)],
        help_text=_("Of all processes together; empty: no limit of ours."),
    )  # fmt: skip
    timeout_seconds = models.FloatField(
        _("time limit (s)"), default=30.0, validators=[MinValueValidator(0.1), MaxValueValidator(300.0)]
    )
    checked_at = models.DateTimeField(_("looked at"), null=True, blank=True, editable=False)
    check_trouble = models.CharField(_("trouble"), max_length=40, blank=True, editable=False)
    check_ms = models.FloatField(_("answered in (ms)"), null=True, blank=True, editable=False)
    cpu = models.FloatField(_("processor in use"), null=True, blank=True, editable=False)
    memory = models.FloatField(_("memory in use"), null=True, blank=True, editable=False)

    class Meta:
        db_table = "provider_nodes"
        verbose_name = _("node")
        verbose_name_plural = _("nodes")
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(name="node_weight_is_positive", condition=Q(weight__gte=1)),
        ]

    def __str__(self) -> str:
        return self.name
