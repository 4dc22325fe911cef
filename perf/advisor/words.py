"""What the adviser says to people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from perf.advisor.health import Verdict
from perf.models import Finding, FindingKind

_TROUBLES = {
    "locked": gettext_lazy("A transaction that does not end held it up. Nothing was changed; ask again later."),
    "unknown": gettext_lazy("The table or one of its columns is not there any more. Nothing was changed."),
    "not_ours": gettext_lazy("The adviser did not make this index, so it does not drop it."),
    "broken": gettext_lazy("PostgreSQL could not finish the index; what was begun of it was cleared away."),
    "gave_up": gettext_lazy("The worker died three times while it was at this. Look at its log."),
}
_REASONS = {
    "kind": gettext_lazy("Only a SELECT is ever run to be measured; for others there are the planner's costs."),
    "values": gettext_lazy(
        "It was not run: no typical values can be made for what it asks. There are the planner's costs."
    ),
    "slow": gettext_lazy("It took longer than the time-out of the measurement and was stopped."),
    "large": gettext_lazy(
        "The table is too large to build an index on trial without making writers wait. Applying does not make "
        "them wait."
    ),
    "version": gettext_lazy("Plans without values need PostgreSQL 16 or newer."),
}


def trouble(code: str) -> str:
    """Why a step failed."""
    return str(_TROUBLES.get(code) or _("PostgreSQL refused it (%(code)s). Nothing was changed.") % {"code": code})


def reason(code: str) -> str:
    """Why there are no times."""
    return str(_REASONS.get(code) or _("PostgreSQL refused to run it (%(code)s).") % {"code": code})


def advice(finding: Finding) -> str:
    """What is wrong, with its figures, and what to do, in two or three sentences."""
    return _ADVICE[FindingKind(finding.kind)](finding, finding.details)


def _full_scan(finding: Finding, details: dict[str, Any]) -> str:
    told = _("PostgreSQL reads all %(rows)s rows of %(table)s and keeps about %(kept)s of them.") % {
        "rows": _n(details["rows"]),
        "table": finding.table,
        "kept": _n(details["kept"]),
    }
    if finding.index:
        return " ".join((told, _("With the index below it goes to those rows at once.")))
    if details["why"] == "pattern":
        hint = _("It looks for a part of a text, which a plain index cannot find: narrow it by another column.")
    else:
        hint = _("It compares what it first computes from a column: compare the column itself, then an index helps.")
    return f"{told} {hint}"


def _sort(finding: Finding, details: dict[str, Any]) -> str:
    told = _("%(rows)s rows of %(table)s are sorted, and a few of them are used.") % {
        "rows": _n(details["rows"]),
        "table": finding.table,
    }
    spilt = [_("They do not fit into work_mem: the sort goes to disk.")] if details["spills"] else []
    return " ".join((told, *spilt, _("The index below keeps them in this order, so that only those are read.")))


def _nested_loops(_finding: Finding, details: dict[str, Any]) -> str:
    told = _("%(loops)s loops run within each other, one of them about %(turns)s times, over: %(tables)s.") % {
        "loops": details["loops"],
        "turns": _n(details["turns"]),
        "tables": ", ".join(details["tables"]),
    }
    hint = _(
        "Ask in two steps: first the keys of the rows that are wanted, by the most selective table alone; then the "
        "rest for "
        "those keys (prefetch_related, or a subquery with a LIMIT). Aggregate before joining, not after."
    )
    return f"{told} {hint}"


def _large_result(finding: Finding, details: dict[str, Any]) -> str:
    told = _("About %(rows)s rows of %(table)s are fetched at once.") % {
        "rows": _n(details["rows"]),
        "table": finding.table or "-",
    }
    hint = _(
        "Cut the list into pages: sort by an indexed column, take 50 rows, begin the next page after the last one "
        "(a cursor). A "
        "job that needs them all reads them with .iterator(chunk_size=1000); then dismiss this."
    )
    return f"{told} {hint}"


def _n_plus_one(_finding: Finding, details: dict[str, Any]) -> str:
    told = _("One request for %(path)s sent this statement %(times)s times.") % {
        "path": details["path"],
        "times": details["times"],
    }
    return f"{told} {_WAYS[details['way']]}"


_WAYS = {
    "select_related": gettext_lazy(
        "It fetches one related row a turn: have the list fetch them with it, by .select_related() and the name of "
        "the relation."
    ),
    "prefetch_related": gettext_lazy(
        "It fetches the rows that belong to one row a turn: have them fetched for all at once, by .prefetch_related()."
    ),
    "in_bulk": gettext_lazy("Collect the keys in the loop, and ask once for all of them after it (in_bulk, or __in)."),
    "bulk_create": gettext_lazy("It inserts one row a turn: collect them, and insert them at once by bulk_create()."),
    "bulk_update": gettext_lazy("It updates one row a turn: one .update(), or bulk_update(), does them all."),
    "filter": gettext_lazy("It deletes one row a turn: .filter(pk__in=…).delete() does them all."),
}


def _missing_documented(finding: Finding, details: dict[str, Any]) -> str:
    return _("The documentation says that %(table)s has the index %(name)s; it is missing, broken, or another one.") % {
        "table": finding.table,
        "name": details["name"],
    }


def _missing_key_index(finding: Finding, details: dict[str, Any]) -> str:
    return _(
        "%(table)s refers to another table by %(name)s, and rows of that one are deleted: each time PostgreSQL "
        "reads %(table)s "
        "through, to see whether a row still refers to it."
    ) % {"table": finding.table, "name": details["name"]}


def _unused_index(_finding: Finding, details: dict[str, Any]) -> str:
    return _(
        "No query has used %(name)s since scans are counted, and it takes %(size)s. It makes each write slower. "
        "Make sure that no "
        "monthly job needs it, on replicas too, before it goes."
    ) % {"name": details["name"], "size": filesizeformat(details["bytes"])}


def _duplicate_index(_finding: Finding, details: dict[str, Any]) -> str:
    return _("All that %(name)s does, %(other)s does too. It makes each write slower and takes %(size)s.") % {
        "name": details["name"],
        "other": details["other"],
        "size": filesizeformat(details["bytes"]),
    }


def _invalid_index(_finding: Finding, details: dict[str, Any]) -> str:
    return _(
        "%(name)s was begun and never finished: PostgreSQL keeps it up to date and never uses it. Drop it, and "
        "build it anew."
    ) % {"name": details["name"]}


_ADVICE: dict[FindingKind, Callable[[Finding, dict[str, Any]], str]] = {
    FindingKind.FULL_SCAN: _full_scan,
    FindingKind.SORT: _sort,
    FindingKind.NESTED_LOOPS: _nested_loops,
    FindingKind.LARGE_RESULT: _large_result,
    FindingKind.N_PLUS_ONE: _n_plus_one,
    FindingKind.MISSING_DOCUMENTED: _missing_documented,
    FindingKind.MISSING_KEY_INDEX: _missing_key_index,
    FindingKind.UNUSED_INDEX: _unused_index,
    FindingKind.DUPLICATE_INDEX: _duplicate_index,
    FindingKind.INVALID_INDEX: _invalid_index,
}


def verdict(one: Verdict) -> tuple[str, str]:
    """Tone (good, warn, bad or none) and words."""
    scans = one.index.scans
    used = ngettext("used once", "used %(n)s times", scans) % {"n": _n(scans)}
    return {
        "used": ("good", used),
        "rule": ("good", _("keeps a rule true")),
        "resting": ("", _("not used yet; too early to say")),
        "unused": ("warn", _("not used for more than a week")),
        "duplicate": ("warn", _("the same as %(other)s") % {"other": one.other}),
        "covered": ("warn", _("%(other)s begins with its columns and does its work") % {"other": one.other}),
        "broken": ("bad", _("broken: never finished, never used")),
        "bloated": ("warn", _("three times as large as it need be: REINDEX INDEX CONCURRENTLY mends that")),
    }[one.code]


def _n(value: float) -> str:
    return number_format(round(value), use_l10n=True, force_grouping=True)
