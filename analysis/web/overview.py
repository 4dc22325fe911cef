"""A session at a glance: the headline figures, then a panel a question."""

from __future__ import annotations

import uuid
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from analysis import access
from analysis.insights import labels
from analysis.insights.aggregates import overview
from analysis.insights.drill import during, having, naming, rated
from analysis.insights.fields import FilterError
from analysis.insights.filters import CommentFilter
from analysis.insights.nps import Sentiments
from analysis.insights.overview import Overview
from analysis.models import ACTIVE_STATES, SessionState
from analysis.web import figures
from analysis.web.chips import chips
from analysis.web.downloads import formats
from analysis.web.kpis import comments_url, headline
from analysis.web.pages import PageRequest, page, session_or_404
from analysis.web.panels import Panel, Row, bars, columns, ranked, stacked
from analysis.web.ways import has_ways

_URGENCY_COLOURS = {"p0": "bad", "p1": "negative", "p2": "amber", "p3": "neutral"}
_CHURN_COLOURS = {"high": "bad", "medium": "negative", "low": "amber", "none": "neutral"}
_RATING_COLOURS = ["negative"] * 7 + ["neutral"] * 2 + ["positive"] * 2


@page()
def session_overview(request: PageRequest, session_id: uuid.UUID) -> HttpResponse:
    """All panels of the comments that pass the filter in the address."""
    session = session_or_404(request, session_id)
    context: dict[str, object] = {"session": session, "live": session.state in (*ACTIVE_STATES, SessionState.PAUSED)}
    status = 200
    try:
        chosen = CommentFilter.parse(request.GET, besides=("session",)).where(session=session.pk)
    except FilterError as error:
        context["error"], status = error, 400
        chosen = CommentFilter(session=session.pk)
    counted = overview(chosen, access.visible_sessions(request.user))
    context |= {
        "chips": chips(chosen),
        "query": chosen.without("session").query_string(),
        "counted": counted,
        "figures": headline(counted, chosen),
        "panels": panels(counted, chosen) if counted.n else [],
        "quality": quality(counted, chosen),
        "formats": formats(),
        "has_ways": has_ways(session),
    }
    return render(request, "web/session.html", context, status=status)


def panels(counted: Overview, chosen: CommentFilter) -> list[Panel]:
    """The panels that have something to show, in the order in which they are read."""
    found = [
        _sentiment(counted, chosen),
        _urgency(counted, chosen),
        _themes(counted, chosen),
        _timeline(counted, chosen),
        _emotions(counted, chosen),
        _ratings(counted, chosen),
        _churn(counted, chosen),
        _languages(counted, chosen),
        _competitors(counted, chosen),
    ]
    return [panel for panel in found if panel is not None]


def quality(counted: Overview, chosen: CommentFilter) -> list[tuple[str, str, str]]:
    """What one should know about the texts and labels themselves: (name, count, address)."""
    rows = [
        (_("repeats of an earlier text"), counted.repeats, having(chosen, "is_duplicate", True)),
        (_("say nothing by themselves"), counted.uninformative, having(chosen, "is_uninformative", True)),
        (_("rating contradicts the text"), counted.rating_mismatch, having(chosen, "rating_mismatch", True)),
        (_("replies of the company"), counted.company_replies, having(chosen, "is_company_reply", True)),
        (_("corrected by a person"), counted.corrected, having(chosen, "has_correction", True)),
        (_("labelled by the fallback"), counted.fallback, having(chosen, "is_fallback", True)),
        (_("not labelled yet"), counted.pending, having(chosen, "status", "pending")),
        (_("set aside"), counted.failed, having(chosen, "status", "failed")),
    ]
    return [(name, figures.number(count), comments_url(where)) for name, count, where in rows if count]


def _sentiment(counted: Overview, chosen: CommentFilter) -> Panel:
    tones = {tone: tone for tone in labels.SENTIMENTS}
    return bars(
        "sentiment", _("What is the tone of the comments?"), _tones(counted.sentiments), labels.SENTIMENTS,
        lambda code: having(chosen, "sentiment", code), n=counted.sentiments.n, colours=tones,
        formula=_("comments of each sentiment ÷ comments with a sentiment; a person's correction wins"),
    )  # fmt: skip


def _emotions(counted: Overview, chosen: CommentFilter) -> Panel:
    return ranked(
        "emotions", _("What do people feel?"), counted.emotions, labels.EMOTIONS,
        lambda code: naming(chosen, "emotion", code), n=counted.sentiments.n,
        formula=_("comments with the emotion ÷ comments with a sentiment; a comment may have up to three"),
    )  # fmt: skip


