"""What templates need of Python: figures, names of codes, icons, addresses with another filter."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.utils.html import escape, json_script
from django.utils.safestring import SafeString, mark_safe

from analysis.insights import labels
from analysis.web import chips, faults, figures

register = template.Library()
_ICONS = Path(__file__).with_name("icons")

register.filter("number", figures.number)
register.filter("decimal", figures.decimal)
register.filter("signed", figures.signed)
register.filter("percent", figures.percent)
register.filter("duration", figures.duration)
register.filter("size", figures.size)
register.filter("money", figures.money)
register.filter("moment", figures.moment)
register.filter("reason", faults.reason_of)


@register.filter
def name(code: str, kind: str) -> str:
    """``{{ "p0"|name:"urgency" }}``"""
    return labels.name_of(kind, code)


@register.filter
def get(mapping: Mapping[Any, Any], key: Any) -> Any:
    """The value of a key that is a variable, None without one."""
    return mapping.get(key)


@register.filter
def spaced(codes: str) -> str:
    """``high,default`` as "high, default", which may be broken into lines."""
    return ", ".join(codes.split(","))


@register.filter
def json_for(value: Any, key: str) -> SafeString:
    """Data for charts.js, escaped, in a script element that is not run."""
    return json_script(value, f"data-{key}")


@register.filter
def field_name(field: str) -> str:
    """What a correctable field is called."""
    return str(chips.NAMES.get(field, field))


@register.filter
def labelled(value: Any, field: str) -> str:
    """The value of a correction in words: a code, a list of themes or emotions, or nothing."""
    if value is None:
        return figures.NOTHING
    if isinstance(value, list):
        kind = field.removesuffix("s")
        return ", ".join(labels.name_of(kind, each.get("code", "")) for each in value) or figures.NOTHING
    return labels.name_of(field, str(value)) if field in labels.ALL else str(value)


@register.simple_tag
def icon(drawing: str, label: str = "") -> SafeString:
    """An icon as inline SVG: without a label it is decoration, with one it is read out."""
    return mark_safe(_svg(drawing).format(label=_labelled(label)))  # noqa: S308  our own files, an escaped label


@register.simple_tag
def sentiment_icon(sentiment: str) -> SafeString:
    """The face that goes with a sentiment, so that colour is never alone."""
    return icon(labels.SENTIMENT_ICONS.get(sentiment, "minus"))


@register.simple_tag(takes_context=True)
def active(context: dict[str, Any], *names: str) -> str:
    """``aria-current="page"`` where the page shown is one of those named."""
    match = getattr(context.get("request"), "resolver_match", None)
    return mark_safe(' aria-current="page"') if match and match.url_name in names else ""


def _labelled(label: str) -> str:
    return f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'


@cache
def _svg(drawing: str) -> str:
    """The drawing with a class of ours and a place for its label."""
    svg = (_ICONS / f"{drawing}.svg").read_text(encoding="utf-8")
    return svg.replace("<svg ", '<svg class="icon" focusable="false" {label} ', 1)
