"""The first sheet of a workbook: the numbers of the overview with charts that Excel draws itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from analysis.exports.sheets import ACCENT, COLOURS, Sheet
from analysis.insights import labels
from analysis.insights.overview import Overview, Timeline

_CHART_COLUMN = 9
_CHART_ROWS = 16
_CHART_SIZE = {"width": 560, "height": 300}
_SENTIMENTS = ("positive", "neutral", "negative", "mixed")


@dataclass(frozen=True, slots=True)
class Chart:
    """``series`` are columns of the table; ``colours`` are by series, or by point where there is one series."""

    kind: str
    series: Sequence[int]
    stacked: bool = False
    colours: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its chart; ``looks`` are names of ``Looks`` by column."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Any]]
    looks: Sequence[str]
    chart: Chart | None = None


def write_summary(workbook: Any, sheet: Sheet, overview: Overview, about: Sequence[tuple[str, str]]) -> None:
    """Write ``about`` (label and text) and all tables of the overview."""
    sheet.raw.set_column(0, 0, 34)
    sheet.raw.set_column(1, 8, 12)
    sheet.write([_("Comments: summary")], [sheet.looks.title])
    for label, text in about:
        sheet.write([label, text])
    sheet.skip()
    for table in tables(overview):
        _write_table(workbook, sheet, table)


def tables(overview: Overview) -> list[Table]:
    """Everything an overview says, table by table; empty ones left out."""
    found = [
        _figures(overview),
        _counted(_("Sentiment"), "sentiment", overview.sentiments, overview.sentiments.n),
        _groups(overview),
        _ratings(overview),
        _themes(overview),
        _counted(_("Emotions"), "emotion", overview.emotions, overview.sentiments.n),
        _counted(_("Urgency"), "urgency", overview.urgencies, overview.sentiments.n),
        _counted(_("Churn risk"), "churn_risk", overview.churn_risks, overview.sentiments.n),
        _counted(_("Language"), "language", overview.languages, overview.sentiments.n),
        _counted(_("Competitors named"), "", overview.competitors, overview.sentiments.n),
        _timeline(overview.timeline),
    ]
    return [table for table in found if table.rows]


def _figures(overview: Overview) -> Table:
    nothing = _("no data")
    nps, net = overview.nps.score, overview.net_sentiment
    rows: list[tuple[str, Any]] = [
        (_("Comments"), overview.n),
        (_("Different texts"), overview.distinct_texts),
        (_("Repeats of an earlier text"), overview.repeats),
        (_("Labelled"), overview.labelled),
        (_("Waiting"), overview.pending),
        (_("Set aside"), overview.failed),
        (_("Corrected by a person"), overview.corrected),
        (_("Without information"), overview.uninformative),
        (_("Replies of the company"), overview.company_replies),
        (_("Labelled by a fallback"), overview.fallback),
        (_("Rating contradicts text"), overview.rating_mismatch),
        (_("With a rating"), overview.rated),
        (_("NPS"), nothing if nps is None else round(nps, 1)),
        (_("Net sentiment"), nothing if net is None else round(net, 1)),
        (_("Mean score (-1 to 1)"), nothing if overview.mean_score is None else round(overview.mean_score, 3)),
        (_("Mean rating (0 to 10)"), nothing if overview.mean_rating is None else round(overview.mean_rating, 2)),
    ]
    return Table(_("Figures"), [_("Figure"), _("Value")], rows, ["plain", "plain"])


def _counted(title: str, kind: str, counts: Any, whole: int) -> Table:
    """A table of codes with their counts and shares of ``whole``."""
    if not isinstance(counts, Mapping):
        counts = {code: getattr(counts, code) for code in _SENTIMENTS}
    rows = [
        (labels.name_of(kind, code) if kind else code, n, n / whole if whole else 0) for code, n in counts.items() if n
    ]
    colours = [COLOURS[code] for code, n in counts.items() if n] if kind == "sentiment" else [ACCENT]
    chart = Chart("doughnut" if kind == "sentiment" else "bar", [1], colours=colours)
    return Table(title, [title, _("Comments"), _("Share")], rows, ["plain", "whole", "share"], chart)


def _groups(overview: Overview) -> Table:
    nps = overview.nps
    counts = {"promoter": nps.promoters, "passive": nps.passives, "detractor": nps.detractors}
    rows = [(labels.name_of("nps_group", code), n, n / nps.n) for code, n in counts.items()] if nps.n else []
    colours = [COLOURS["positive"], COLOURS["neutral"], COLOURS["negative"]]
    headers = [_("NPS group"), _("Comments"), _("Share")]
    return Table(_("NPS groups"), headers, rows, ["plain", "whole", "share"], Chart("doughnut", [1], colours=colours))


def _ratings(overview: Overview) -> Table:
    rows = [(str(rating), n) for rating, n in enumerate(overview.rating_bins)] if overview.rated else []
    return Table(
        _("Ratings"), [_("Rating"), _("Comments")], rows, ["plain", "whole"], Chart("column", [1], colours=[ACCENT])
    )


def _themes(overview: Overview) -> Table:
    rows = [
        (
            labels.name_of("theme", theme.code),
            *(getattr(theme.sentiments, code) for code in _SENTIMENTS),
            theme.n,
            theme.share,
            theme.net,
        )
        for theme in overview.themes
    ]
    sentiments = [labels.name_of("sentiment", code) for code in _SENTIMENTS]
    headers = [_("Theme"), *sentiments, _("Comments"), _("Share"), _("Net sentiment")]
    chart = Chart("bar", [1, 2, 3, 4], stacked=True, colours=[COLOURS[code] for code in _SENTIMENTS])
    return Table(
        _("Themes, and the sentiment towards each"),
        headers,
        rows,
        ["plain", "whole", "whole", "whole", "whole", "whole", "share", "points"],
        chart,
    )


def _timeline(timeline: Timeline) -> Table:
    rows = [
        (
            point.start,
            *(getattr(point.sentiments, code) for code in _SENTIMENTS),
            point.n,
            point.sentiments.net,
            point.nps.score,
        )
        for point in timeline.points
    ]
    sentiments = [labels.name_of("sentiment", code) for code in _SENTIMENTS]
    headers = [_("From"), *sentiments, _("Comments"), _("Net sentiment"), _("NPS")]
    chart = Chart("column", [1, 2, 3, 4], stacked=True, colours=[COLOURS[code] for code in _SENTIMENTS])
    return Table(
        _("Over time"), headers, rows, ["day", "whole", "whole", "whole", "whole", "whole", "points", "points"], chart
    )


def _write_table(workbook: Any, sheet: Sheet, table: Table) -> None:
    top = sheet.row
    looks = [getattr(sheet.looks, name) for name in table.looks]
    sheet.write([table.title], [sheet.looks.heading])
    sheet.write(table.headers, [sheet.looks.header] * len(table.headers))
    first = sheet.row
    for row in table.rows:
        sheet.write(row, looks)
    if table.chart:
        _draw(workbook, sheet, table, (first, sheet.row - 1), top)
        sheet.row = max(sheet.row, top + _CHART_ROWS)
    sheet.skip()


def _draw(workbook: Any, sheet: Sheet, table: Table, span: tuple[int, int], top: int) -> None:
    chart = table.chart
    if chart is None:
        return
    first, last = span
    drawn = workbook.add_chart({"type": chart.kind, **({"subtype": "stacked"} if chart.stacked else {})})
    for place, column in enumerate(chart.series):
        series: dict[str, Any] = {
            "name": [sheet.name, first - 1, column],
            "categories": [sheet.name, first, 0, last, 0],
            "values": [sheet.name, first, column, last, column],
            # What is drawn where a viewer does not read the cells.
            "categories_data": [str(row[0]) for row in table.rows],
            "values_data": [row[column] for row in table.rows],
        }
        if chart.kind == "doughnut":
            series["points"] = [{"fill": {"color": colour}} for colour in chart.colours]
            series["data_labels"] = {"percentage": True}
        else:
            series["fill"] = {"color": chart.colours[place]}
            series["gap"] = 60
        drawn.add_series(series)
    drawn.set_title({"name": table.title, "name_font": {"size": 12}})
    _dress(drawn, chart)
    drawn.set_size(_CHART_SIZE)
    sheet.raw.insert_chart(top, _CHART_COLUMN, drawn, {"description": table.title})


def _dress(drawn: Any, chart: Chart) -> None:
    drawn.set_legend({"position": "bottom"} if len(chart.series) > 1 or chart.kind == "doughnut" else {"none": True})
    if chart.kind == "bar":
        drawn.set_y_axis({"reverse": True})
    if chart.kind == "column" and len(chart.series) > 1:
        drawn.set_x_axis({"text_axis": True})
