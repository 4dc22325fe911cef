"""What kinds of operations and resources there are: how each is called, what is too slow, what to do then.

An operation belongs to the class whose prefix fits it best. Requests and jobs are known here; whoever measures other
things describes them where apps get ready.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class Kind(StrEnum):
    """What sort of bottleneck it is."""

    SLOW = "slow_operations"
    RESOURCE = "resource_constraint"
    EXTERNAL = "external_api"


@dataclass(frozen=True, slots=True)
class OperationClass:
    """Operations whose name begins with ``prefix``.

    ``target_ms``: what a call may take while nobody knows yet what is usual. ``is_whole``: they are not part of other
    operations, so that their times add up to all the time there was; ``inside`` is the beginning of the names
    of those that the others are part of. ``page``: name of the URL of a page that helps.
    """

    prefix: str
    kind: Kind
    label: Text
    action: Text
    target_ms: float
    is_whole: bool = False
    inside: str = ""
    page: str = ""
    page_label: Text = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """A gauge that is a share (0 to 1) or a number, and the mean from which on it holds the work up."""

    gauge: str
    label: Text
    limit: float
    action: Text
    is_share: bool = True
    page: str = ""
    page_label: Text = ""


OTHER = OperationClass(
    "",
    Kind.SLOW,
    _("Step of the work"),
    _("See in the measures of this step when it became slower, and what was changed then."),
    target_ms=1000,
    page="performance",
    page_label=_("Performance"),
)
_classes: dict[str, OperationClass] = {}
_resources: dict[str, Resource] = {}


def describe(each: OperationClass) -> OperationClass:
    """Make a class of operations known; the same prefix again replaces it."""
    _classes[each.prefix] = each
    return each


def watch(each: Resource) -> Resource:
    """Make a resource known; the same gauge again replaces it."""
    _resources[each.gauge] = each
    return each


def class_of(operation: str) -> OperationClass:
    """The class with the longest prefix that fits."""
    fitting = [each for prefix, each in _classes.items() if operation.startswith(prefix)]
    return max(fitting, key=lambda each: len(each.prefix), default=OTHER)


def resources() -> dict[str, Resource]:
    """All of them, by the name of their gauge."""
    return dict(_resources)


describe(
    OperationClass(
        "web.",
        Kind.SLOW,
        _("Page or endpoint"),
        _(
            "Open “Why is it slow?”: it shows the statements that took the time. A statement that takes long wants an "
            "index or fewer rows; one that runs many times for one request wants its rows fetched together."
        ),
        target_ms=1000,
        is_whole=True,
    )
)
describe(
    OperationClass(
        "job.",
        Kind.SLOW,
        _("Background job"),
        _(
            "Open “Why is it slow?”: it shows the statements that took the time. If it is not the statements, profile "
            "the job with Python; if single steps are fine and the queue is long, add a worker."
        ),
        target_ms=10_000,
        is_whole=True,
    )
)

watch(
    Resource(
        "machine.cpu",
        _("Processor of the machine"),
        0.8,
        _(
            "Work waits for a core. See below where the time went and mend the greatest first; if all of it is needed, "
            "give the machine more cores, or run workers on another one."
        ),
    )
)
watch(
    Resource(
        "machine.memory",
        _("Memory of the machine"),
        0.8,
        _("Run fewer workers or web processes, or give the machine more memory, before it begins to swap."),
    )
)
watch(
    Resource(
        "postgresql.connections_share",
        _("Connections of PostgreSQL"),
        0.8,
        _("Whoever comes next may be refused. Lower the connections of each process, or raise max_connections."),
    )
)
