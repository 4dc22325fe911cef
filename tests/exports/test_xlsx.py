"""The workbook, read back by another library than the one that wrote it."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from django.utils import translation

from analysis.exports.files import stream
from analysis.exports.rows import COLUMNS, rows
from analysis.exports.sheets import CELL_CHARACTERS
from analysis.exports.summary import tables
from analysis.exports.xlsx import write_workbook
from analysis.insights.aggregates import count
from analysis.insights.filters import CommentFilter
from analysis.models import Session
from tests import factories
from tests.exports.conftest import HARMFUL, NUMBERS, export_of

pytestmark = pytest.mark.django_db
SUMMARY, COMMENTS, METHOD = 0, 1, -1


def workbook_of(session: Session) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(b"".join(stream(export_of(session, "xlsx")))))


def test_every_comment_is_a_row_under_frozen_headings_with_filters(varied: Session) -> None:
    sheet = workbook_of(varied).worksheets[COMMENTS]
    found = list(rows(CommentFilter(session=varied.pk), Session.objects.all()))
    assert sheet.max_row == len(found) + 1 == 121
    assert sheet.freeze_panes == "D2"
    assert sheet.auto_filter.ref == f"A1:V{len(found) + 1}"
    for line, row in zip(sheet.iter_rows(min_row=2, values_only=True), found, strict=True):
        cells = dict(zip(COLUMNS, line, strict=True))
        assert (cells["row"], cells["id"], cells["text"]) == (row.row, str(row.id), row.text)
        assert cells["rating"] == row.rating
        assert cells["sentiment_score"] == row.sentiment_score
        assert cells["date"] == (row.date.replace(tzinfo=None) if row.date else None)
        assert bool(cells["human"]) == row.human


def test_the_summary_has_the_totals_of_the_overview(varied: Session) -> None:
    sheet = workbook_of(varied).worksheets[SUMMARY]
    lines = [tuple(value for value in line if value is not None) for line in sheet.iter_rows(values_only=True)]
    overview = count(CommentFilter(session=varied.pk), Session.objects.all())
    for table in tables(overview):
        top = lines.index((table.title,))
        assert lines[top + 1] == tuple(table.headers)
        for offset, row in enumerate(table.rows):
            written = lines[top + 2 + offset]
            numbers = [value for value in row if isinstance(value, int | float)]
            assert [value for value in written if isinstance(value, int | float)] == pytest.approx(numbers)


def test_excel_draws_the_charts_itself(varied: Session) -> None:
    charts = workbook_of(varied).worksheets[SUMMARY]._charts
    kinds = sorted(type(chart).__name__ for chart in charts)
    assert len(charts) >= 8
    assert {"BarChart", "DoughnutChart"} <= set(kinds)
    overview = count(CommentFilter(session=varied.pk), Session.objects.all())
    drawn = [[point.v for point in chart.series[0].val.numRef.numCache.pt] for chart in charts]
    sentiments = overview.sentiments
    assert [sentiments.positive, sentiments.neutral, sentiments.negative, sentiments.mixed] in drawn


def test_nothing_in_the_workbook_is_a_formula_or_a_link(harmful: Session) -> None:
    workbook = workbook_of(harmful)
    sheet = workbook.worksheets[COMMENTS]
    texts = [cell.value for cell in sheet[openpyxl.utils.get_column_letter(COLUMNS.index("text") + 1)][1:]]
    # Excel's own files write a carriage return as a code, which this reader does not undo.
    assert [text.replace("_x000D_", "\r") for text in texts] == [*HARMFUL, *NUMBERS]
    for page in workbook.worksheets:
        for line in page.iter_rows():
            assert all(cell.data_type != "f" and cell.hyperlink is None for cell in line)


def test_the_workbook_speaks_spanish_unless_asked_otherwise(varied: Session) -> None:
    spanish = workbook_of(varied)
    assert spanish.sheetnames == ["Resumen", "Comentarios", "Método"]
    assert [cell.value for cell in spanish.worksheets[COMMENTS][1]][2:6] == [
        "Comentario",
        "Idioma",
        "Sentimiento",
        "Puntaje",
    ]
    sentiments = {row[0].value for row in spanish.worksheets[COMMENTS].iter_rows(min_row=2, min_col=5, max_col=5)}
    assert sentiments == {"Positivo", "Neutro", "Negativo", "Mixto", None}
    with translation.override("en"):
        english = workbook_of(varied)
        assert english.sheetnames == ["Summary", "Comments", "Method"]
        assert english.worksheets[COMMENTS]["C1"].value == "Comment"


def test_what_does_not_fit_on_a_sheet_goes_on_in_the_next_and_the_summary_says_so(
    varied: Session, tmp_path: Path
) -> None:
    target = io.BytesIO()
    chosen = CommentFilter(session=varied.pk)
    with translation.override("en"):
        write_workbook(target, chosen, Session.objects.all(), scratch=tmp_path, rows_a_sheet=50)
    workbook = openpyxl.load_workbook(target)
    assert workbook.sheetnames == ["Summary", "Comments", "Comments 2", "Comments 3", "Method"]
    numbers = [
        line[0] for name in workbook.sheetnames[1:4] for line in workbook[name].iter_rows(min_row=2, values_only=True)
    ]
    assert numbers == list(range(1, 121))
    notes = [line[1] for line in workbook["Summary"].iter_rows(max_row=6, values_only=True) if line[0] == "Note"]
    assert len(notes) == 1
    assert "Comments, Comments 2, Comments 3" in notes[0]


def test_a_text_longer_than_a_cell_is_cut_visibly() -> None:
    session = factories.make_session()
    factories.add_comment(session, "a" * 40_000)
    value = workbook_of(session).worksheets[COMMENTS]["C2"].value
    assert len(value) == CELL_CHARACTERS
    assert value.endswith("…")


def test_a_session_without_ratings_or_dates_has_no_nps_and_no_timeline() -> None:
    session = factories.make_session()
    factories.add_comment(session, result={"sentiment": "negative"}, created_at=datetime(2026, 1, 1, tzinfo=UTC))
    with translation.override("en"):
        sheet = workbook_of(session).worksheets[SUMMARY]
    column = {line[0]: line[1] for line in sheet.iter_rows(values_only=True)}
    assert column["NPS"] == "no data"
    assert column["Net sentiment"] == -100
    assert "Over time" not in column
    assert "NPS groups" not in column


def test_an_empty_session_makes_a_workbook_that_opens() -> None:
    workbook = workbook_of(factories.make_session())
    assert workbook.worksheets[COMMENTS].max_row == 1


def test_the_method_tells_where_the_rows_of_the_file_went(varied: Session) -> None:
    factories.reject_rows(varied, [{"row_number": 500}])
    with translation.override("en"):
        sheet = workbook_of(varied).worksheets[METHOD]
    told = {line[0]: line[1] for line in sheet.iter_rows(values_only=True)}
    assert told["Rows of the file"] == 121
    assert told["Different comments"] + told["Repeats of an earlier text"] + told["Rejected rows"] == 121
    assert told["Revision"] == varied.revision


def test_the_package_is_a_sound_zip(varied: Session) -> None:
    package = zipfile.ZipFile(io.BytesIO(b"".join(stream(export_of(varied, "xlsx")))))
    assert package.testzip() is None
    assert not [name for name in package.namelist() if "externalLink" in name or "vba" in name]
