"""What a superuser is asked before something is done: in plain words, what will happen."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Question:
    """The head of its page, the word on its button, and what will happen, a paragraph each."""

    title: str | Promise
    button: str | Promise
    words: tuple[str | Promise, ...]


LOOK = Question(
    _("Look for slow queries now"),
    _("Look now"),
    (
        _(
            "A worker reads what was recorded in the last day, asks PostgreSQL for the plans, and brings this list "
            "up to date. It does so by itself every quarter of an hour."
        ),
    ),
)
ABOUT_FINDINGS = {
    "apply": Question(
        _("Build the index"),
        _("Build it"),
        (
            _("A worker builds the index while everybody goes on reading and writing (CONCURRENTLY)."),
            _(
                "It reads the table twice, which takes minutes on a large one. The query is measured before and "
                "after. One index is built at a time, and it can be dropped again from here. It takes room on disk "
                "and makes writes a little slower."
            ),
        ),
    ),
    "try": Question(
        _("Try the index"),
        _("Try it"),
        (
            _("A worker runs the query a few times, builds the index, runs it again, and takes the index back."),
            _(
                "Only a SELECT is run, in a transaction that can change nothing, with typical values made from "
                "PostgreSQL's statistics. On tables of up to a million rows whoever writes to the table waits "
                "while the index is built, seconds at most; with larger ones no index is built on trial."
            ),
        ),
    ),
    "undo": Question(
        _("Drop the index again"),
        _("Drop it"),
        (
            _("A worker drops the index that was built for this finding, while everybody goes on working."),
            _("The query is then as slow as it was. The index can be built again at any time."),
        ),
    ),
    "dismiss": Question(
        _("Dismiss"),
        _("Dismiss it"),
        (_("This is meant to be so. The finding leaves the list of what is open, and is not opened again by itself."),),
    ),
    "reopen": Question(_("Open again"), _("Open it again"), (_("The finding is listed as open again."),)),
}
