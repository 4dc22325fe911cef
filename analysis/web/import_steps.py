"""What the steps of an import share: where one stands, and how the file is to be read."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from analysis.intake.types import FIELDS, ReadOptions
from analysis.intake.uploads import options_from_dict, options_to_dict
from analysis.models import Session, SessionState, Team

SETUP_STATES = (SessionState.UPLOADED, SessionState.MAPPING, SessionState.FAILED)


@dataclass(frozen=True, slots=True)
class Step:
    """One of the four; ``state`` is done, now or later, ``url_name`` is "" where one cannot go back to."""

    number: int
    label: str
    state: str
    url_name: str


def steps(now: str) -> list[Step]:
    """The four steps as seen from one of them."""
    names = [("file", _("File")), ("columns", _("Columns")), ("check", _("Validation")), ("start", _("Start"))]
    here = [name for name, _label in names].index(now)
    return [
        Step(
            index + 1,
            label,
            "done" if index < here else "now" if index == here else "later",
            f"import-{name}" if 0 < index < here else "",
        )
        for index, (name, label) in enumerate(names)
    ]


def elsewhere(session: Session) -> HttpResponse | None:
    """Where to go with a session that is past its import; None when it is still to be set up."""
    if session.file_id is not None and session.state in SETUP_STATES:
        return None
    return redirect("progress", session_id=session.pk)


def save_options(session: Session, options: ReadOptions) -> None:
    """Keep how the file is to be read, unless its import has begun meanwhile."""
    waiting = Session.objects.filter(pk=session.pk, state__in=SETUP_STATES)
    waiting.update(read_options=options_to_dict(options))


def remembered_columns(team: Team, names: Iterable[str], *, besides: uuid.UUID) -> dict[str, str | None] | None:
    """The meaning that the team last gave to a file with these very columns; None when it never met one."""
    earlier = Session.objects.filter(team=team, source_columns=list(names), read_options__has_key="columns")
    last = earlier.exclude(pk=besides).order_by("-created_at").values_list("read_options", flat=True).first()
    columns = options_from_dict(last).columns if last else None
    return columns if columns and columns.get("comment") and columns.keys() <= set(FIELDS) else None
