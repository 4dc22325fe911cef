"""Comments leave as files: all of a session, or those of a filter."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _

from analysis import access
from analysis.exports.files import FORMATS, Export, stream
from analysis.insights.fields import FilterError
from analysis.insights.filters import CommentFilter
from analysis.web.pages import PageRequest, page, session_or_404


@dataclass(frozen=True, slots=True)
class Format:
    """One form of download, in words."""

    code: str
    label: str
    hint: str


def formats() -> list[Format]:
    """What the menu of downloads offers."""
    return [
        Format("xlsx", _("Excel workbook"), _("with charts, a summary and every comment")),
        Format("csv", "CSV", _("for spreadsheets, separated by semicolons")),
        Format("json", "JSON", _("for programs, with the figures")),
        Format("jsonl", "JSON Lines", _("for programs, a comment a line")),
    ]


@page(access.EXPORT)
def download(request: PageRequest, session_id: uuid.UUID, form: str) -> HttpResponseBase:
    """The comments that pass the filter in the address, streamed."""
    session = session_or_404(request, session_id)
    if form not in FORMATS:
        raise Http404(_("There is no such page."))
    try:
        chosen = CommentFilter.parse(request.GET, besides=("session",)).where(session=session.pk)
    except FilterError as error:
        return HttpResponse(f"{error.field}: {error.message} {error.hint}", status=400, content_type="text/plain")
    export = Export(chosen, access.visible_sessions(request.user), form)
    response = StreamingHttpResponse(stream(export), content_type=export.content_type)
    response["Content-Disposition"] = f'attachment; filename="{export.file_name()}"'
    response["Cache-Control"] = "private, no-store"
    return response
