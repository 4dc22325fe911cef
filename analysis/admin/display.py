"""How values look in admin pages; everything is escaped."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.text import Truncator

NONE = "-"


def excerpt(text: str, characters: int = 100) -> str:
    """The beginning of a text on one line."""
    return Truncator(" ".join(text.split())).chars(characters) or NONE


def as_json(value: Any) -> SafeString | str:
    """Plain data, indented."""
    if value in (None, {}, []):
        return NONE
    return format_html("<pre>{}</pre>", json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True))


def link_to(obj: Model | None, text: str | None = None) -> SafeString | str:
    """A link to the admin page of a row."""
    if obj is None:
        return NONE
    address = reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])
    return format_html('<a href="{}">{}</a>', address, text or str(obj))


def link_to_list(model: type[Model], text: str, **lookups: Any) -> SafeString:
    """A link to the admin's list of a model, filtered."""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return format_html('<a href="{}?{}">{}</a>', address, urlencode(lookups), text)
