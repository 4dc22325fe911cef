"""Django admin, one module a subject; importing them registers them."""

from analysis.admin import (
    comments,
    engines,
    files,
    integration,
    results,
    sessions,
    site,
    taxonomy_versions,
    teams,
    themes,
    work,
)

__all__ = [
    "comments",
    "engines",
    "files",
    "integration",
    "results",
    "sessions",
    "site",
    "taxonomy_versions",
    "teams",
    "themes",
    "work",
]
