"""Engines of the network: language models with their prices, pools, and nodes with how each of them fares now."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, Model, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from analysis.admin.base import Admin
from analysis.admin.display import NONE
from analysis.insights import labels
from analysis.insights.nodes import Condition, NodeState, node_states
from analysis.models import LanguageModel, NodePool, ProviderNode, RemoteEngine
from analysis.routing import nodes, upkeep
from analysis.web import figures


class RoutingAdmin(Admin):
    """Rows that calls go by: this process sees a change at once, the others within seconds."""

    ordering = ("pk",)

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm[Any], change: bool) -> None:
        """Save, and look again."""
        super().save_model(request, obj, form, change)
        nodes.look_again()

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """Delete, and look again."""
        super().delete_model(request, obj)
        nodes.look_again()


@admin.register(LanguageModel)
class LanguageModelAdmin(RoutingAdmin):
    """A changed price counts from the next call on; what was billed before stays as it was."""

    list_display = ("name", "price_in", "price_out", "pool_names")
    ordering = ("name",)
    search_fields = ("name",)
    fields = ("name", "price_in", "price_out")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LanguageModel]:
        """With the pools that use it."""
        rows: QuerySet[LanguageModel] = super().get_queryset(request).prefetch_related("pools")
        return rows

    @admin.display(description=_("asked by"))
    def pool_names(self, model: LanguageModel) -> str:
        """The pools that use it."""
        return ", ".join(str(pool) for pool in model.pools.all()) or NONE


class PoolForm(ModelForm):  # type: ignore[type-arg]
    """A pool that can be asked."""

    def clean(self) -> dict[str, Any]:
        """The engine “llm” without a model would ask for nothing."""
        values = super().clean() or {}
        if values.get("engine") == RemoteEngine.LLM and not values.get("model"):
            self.add_error("model", gettext("The engine “llm” needs one."))
        return values


@admin.register(NodePool)
class NodePoolAdmin(RoutingAdmin):
    """One row an engine of the network; without one, the engine cannot be chosen."""

    form = PoolForm
    list_display = ("engine", "model", "algorithm", "nodes_in_use", "batch_size", "is_adaptive", "sure_from",
                    "served_version")  # fmt: skip
    list_select_related = ("model",)
    ordering = ("engine",)
    fields = ("engine", "model", "algorithm", "batch_size", "is_adaptive", "sure_from", "served_version")
    readonly_fields = ("served_version",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[NodePool]:
        """With the number of its nodes."""
        in_use = Count("nodes", filter=Q(nodes__is_enabled=True, nodes__is_draining=False))
        rows: QuerySet[NodePool] = super().get_queryset(request).annotate(in_use=in_use)
        return rows

    @admin.display(description=_("nodes in use"))
    def nodes_in_use(self, pool: NodePool) -> int:
        """Those that get calls, if they are well."""
        return int(getattr(pool, "in_use", 0))


class NodeList(ChangeList):
    """The nodes of a page, with their live state, read in one go."""

    def get_results(self, request: HttpRequest) -> None:
        """Hang the state onto each row."""
        super().get_results(request)
        rows = list(self.result_list)
        for node, state in zip(rows, node_states(rows), strict=True):
            node.live = state
        self.result_list = rows


@admin.register(ProviderNode)
class ProviderNodeAdmin(RoutingAdmin):
    """The key stays in the environment; here is only the name of its variable."""

    list_display = ("name", "health", "share_of_calls", "effective_weight", "weight", "breaker", "looked_at", "pool",
                    "is_abroad")  # fmt: skip
    list_select_related = ("pool",)
    list_filter = ("pool", "is_enabled", "is_draining")
    ordering = ("name",)
    search_fields = ("name",)
    actions = ("drain", "put_back")
    readonly_fields = ("health", "looked_at", "breaker", "share_of_calls", "effective_weight", "load", "key_is_set")
    fieldsets = (
        (None, {"fields": ("name", "pool", "base_url", "key_variable")}),
        (_("Share of calls"), {"fields": ("weight", "is_enabled", "is_draining", "is_abroad")}),
        (_("Limits"), {"fields": ("at_once", "calls_per_minute", "timeout_seconds")}),
        (
            _("How it fares now"),
            {"fields": ("health", "looked_at", "load", "breaker", "share_of_calls", "effective_weight", "key_is_set")},
        ),
    )

    class Media:
        css = {"all": ["analysis/operations.css"]}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new node fares in no way yet."""
        return self.fieldsets if obj else self.fieldsets[:-1]

    def get_changelist(self, request: HttpRequest, **_kwargs: Any) -> type[ChangeList]:
        """The list class."""
        return NodeList

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm[Any], change: bool) -> None:
        """Save, and say so where the key is not to be found."""
        super().save_model(request, obj, form, change)
        variable = form.cleaned_data.get("key_variable", "")
        if variable and not os.environ.get(variable):
            text = gettext(
                "The variable %(name)s is not set in this process: calls go without a key until it is set for the web "
                "processes, the workers and the sweeper, and they are started again."
            )
            self.message_user(request, text % {"name": variable}, messages.WARNING)
        seconds = figures.number(settings.ENGINE_SEEN_SECONDS, 1)
        self.message_user(request, gettext("All processes follow within %(seconds)s s.") % {"seconds": seconds})

    @admin.display(description=_("state"))
    def health(self, node: ProviderNode) -> str:
        """In words, with the trouble that the last look found."""
        state = _live(node)
        words = labels.name_of("node_condition", state.condition)
        if state.condition is Condition.AWAY:
            words = f"{words}: {labels.name_of('trouble', state.trouble)}"
        return words

    @admin.display(description=_("looked at"), ordering="checked_at")
    def looked_at(self, node: ProviderNode) -> str:
        """When, and how long the answer took."""
        return looked_at(_live(node))

    @admin.display(description=_("breaker"))
    def breaker(self, node: ProviderNode) -> str:
        """Whether calls go through."""
        return labels.name_of("breaker", _live(node).breaker)

    @admin.display(description=_("calls in the last hour"))
    def share_of_calls(self, node: ProviderNode) -> str:
        """How many, and which share of its pool's."""
        state = _live(node)
        return f"{figures.number(state.work.calls)} ({figures.percent(state.share, 0)})"

    @admin.display(description=_("weight that counts"))
    def effective_weight(self, node: ProviderNode) -> str:
        """Weight x (1 - processor) x (1 - memory) x answered calls of the last hour."""
        return figures.number(_live(node).effective_weight, 2)

    @admin.display(description=_("load"))
    def load(self, node: ProviderNode) -> str:
        """As the node itself says."""
        state = _live(node)
        values = {"cpu": figures.percent(state.cpu, 0), "memory": figures.percent(state.memory, 0)}
        return gettext("processor %(cpu)s, memory %(memory)s") % values

    @admin.display(description=_("key is set here"), boolean=True)
    def key_is_set(self, node: ProviderNode) -> bool | None:
        """Whether this process has the variable; unknown without one."""
        return bool(os.environ.get(node.key_variable)) if node.key_variable else None

    @admin.action(description=_("Drain: finish what is in hand, get nothing new"), permissions=["change"])
    def drain(self, request: HttpRequest, queryset: QuerySet[ProviderNode]) -> None:
        """Take nodes out gently."""
        done = _each(request, queryset, upkeep.drain)
        text = ngettext("%(n)d node is draining now.", "%(n)d nodes are draining now.", done) % {"n": done}
        self.message_user(request, text, messages.SUCCESS if done else messages.INFO)

    @admin.action(description=_("Put back in use"), permissions=["change"])
    def put_back(self, request: HttpRequest, queryset: QuerySet[ProviderNode]) -> None:
        """Let them be called again."""
        done = _each(request, queryset, upkeep.put_back)
        text = ngettext("%(n)d node is in use again.", "%(n)d nodes are in use again.", done) % {"n": done}
        self.message_user(request, text, messages.SUCCESS if done else messages.INFO)


def looked_at(state: NodeState) -> str:
    """When a node was looked at, and how long its answer took."""
    if state.checked_at is None:
        return gettext("never")
    return f"{figures.moment(state.checked_at)} · {figures.number(state.check_ms)} ms"


def _live(node: ProviderNode) -> NodeState:
    """The state that the list has read, or the page of one node reads."""
    state: NodeState | None = getattr(node, "live", None)
    if state is None:
        [state] = node_states([node])
        node.live = state  # type: ignore[attr-defined]
    return state


def _each(request: HttpRequest, queryset: QuerySet[ProviderNode], verb: Callable[..., bool]) -> int:
    return sum(verb(node=node, actor=request.user) for node in queryset)
