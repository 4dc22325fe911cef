"""What silk is doing."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perf.panels import Again, Body, Link, Panel, Scope, register
from perf.profiling.pruning import recorded
from perf.profiling.recording import share
from perf.words import number


def build(scope: Scope) -> Body:
    """The share that is watched, and how much is kept."""
    watched = share()
    told = {"share": number(watched, 1 if watched % 1 else 0), "requests": number(recorded())}
    links = [Link(_("Open silk"), reverse("silk:summary"))] if scope.user.is_superuser else []
    return Body(
        says=_("%(share)s %% of requests are watched; %(requests)s are recorded.") % told,
        tone="warn" if watched >= 50 else "",
        links=links,
    )


register(
    Panel(
        key="recordings",
        question=gettext_lazy("Which requests are being looked into?"),
        meaning=gettext_lazy(
            "Silk records times and statements of a share of the requests, never values, texts or cookies. It "
            "costs the requests it watches several times their processor time."
        ),
        remedy=gettext_lazy(
            "To find out why a page is slow, watch a few per cent for some minutes, open silk, and set it back to "
            "nothing."
        ),
        build=build,
        place=70,
        again=Again.NEVER,
    )
)
