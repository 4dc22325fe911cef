"""The headline figures of a set of comments, each with what it counts and, where there is one, the change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analysis import access
from analysis.insights.aggregates import overview
from analysis.insights.drill import having
from analysis.insights.filters import CommentFilter
from analysis.insights.overview import Overview
from analysis.models import Session, SessionState
from analysis.web import figures

Link = Callable[[CommentFilter], str]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number as a page shows it; ``direction`` is "up" for better, "down" for worse, "" for neither."""

    label: str
    value: str
    note: str
    href: str = ""
    css: str = ""
    change: str = ""
    direction: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Latest:
    """The last session that ended, the one before it, and the figures with their changes."""

    session: Session
    before: Session | None
    figures: list[Figure]


def latest_figures(user: User) -> Latest | None:
    """The headline figures of the user's last session; None before the first one."""
    sessions = access.visible_sessions(user)
    ended = sessions.filter(state__in=(SessionState.COMPLETED, SessionState.COMPLETED_WITH_ERRORS))
    last = list(ended.order_by("-created_at", "-id")[:2])
    if not last:
        return None
    newest = CommentFilter(session=last[0].pk)
    before = overview(CommentFilter(session=last[1].pk), sessions) if len(last) > 1 else None
    shown = headline(overview(newest, sessions), newest, before=before)
    return Latest(last[0], last[1] if len(last) > 1 else None, shown)


def comments_url(chosen: CommentFilter | None) -> str:
    """Where exactly the comments of a filter are listed; "" for None, behind which there can be no comment."""
    if chosen is None:
        return ""
    query = chosen.without("session").query_string()
    address = reverse("comments", args=[chosen.session])
    return f"{address}?{query}" if query else address


def headline(now: Overview, chosen: CommentFilter, *, before: Overview | None = None) -> list[Figure]:
    """Comments, NPS, net sentiment, mean score, what is urgent, who may leave."""
    return [
        _comments(now, chosen),
        _nps(now, chosen, before),
        _net(now, chosen, before),
        _mean(now, before),
        _urgent(now, chosen, before),
        _leaving(now, chosen, before),
    ]


def _comments(now: Overview, chosen: CommentFilter) -> Figure:
    texts = now.distinct_texts
    note = ngettext("%(n)s different text", "%(n)s different texts", texts) % {"n": figures.number(texts)}
    return Figure(_("Comments"), figures.number(now.n), note, comments_url(chosen))


def _nps(now: Overview, chosen: CommentFilter, before: Overview | None) -> Figure:
    if now.nps.score is None:
        return Figure(_("NPS"), _("no data"), _("no ratings in the file"), css="text")
    note = _("n = %(n)s · %(promoters)s promoters − %(detractors)s detractors") % {
        "n": figures.number(now.nps.n),
        "promoters": figures.percent(now.nps.promoters / now.nps.n),
        "detractors": figures.percent(now.nps.detractors / now.nps.n),
    }
    href = comments_url(chosen if chosen.nps_group else chosen.where(nps_group=("detractor", "passive", "promoter")))
    return _changed(
        Figure(_("NPS"), figures.signed(now.nps.score), note, href, _tone(now.nps.score)),
        _difference(now.nps.score, before.nps.score if before else None),
    )


def _net(now: Overview, chosen: CommentFilter, before: Overview | None) -> Figure:
    if now.net_sentiment is None:
        return Figure(_("Net sentiment"), _("no data"), _("nothing is labelled yet"), css="text")
    note = _("n = %(n)s · %% positive − %% negative") % {"n": figures.number(now.sentiments.n)}
    figure = Figure(_("Net sentiment"), figures.signed(now.net_sentiment), note, css=_tone(now.net_sentiment))
    return _changed(figure, _difference(now.net_sentiment, before.net_sentiment if before else None))


def _mean(now: Overview, before: Overview | None) -> Figure:
    note = _("n = %(n)s · from −1 to +1") % {"n": figures.number(now.sentiments.n)}
    figure = Figure(_("Mean score"), figures.signed(now.mean_score, 2), note)
    change = _difference(now.mean_score, before.mean_score if before else None)
    return _changed(figure, change, decimals=2, unit="")


def _urgent(now: Overview, chosen: CommentFilter, before: Overview | None) -> Figure:
    counts = (now.urgencies["p0"], now.urgencies["p1"])
    note = _("P0: %(p0)s · P1: %(p1)s") % {"p0": figures.number(counts[0]), "p1": figures.number(counts[1])}
    urgent = tuple(code for code in ("p0", "p1") if not chosen.urgency or code in chosen.urgency)
    href = comments_url(chosen.where(urgency=urgent) if urgent else None)
    figure = Figure(_("Urgent"), figures.number(sum(counts)), note, href)
    return _changed(figure, _difference(_share(now, "p0", "p1"), _share(before, "p0", "p1")), worse=True)


def _leaving(now: Overview, chosen: CommentFilter, before: Overview | None) -> Figure:
    note = _("high risk of churn · medium: %(n)s") % {"n": figures.number(now.churn_risks["medium"])}
    href = comments_url(having(chosen, "churn_risk", "high"))
    figure = Figure(_("Say they leave"), figures.number(now.churn_risks["high"]), note, href)
    return _changed(figure, _difference(_churn_share(now), _churn_share(before)), worse=True)


def _share(counted: Overview | None, *codes: str) -> float | None:
    total = sum(counted.urgencies.values()) if counted else 0
    return 100 * sum(counted.urgencies[code] for code in codes) / total if counted and total else None


def _churn_share(counted: Overview | None) -> float | None:
    total = sum(counted.churn_risks.values()) if counted else 0
    return 100 * counted.churn_risks["high"] / total if counted and total else None


def _difference(now: float | None, before: float | None) -> float | None:
    return now - before if now is not None and before is not None else None


def _changed(
    figure: Figure, change: float | None, *, decimals: int = 1, unit: str | None = None, worse: bool = False
) -> Figure:
    """The figure with its change in points; ``worse`` says that growing is bad."""
    if change is None:
        return figure
    rounded = round(change, decimals)
    better = "" if rounded == 0 else "up" if (rounded > 0) != worse else "down"
    icon = "minus" if rounded == 0 else "arrow-up-right" if rounded > 0 else "arrow-down-right"
    unit = _("points") if unit is None else unit
    text = f"{figures.signed(rounded, decimals)} {unit}".strip() if rounded else _("no change")
    return Figure(
        figure.label, figure.value, figure.note, figure.href, figure.css, change=text, direction=better, icon=icon
    )


def _tone(value: float) -> str:
    return "pos" if value > 0 else "neg" if value < 0 else ""
