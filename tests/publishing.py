"""A new theme, published, as tests want it."""

from __future__ import annotations

from django.contrib.auth.models import User

from analysis.models import TaxonomyVersion, Theme, ThemePhrase
from analysis.routing import taxonomy
from analysis.taxonomies import BUILT_IN, activate, publish


def add_theme(code: str, *patterns: str, weight: float = 1.0, parent: str = "") -> Theme:
    """Add a theme of that code, with phrases, to the draft."""
    above = Theme.objects.get(code=parent, parent=None) if parent else None
    theme = Theme.objects.create(code=code, parent=above, name_es=f"{code} (es)", name_en=f"{code} (en)")
    for pattern in patterns:
        ThemePhrase.objects.create(theme=theme, pattern=pattern, weight=weight)
    return theme


def publish_draft(actor: User, note: str = "") -> TaxonomyVersion:
    """Publish and tell everybody, as the end of the transaction would."""
    version = publish(actor=actor, note=note)
    taxonomy.announce()
    return version


def activate_version(actor: User, version: TaxonomyVersion = BUILT_IN) -> None:
    """Activate and tell everybody."""
    activate(actor=actor, version=version)
    taxonomy.announce()
