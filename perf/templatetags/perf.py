"""What the panels' template needs."""

from __future__ import annotations

from django import template
from django.utils.html import json_script
from django.utils.safestring import SafeString

from perf.panels import Chart, Mark

register = template.Library()


@register.filter
def chart_json(chart: Chart, key: str) -> SafeString:
    """Data for performance.js, escaped, in a script element that is not run."""
    return json_script(chart.as_json(), f"chart-{key}")


@register.filter
def mark_time(chart: Chart, mark: Mark) -> str:
    """When it happened, as the chart says it."""
    return chart.labels[mark.bucket]
