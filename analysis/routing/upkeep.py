"""What operators do to nodes and to the answers that are kept; each of it leaves a line in the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from analysis import access
from analysis.models import NodePool, ProviderNode, RemoteEngine
from analysis.routing import answers, nodes

if TYPE_CHECKING:
    from analysis.access import Principal


def drain(*, node: ProviderNode, actor: Principal) -> bool:
    """Give it nothing new; what it has in hand it finishes. False when it was draining already."""
    return _change(node, actor, "drain", is_draining=True)


def put_back(*, node: ProviderNode, actor: Principal) -> bool:
    """Have it called again, also after it was taken out of use. False when it was in use all along."""
    return _change(node, actor, "put_back", is_draining=False, is_enabled=True)


def forget_answers(*, actor: Principal, engine: str = "") -> int:
    """Forget the answers kept of one engine of the network, or of all; returns how many. The next are asked anew.

    The trail has it with the pools whose answers they were, or with the person where there is no pool.
    """
    forgotten = answers.forget(f"{engine}-*" if engine else "")
    targets: list[Any] = list(NodePool.objects.filter(engine__in=[engine] if engine else RemoteEngine.values))
    for target in targets or [actor]:
        access.record(actor, "answers.forget", target, answers=forgotten, engine=engine or "all")
    return forgotten


def _change(node: ProviderNode, actor: Principal, action: str, **wanted: bool) -> bool:
    with transaction.atomic():
        locked = ProviderNode.objects.select_for_update(of=("self",)).get(pk=node.pk)
        if all(getattr(locked, name) == value for name, value in wanted.items()):
            return False
        for name, value in wanted.items():
            setattr(locked, name, value)
        locked.save(update_fields=list(wanted))
        access.record(actor, f"providernode.{action}", locked)
    nodes.look_again()
    return True
