"""Deleting a session, after asking."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from analysis import access
from analysis.processing.verbs import StateError, delete_session
from analysis.web.pages import PageRequest, page, session_or_404


@page(access.WRITE, methods=("GET", "HEAD", "POST"))
def session_delete(request: PageRequest, session_id: uuid.UUID) -> HttpResponse:
    """Ask, then delete the session with its comments, labels and file."""
    session = session_or_404(request, session_id)
    if request.method != "POST":
        return render(request, "web/session_delete.html", {"session": session})
    try:
        delete_session(session=session, actor=request.user)
    except StateError as error:
        messages.warning(request, _(error.message))
        return redirect("progress", session_id=session.pk)
    messages.success(request, _("“%(name)s” was deleted.") % {"name": session.name})
    return redirect("home")
