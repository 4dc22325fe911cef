"""Bottlenecks in words, in the language that is active."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from perf.analytics.classes import Kind, class_of, resources
from perf.analytics.rules import Bottleneck, Severity, Trend

KINDS = {
    Kind.SLOW: gettext_lazy("slow operation"),
    Kind.RESOURCE: gettext_lazy("scarce resource"),
    Kind.EXTERNAL: gettext_lazy("slow service of others"),
}
SEVERITIES = {Severity.HIGH: gettext_lazy("high"), Severity.MEDIUM: gettext_lazy("medium")}
_SECOND, _MINUTE, _HOUR = 1000.0, 60_000.0, 3_600_000.0


def duration(ms: float) -> str:
    """Milliseconds as a person says them: 0.4 ms, 320 ms, 1.4 s, 12 min, 3.5 h."""
    for least, unit in ((_HOUR, "h"), (_MINUTE, "min"), (_SECOND, "s")):
        if ms >= least:
            return f"{_short(ms / least)} {unit}"
    return f"{_short(ms)} ms"


def percent(share: float) -> str:
    """A part as a whole percentage; less than one is said so."""
    return "< 1 %" if 0 < share < 0.01 else f"{number_format(round(100 * share), use_l10n=True)} %"


def whole(number: int) -> str:
    """A number with the separators of the language."""
    return number_format(number, use_l10n=True, force_grouping=True)


def name_of(subject: str) -> str:
    """What a person calls an operation or a gauge: ``GET home`` of ``web.home.GET``, its own label where it has one."""
    resource = resources().get(subject)
    if resource is not None:
        return str(resource.label)
    if subject.startswith("web."):
        view, _dot, method = subject.removeprefix("web.").rpartition(".")
        return f"{method.upper()} {view}"
    if subject.startswith("job."):
        return _("job “%(kind)s”") % {"kind": subject.removeprefix("job.")}
    return subject


def label(found: Bottleneck) -> str:
    """What sort of thing it is."""
    return str(KINDS[Kind.RESOURCE] if found.kind is Kind.RESOURCE else class_of(found.subject).label)


def action(found: Bottleneck) -> str:
    """What to do about it."""
    return str(resources()[found.subject].action if found.kind is Kind.RESOURCE else class_of(found.subject).action)


def page(found: Bottleneck) -> tuple[str, str]:
    """Name of the URL, and title, of a page that helps; empty when there is none."""
    about = resources()[found.subject] if found.kind is Kind.RESOURCE else class_of(found.subject)
    return about.page, str(about.page_label)


def evidence(found: Bottleneck) -> list[str]:
    """The figures that it was found by, a sentence each."""
    return _levels(found) if found.kind is Kind.RESOURCE else _calls(found)


def trend(found: Bottleneck) -> str:
    """An arrow and how much, against the period before."""
    match found.trend:
        case None:
            return _("nothing was measured in the period before")
        case Trend.NEW:
            return "↑ " + _("new: none was lost in the period before")
        case Trend.STEADY:
            return "→ " + _("as in the period before")
    arrow = "↑" if found.trend is Trend.UP else "↓"
    return f"{arrow} " + _("%(change)s against the period before") % {"change": _signed(found.change or 0.0)}


def _calls(found: Bottleneck) -> list[str]:
    known = {"mean": duration(found.mean_ms), "p95": duration(found.p95_ms), "longest": duration(found.max_ms)}
    sentences = [
        ngettext("%(n)s call", "%(n)s calls", found.calls) % {"n": whole(found.calls)}
        + " · "
        + _("%(mean)s each on average, one in twenty over %(p95)s, the longest %(longest)s") % known,
        _usual(found),
    ]
    if found.errors:
        failed = {"n": whole(found.errors), "share": percent(found.errors / found.calls)}
        sentences.append(ngettext("%(n)s failed (%(share)s)", "%(n)s failed (%(share)s)", found.errors) % failed)
    if found.share is not None:
        about = {"share": percent(found.share)}
        sentences.append(_("It took about %(share)s of the time of all requests and jobs.") % about)
    if found.parts:
        parts = ", ".join(f"{name} {percent(part)}" for name, part in found.parts)
        sentences.append(_("What it spent its time in, as far as that is clocked: %(parts)s.") % {"parts": parts})
    return sentences


def _usual(found: Bottleneck) -> str:
    if found.usual is None:
        return _("It has no baseline yet; such a call should take %(limit)s at most.") % {
            "limit": duration(found.limit)
        }
    return _("Usual: %(p50)s, and one in twenty over %(p95)s.") % {
        "p50": duration(found.usual.p50_ms),
        "p95": duration(found.usual.p95_ms),
    }


def _levels(found: Bottleneck) -> list[str]:
    is_share = resources()[found.subject].is_share
    say = percent if is_share else _short
    known = {"minutes": whole(round(found.minutes)), "limit": say(found.limit)}
    return [
        _("For %(minutes)s minutes it stood above %(limit)s.") % known,
        _("Then: %(mean)s on average, %(high)s at most.") % {"mean": say(found.level), "high": say(found.highest)},
    ]


def _signed(change: float) -> str:
    return f"{'+' if change > 0 else '−'}{percent(abs(change))}"


def _short(number: float) -> str:
    """Two digits that count; a language's own decimal mark."""
    return number_format(number, 0 if number >= 10 or number == int(number) else 1, use_l10n=True, force_grouping=True)