def _themes(counted: Overview, chosen: CommentFilter) -> Panel:
    rows = []
    for theme in sorted(counted.themes, key=lambda theme: -theme.n):
        if theme.n:
            code = theme.code
            hrefs = {tone: comments_url(naming(chosen, "theme", code, sentiment=tone)) for tone in labels.SENTIMENTS}
            label = str(labels.THEMES.get(code, code))
            whole = comments_url(naming(chosen, "theme", code))
            rows.append(Row(label, theme.n, whole, _tones(theme.sentiments), hrefs))
    return stacked(
        "themes", _("What do they talk about, and in what tone?"), rows, n=counted.sentiments.n, heading=_("Theme"),
        formula=_("comments that name the theme, by their tone towards it; a comment may name several"),
        open_table=True,
    )  # fmt: skip


def _timeline(counted: Overview, chosen: CommentFilter) -> Panel | None:
    points = counted.timeline.points
    if len(points) < 2:
        return None
    rows = []
    for point in points:
        dated = during(chosen, point)
        hrefs = {tone: comments_url(having(dated, "sentiment", tone) if dated else None) for tone in labels.SENTIMENTS}
        label = _period(point.start, counted.timeline.unit)
        rows.append(Row(label, point.n, comments_url(dated), _tones(point.sentiments), hrefs))
    note = _("comments with a date, by sentiment")
    if counted.timeline.undated:
        note += " · " + _("%(n)s without a date are left out") % {"n": figures.number(counted.timeline.undated)}
    return stacked(
        "timeline", _("How does the tone change over time?"), rows, n=sum(point.n for point in points),
        heading=_("Period"), formula=note, kind="timeline",
    )  # fmt: skip


def _urgency(counted: Overview, chosen: CommentFilter) -> Panel:
    return bars(
        "urgency", _("What cannot wait?"), counted.urgencies, labels.URGENCIES,
        lambda code: having(chosen, "urgency", code), n=sum(counted.urgencies.values()), colours=_URGENCY_COLOURS,
        formula=_("comments of each urgency ÷ comments with an urgency"),
    )  # fmt: skip


def _churn(counted: Overview, chosen: CommentFilter) -> Panel:
    return bars(
        "churn", _("Who may leave?"), counted.churn_risks, labels.CHURN_RISKS,
        lambda code: having(chosen, "churn_risk", code), n=sum(counted.churn_risks.values()), colours=_CHURN_COLOURS,
        formula=_("high announces it, medium looks at others, low hints at it"),
    )  # fmt: skip


def _ratings(counted: Overview, chosen: CommentFilter) -> Panel | None:
    if not counted.rated:
        return None
    items = []
    for rating, count in enumerate(counted.rating_bins):
        items.append((str(rating), count, comments_url(rated(chosen, rating)), _RATING_COLOURS[rating]))
    mean = figures.number(counted.mean_rating, 1)
    return columns(
        "ratings", _("Which ratings do they give?"), items, n=counted.rated, heading=_("Rating"),
        formula=_("comments by rating, 0 to 10; mean %(mean)s; detractors 0–6, passives 7–8, promoters 9–10")
        % {"mean": mean},
    )  # fmt: skip


def _languages(counted: Overview, chosen: CommentFilter) -> Panel:
    return bars(
        "languages", _("In which language do they write?"), counted.languages, labels.LANGUAGES,
        lambda code: having(chosen, "language", code), n=sum(counted.languages.values()),
        formula=_("comments by language; Jopara is Guarani and Spanish in one breath"),
    )  # fmt: skip


def _competitors(counted: Overview, chosen: CommentFilter) -> Panel | None:
    if not any(counted.competitors.values()):
        return None
    names = {code: code.capitalize() for code in counted.competitors}
    return ranked(
        "competitors", _("Which competitors are named?"), counted.competitors, names,
        lambda code: naming(chosen, "competitor", code), n=counted.sentiments.n,
        formula=_("comments that name them ÷ comments with a sentiment"),
    )  # fmt: skip


def _tones(counts: Sentiments) -> dict[str, int]:
    return {tone: getattr(counts, tone) for tone in labels.SENTIMENTS}


def _period(start: date, unit: str) -> str:
    formats = {"day": "d/m/Y", "week": "d/m/Y", "month": "M Y", "year": "Y"}
    return date_format(start, formats[unit])
