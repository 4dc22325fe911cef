"""Django admin, one module a subject; importing them registers them."""

from analysis.admin import (
    comments,
    costs,
    engines,
    files,
    integration,
    nodes,
    panels,
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
    "costs",
    "engines",
    "files",
    "integration",
    "nodes",
    "panels",
    "results",
    "sessions",
    "site",
    "taxonomy_versions",
    "teams",
    "themes",
    "work",
]
