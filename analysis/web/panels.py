"""Panels of an overview: a question, what is counted and how, the picture and its twin, the table.

Every number that is drawn or written leads to exactly the comments behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from analysis.insights import labels
from analysis.insights.filters import CommentFilter
from analysis.web import figures
from analysis.web.kpis import comments_url

Where = Callable[[str], CommentFilter | None]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the table twin; ``heat`` is 0 to 5 with a ``tone`` to colour it in."""

    text: str
    href: str = ""
    number: bool = True
    heat: int | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A bar cut by sentiment: ``n`` comments, also those without a sentiment yet, and where each part leads."""

    label: str
    n: int
    href: str
    counts: Mapping[str, int]
    hrefs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Panel:
    """``chart`` is what charts.js draws, None for a table alone; ``rows`` begin with their heading."""

    key: str
    question: str
    n: int
    formula: str
    headers: list[str]
    rows: list[list[Cell]]
    chart: dict[str, Any] | None = None
    span: int = 6
    open_table: bool = False
    lines: int = 0

    @property
    def summary(self) -> str:
        """The picture in words, for those who do not see it."""
        return "; ".join(": ".join(cell.text for cell in row[:2]) for row in self.rows[:8])


def bars(
    key: str,
    question: str,
    counts: Mapping[str, int],
    names: Mapping[str, labels.Name],
    where: Where,
    *,
    formula: str,
    n: int,
    colours: Mapping[str, str] | None = None,
    zeros: bool = True,
    span: int = 6,
) -> Panel:
    """A horizontal bar for each code, and its share of ``n``."""
    shown = [code for code in (*names, *(c for c in counts if c not in names)) if zeros or counts.get(code)]
    items = [(str(names.get(code, code)), counts.get(code, 0), comments_url(where(code)), code) for code in shown]
    return _bar_panel(key, question, items, formula=formula, n=n, colours=colours, span=span)


def ranked(
    key: str,
    question: str,
    counts: Mapping[str, int],
    names: Mapping[str, labels.Name],
    where: Where,
    *,
    formula: str,
    n: int,
    span: int = 6,
) -> Panel:
    """As ``bars``, the largest first, without those that nobody named."""
    ordered = sorted((code for code in counts if counts[code]), key=lambda code: -counts[code])
    items = [(str(names.get(code, code)), counts[code], comments_url(where(code)), code) for code in ordered]
    return _bar_panel(key, question, items, formula=formula, n=n, colours=None, span=span)


def stacked(
    key: str,
    question: str,
    rows: Iterable[Row],
    *,
    formula: str,
    n: int,
    kind: str = "stacked",
    heading: str,
    open_table: bool = False,
) -> Panel:
    """Bars cut by sentiment."""
    given = list(rows)
    series = [
        {
            "label": str(labels.SENTIMENTS[tone]),
            "colour": tone,
            "values": [row.counts[tone] for row in given],
            "hrefs": [row.hrefs[tone] for row in given],
        }
        for tone in labels.SENTIMENTS
    ]
    return Panel(
        key,
        question,
        n,
        formula,
        [heading, _("Comments"), *(str(name) for name in labels.SENTIMENTS.values()), _("Net")],
        [_tone_row(row) for row in given],
        {"kind": kind, "labels": [row.label for row in given], "series": series},
        12,
        open_table,
        len(given),
    )


def columns(
    key: str, question: str, items: Iterable[tuple[str, int, str, str]], *, formula: str, n: int, heading: str
) -> Panel:
    """A vertical bar for each (label, count, address, colour)."""
    given = list(items)
    chart = {
        "kind": "columns",
        "labels": [item[0] for item in given],
        "series": [
            {
                "label": _("Comments"),
                "values": [item[1] for item in given],
                "hrefs": [item[2] for item in given],
                "colours": [item[3] for item in given],
            }
        ],
    }
    rows = [[Cell(label, number=False), _count(count, href), _part(count, n)] for label, count, href, _c in given]
    return Panel(key, question, n, formula, [heading, _("Comments"), _("Share")], rows, chart)


def _bar_panel(
    key: str,
    question: str,
    items: list[tuple[str, int, str, str]],
    *,
    formula: str,
    n: int,
    colours: Mapping[str, str] | None,
    span: int,
) -> Panel:
    series = {
        "label": _("Comments"),
        "values": [item[1] for item in items],
        "hrefs": [item[2] for item in items],
        "colours": [(colours or {}).get(item[3], "bar") for item in items],
    }
    chart = {"kind": "bars", "labels": [item[0] for item in items], "series": [series], "n": n}
    rows = [[Cell(label, number=False), _count(count, href), _part(count, n)] for label, count, href, _c in items]
    return Panel(
        key,
        question,
        n,
        formula,
        ["", _("Comments"), _("Share")],
        rows,
        chart if items else None,
        span,
        lines=len(items),
    )


def _tone_row(row: Row) -> list[Cell]:
    total = sum(row.counts.values())
    net = 100 * (row.counts["positive"] - row.counts["negative"]) / total if total else None
    cells = [
        Cell(figures.number(row.counts[tone]), row.hrefs[tone], heat=_heat(row.counts[tone], total), tone=tone)
        for tone in labels.SENTIMENTS
    ]
    return [Cell(row.label, number=False), _count(row.n, row.href), *cells, Cell(figures.signed(net, 0))]


def _heat(count: int, total: int) -> int:
    return min(5, -(-5 * count // total)) if total and count else 0


def _count(count: int, href: str) -> Cell:
    return Cell(figures.number(count), href)


def _part(count: int, n: int) -> Cell:
    return Cell(figures.percent(count / n) if n else figures.NOTHING)
