"""What the domain measures, in words: for the page that ranks bottlenecks."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from perf.analytics import Kind, OperationClass, describe

_JOBS = "job.drain"

describe(
    OperationClass(
        "provider.",
        Kind.EXTERNAL,
        _("Call to a provider of labels"),
        _(
            "The time is spent outside. See which node is slow or fails: drain it, add another, or send more texts in "
            "a call. Answers that are kept in the cache cost no call."
        ),
        target_ms=2_000,
        inside=_JOBS,
        page="nodes-and-cache",
        page_label=_("Nodes and cache"),
    )
)
for prefix, label in {
    "analysis.engine": _("Labelling by the embedded engine"),
    "analysis.read": _("Reading comments to be labelled"),
    "analysis.write": _("Writing labels"),
    "intake.": _("Reading a file"),
}.items():
    describe(
        OperationClass(
            prefix,
            Kind.SLOW,
            label,
            _(
                "Profile the background job “drain” for ten minutes: its statements and functions show what this step "
                "waits for. If only the load has grown, add a worker."
            ),
            target_ms=5_000,
            inside=_JOBS,
        )
    )
