"""The names that people read for the codes that programs use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from analysis.routing.taxonomy import active_taxonomy, current

Name = str | Promise

SENTIMENTS: dict[str, Name] = {
    "negative": _("Negative"),
    "mixed": _("Mixed"),
    "neutral": _("Neutral"),
    "positive": _("Positive"),
}
"""From bad to good: the order in which they are drawn."""

SENTIMENT_ICONS = {"negative": "frown", "mixed": "contrast", "neutral": "meh", "positive": "smile"}


class _ThemeNames(Mapping[str, Name]):
    """Names of themes by code: goes through those that are in use, and knows those that were."""

    def __getitem__(self, code: str) -> Name:
        return current().known[code].name_in(get_language() or "")

    def __iter__(self) -> Iterator[str]:
        return iter(active_taxonomy().codes)

    def __len__(self) -> int:
        return len(active_taxonomy().codes)


THEMES: Mapping[str, Name] = _ThemeNames()

EMOTIONS: dict[str, Name] = {
    "joy": _("Joy"),
    "satisfaction": _("Satisfaction"),
    "gratitude": _("Gratitude"),
    "hope": _("Hope"),
    "surprise": _("Surprise"),
    "confusion": _("Confusion"),
    "worry": _("Worry"),
    "frustration": _("Frustration"),
    "anger": _("Anger"),
    "disappointment": _("Disappointment"),
    "sadness": _("Sadness"),
}

LANGUAGES: dict[str, Name] = {
    "es": _("Spanish"),
    "jopara": _("Jopara"),
    "gn": _("Guarani"),
    "pt": _("Portuguese"),
    "other": pgettext_lazy("language", "Other"),
}

URGENCIES: dict[str, Name] = {
    "p0": _("P0 · emergency"),
    "p1": _("P1 · urgent"),
    "p2": _("P2 · nuisance"),
    "p3": _("P3 · not urgent"),
}

CHURN_RISKS: dict[str, Name] = {
    "high": pgettext_lazy("churn risk", "High"),
    "medium": pgettext_lazy("churn risk", "Medium"),
    "low": pgettext_lazy("churn risk", "Low"),
    "none": pgettext_lazy("churn risk", "None"),
}

NPS_GROUPS: dict[str, Name] = {
    "promoter": _("Promoters"),
    "passive": _("Passives"),
    "detractor": _("Detractors"),
}

STATES: dict[str, Name] = {
    "uploaded": _("Uploaded"),
    "mapping": _("Waiting for its columns"),
    "importing": _("Importing"),
    "queued": _("In the queue"),
    "running": _("Being analysed"),
    "paused": _("Paused"),
    "cancelling": _("Being cancelled"),
    "completed": _("Complete"),
    "completed_with_errors": _("Complete, with gaps"),
    "cancelled": _("Cancelled"),
    "failed": _("Failed"),
}

STATUSES: dict[str, Name] = {
    "pending": _("Waiting"),
    "done": _("Labelled"),
    "failed": _("Set aside"),
}

FIELDS: dict[str, Name] = {
    "comment": _("Comment"),
    "rating": _("Rating"),
    "nps": _("NPS"),
    "date": _("Date"),
    "customer": _("Customer"),
    "region": _("Region"),
    "service": _("Service"),
    "channel": _("Channel"),
}
"""Our fields of a file, in the order of ``intake.types.FIELDS``."""

KINDS: dict[str, Name] = {
    "text": _("text"),
    "number": _("number"),
    "date": _("date"),
    "bool": _("yes or no"),
    "mixed": _("of several kinds"),
    "empty": _("empty"),
}

PERSONAL_DATA: dict[str, Name] = {
    "phone": _("phone numbers"),
    "id": _("identity and tax numbers"),
    "email": _("e-mail addresses"),
    "card": _("card numbers"),
    "account": _("account numbers"),
    "url": _("links with keys"),
}

ENGINES: dict[str, Name] = {
    "embedded": _("embedded"),
    "auto": _("embedded, and a language model where it is unsure"),
    "llm": _("language model"),
    "remote": _("another instance of this product"),
}

NODE_CONDITIONS: dict[str, Name] = {
    "off": _("not in use"),
    "draining": _("draining"),
    "away": _("does not answer"),
    "open": _("left alone after failures"),
    "half_open": _("one call is trying it"),
    "quiet": _("asked for quiet"),
    "unseen": _("not looked at lately"),
    "well": _("well"),
}

TROUBLES: dict[str, Name] = {
    "timeout": _("no answer in time"),
    "unreachable": _("cannot be reached"),
    "rate_limited": _("too many calls"),
    "server": _("error of the server"),
    "no_access": _("refuses the key, or there is no such address or model"),
    "other_version": _("labels with another version than the pool"),
    "cut_off": _("the answer was cut off"),
    "malformed": _("the answer could not be read"),
    "refused": _("refused what it was asked"),
    "no_usage": _("did not say what it billed"),
    "lost": _("the process that called died"),
}

BREAKERS: dict[str, Name] = {
    "closed": _("lets calls through"),
    "quiet": _("pauses"),
    "open": _("lets no call through"),
    "half_open": _("lets one call through"),
}

PAUSES: dict[str, Name] = {
    "budget_day": _("The budget of the day is used up."),
    "budget_month": _("The budget of the month is used up."),
    "budget_session": _("What this session may cost is used up."),
    "no_node": _("No node is set up."),
    "no_consent": _("Its texts may not leave the country."),
}
"""Why sessions pause by themselves."""

ALL: dict[str, Mapping[str, Name]] = {
    "sentiment": SENTIMENTS,
    "theme": THEMES,
    "emotion": EMOTIONS,
    "language": LANGUAGES,
    "urgency": URGENCIES,
    "churn_risk": CHURN_RISKS,
    "nps_group": NPS_GROUPS,
    "state": STATES,
    "status": STATUSES,
    "field": FIELDS,
    "kind": KINDS,
    "pii": PERSONAL_DATA,
    "engine": ENGINES,
    "node_condition": NODE_CONDITIONS,
    "trouble": TROUBLES,
    "breaker": BREAKERS,
    "pause": PAUSES,
}


def name_of(kind: str, code: str) -> str:
    """The name of a code; a code without one (a newer engine's, say) is its own name."""
    return str(ALL[kind].get(code, code))
