"""An alert as a sentence, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from perf.figures import short
from perf.models import Alert, RuleKind


def title(alert: Alert) -> str:
    """What is wrong, in a few words."""
    kind = RuleKind(alert.rule.kind)
    titles = {
        RuleKind.SLOWER: _("%(subject)s is slower than usual"),
        RuleKind.ERRORS: _("%(subject)s fails"),
        RuleKind.GAUGE: _("%(subject)s is too high"),
        RuleKind.SILENCE: _("No measures arrive"),
        RuleKind.AWAY: _("%(subject)s does not answer"),
    }
    return titles[kind] % {"subject": alert.subject}


def because(kind: str, evidence: Mapping[str, Any]) -> str:
    """The figures that prove it."""
    sentences = {
        RuleKind.SLOWER: _(
            "Median: %(p50)s ms (usually %(usual_p50)s ms), 95th percentile: %(p95)s ms (usually %(usual_p95)s ms), in "
            "%(bad)s of the last %(of)s minutes, %(calls)s calls."
        ),
        RuleKind.ERRORS: _("%(errors)s of %(calls)s calls failed, in %(bad)s of the last %(of)s minutes."),
        RuleKind.GAUGE: _("%(value)s on average (limit %(limit)s), in %(bad)s of the last %(of)s minutes."),
        RuleKind.SILENCE: _("The last minute was rolled up %(minutes)s minutes late (limit %(limit)s)."),
        RuleKind.AWAY: _("For %(minutes)s minutes (limit %(limit)s)."),
    }
    return sentences[RuleKind(kind)] % _figures(evidence)


def _figures(evidence: Mapping[str, Any]) -> dict[str, str]:
    """By the short names of the sentences; "?" for a figure that is not there."""
    names = {
        "p50": "p50_ms", "usual_p50": "usual_p50_ms", "p95": "p95_ms", "usual_p95": "usual_p95_ms",
        "bad": "bad_minutes", "of": "of_minutes", "calls": "calls", "errors": "errors", "value": "value",
        "limit": "limit", "minutes": "minutes",
    }  # fmt: skip
    return {key: short(evidence[name]) if name in evidence else "?" for key, name in names.items()}
