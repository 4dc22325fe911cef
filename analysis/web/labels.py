"""The names that people read for the codes that programs use; exports read the same ones."""

from analysis.insights.labels import (
    ALL,
    CHURN_RISKS,
    EMOTIONS,
    FIELDS,
    KINDS,
    LANGUAGES,
    NPS_GROUPS,
    PERSONAL_DATA,
    SENTIMENT_ICONS,
    SENTIMENTS,
    STATES,
    STATUSES,
    THEMES,
    URGENCIES,
    Name,
    name_of,
)

__all__ = [
    "ALL",
    "CHURN_RISKS",
    "EMOTIONS",
    "FIELDS",
    "KINDS",
    "LANGUAGES",
    "NPS_GROUPS",
    "PERSONAL_DATA",
    "SENTIMENTS",
    "SENTIMENT_ICONS",
    "STATES",
    "STATUSES",
    "THEMES",
    "URGENCIES",
    "Name",
    "name_of",
]
