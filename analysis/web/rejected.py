"""The rows that could not become comments: seen, downloaded, mended, imported again."""

from __future__ import annotations

import tempfile
import uuid

from django.db.models import Count
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.text import slugify

from analysis import access
from analysis.exports.rejected import write_session_rejected
from analysis.models import RejectedRow
from analysis.web.pages import PageRequest, page, session_or_404

SIZE = 100
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@page()
def rejected(request: PageRequest, session_id: uuid.UUID) -> HttpResponse:
    """The rows with line, column, value and reason, in the order of the file."""
    session = session_or_404(request, session_id)
    after = request.GET.get("after", "")
    rows = RejectedRow.objects.filter(session=session).order_by("row_number")
    page_rows = list(rows.filter(row_number__gt=int(after) if after.isascii() and after.isdigit() else 0)[: SIZE + 1])
    context = {
        "session": session,
        "rows": page_rows[:SIZE],
        "next": page_rows[SIZE - 1].row_number if len(page_rows) > SIZE else None,
        "after": after,
        "reasons": rows.order_by().values("column", "reason").annotate(n=Count("pk")).order_by("-n", "column"),
    }
    return render(request, "web/rejected.html", context)


@page(access.EXPORT)
def rejected_xlsx(request: PageRequest, session_id: uuid.UUID) -> HttpResponseBase:
    """The same rows as a workbook to be mended and imported again."""
    session = session_or_404(request, session_id)
    target = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    write_session_rejected(session, target)
    target.seek(0)
    name = f"{slugify(session.name)[:60] or 'session'}-rejected.xlsx"
    return FileResponse(target, as_attachment=True, filename=name, content_type=_XLSX)
