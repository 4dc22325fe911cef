"""What calls to paid engines cost: promised before, settled after, within budgets; and what was spared."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from analysis.models.base import PublicModel
from analysis.models.providers import ProviderNode
from analysis.models.sessions import Session


class BudgetScope(models.TextChoices):
    """What a budget is for. Days and months are those of the product's time zone."""

    DAY = "day", _("each day")
    MONTH = "month", _("each month")
    SESSION = "session", _("each session")


class Budget(PublicModel):
    """The most that may be spent in each period; no row, no limit."""

    scope = models.CharField(_("for"), max_length=10, choices=BudgetScope, unique=True)
    most = models.DecimalField(
        _("most (USD)"), max_digits=12, decimal_places=6, validators=[MinValueValidator(Decimal(0))]
    )

    class Meta:
        db_table = "budgets"
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        ordering = ("scope",)

    def __str__(self) -> str:
        return f"{self.get_scope_display()}: {self.most.normalize():f} USD"


class Spending(PublicModel):
    """What a period has cost so far, with what is promised for calls in flight; ``key`` is a date, month or session."""

    scope = models.CharField(_("for"), max_length=10, choices=BudgetScope)
    key = models.CharField(_("period"), max_length=36)
    committed = models.DecimalField(_("committed (USD)"), max_digits=14, decimal_places=8, default=Decimal(0))

    class Meta:
        db_table = "spendings"
        verbose_name = _("spending")
        verbose_name_plural = _("spendings")
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="spending_once_a_period"),
        ]

    def __str__(self) -> str:
        return f"{self.get_scope_display()} {self.key}"


class CallState(models.TextChoices):
    """reserved -> settled (billed), released (not billed) or assumed (nobody knows: counted as promised)."""

    RESERVED = "reserved", _("in flight")
    SETTLED = "settled", _("billed")
    RELEASED = "released", _("not billed")
    ASSUMED = "assumed", _("assumed billed")


class ProviderCall(PublicModel):
    """A line of the ledger: one call, without a word of what was asked. ``cost`` counts from the moment it is reserved.

    ``day`` is the date whose budget pays, fixed when the call was reserved.
    """

    node = models.ForeignKey(
        ProviderNode, null=True, on_delete=models.SET_NULL, related_name="calls", verbose_name=_("node")
    )
    engine = models.CharField(_("engine"), max_length=10)
    model = models.CharField(_("language model"), max_length=100, blank=True)
    session = models.ForeignKey(
        Session, null=True, on_delete=models.SET_NULL, related_name="calls", verbose_name=_("session")
    )
    session_key = models.CharField(max_length=36, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=CallState, default=CallState.RESERVED)
    trouble = models.CharField(_("trouble"), max_length=20, blank=True)
    items = models.PositiveSmallIntegerField(_("texts"))
    tokens_in = models.PositiveIntegerField(_("tokens in"), default=0)
    tokens_out = models.PositiveIntegerField(_("tokens out"), default=0)
    reserved = models.DecimalField(_("reserved (USD)"), max_digits=14, decimal_places=8)
    cost = models.DecimalField(_("cost (USD)"), max_digits=14, decimal_places=8)
    day = models.DateField(_("day"))
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        db_table = "provider_calls"
        verbose_name = _("call to a provider")
        verbose_name_plural = _("calls to providers")
        ordering = ("-created_at",)
        indexes = [
            # Spend by day, engine and node: page and API.
            models.Index(fields=["day", "engine"], name="idx_calls_day"),
            # The sweep: calls whose process died.
            models.Index(fields=["created_at"], name="idx_calls_in_flight", condition=Q(state="reserved")),
        ]

    def __str__(self) -> str:
        return f"{self.engine} {self.created_at:%Y-%m-%d %H:%M:%S}"


class Usage(PublicModel):
    """Which way texts found their labels, a row for each day, session and engine; the ways add up to ``texts``.

    ``repeats`` are comments that cost nothing since their text had been asked about within the session; they are not
    among the ``texts``. Requests without a session share a row a day.
    """

    day = models.DateField(_("day"))
    engine = models.CharField(_("engine"), max_length=10)
    session = models.ForeignKey(
        Session, null=True, on_delete=models.CASCADE, related_name="usages", verbose_name=_("session")
    )
    run = models.PositiveIntegerField(_("run"), default=0)
    texts = models.PositiveIntegerField(_("texts"), default=0)
    repeats = models.PositiveIntegerField(_("repeats"), default=0)
    trivial = models.PositiveIntegerField(_("not worth asking"), default=0)
    sure = models.PositiveIntegerField(_("sure without asking"), default=0)
    cached = models.PositiveIntegerField(_("from the cache"), default=0)
    provided = models.PositiveIntegerField(_("from a provider"), default=0)
    fallbacks = models.PositiveIntegerField(_("fallbacks"), default=0)

    class Meta:
        db_table = "usages"
        verbose_name = _("usage")
        verbose_name_plural = _("usages")
        ordering = ("-day",)
        constraints = [
            models.UniqueConstraint(
                fields=["day", "engine", "session", "run"], name="usage_once_a_day", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="usage_adds_up",
                condition=Q(
                    texts=F("trivial") + F("sure") + F("cached") + F("provided") + F("fallbacks"),
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.engine}"
