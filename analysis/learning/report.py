"""What a training came to, for the one who decides whether it labels: plain lines, without any text of a comment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.engines.evaluation.paired import GATE
from analysis.models import EngineModel

_MOST_MOVES = 8


def report(model: EngineModel) -> str:
    """The whole report."""
    return "\n".join(
        [*_head(model), "", *_gold(model.evaluation), *_lessons(model.evaluation), *_changes(model.changes)]
    )


def _head(model: EngineModel) -> Iterator[str]:
    yield f"Candidate {model.digest} (version {model.version}), seed {model.seed}: stored, not activated."
    summary = model.evaluation["lessons"]
    yield f"Learned from {summary['used']} corrected comments besides the corpus."
    for reason, number in summary["left_out"].items():
        yield f"  left out, {reason}: {number}"
    for label, codes in summary["per_label"].items():
        yield f"  {label}: " + ", ".join(f"{code} {number}" for code, number in codes.items())


def _gold(evaluation: Mapping[str, Any]) -> Iterator[str]:
    yield f"On the gold set ({evaluation['gold']['comments']} comments), against {evaluation['compared_with']}:"
    yield f"  {'figure':32} {'before':>7} {'after':>7}  difference (95 %)"
    for name, moved in evaluation["differences"].items():
        before, after = (evaluation[part]["figures"][name]["value"] for part in ("before", "gold"))
        mark = " FELL" if name in evaluation["fallen"] else ""
        yield f"  {name:32} {before:7.3f} {after:7.3f}  {_span(moved)}{mark}"
    fallen = evaluation["fallen"]
    gate = ", ".join(GATE)
    if fallen:
        yield f"It may not be activated without a reason: it fell beyond chance in {', '.join(fallen)}."
    else:
        yield f"It may be activated: none of {gate} fell beyond chance."


def _lessons(evaluation: Mapping[str, Any]) -> Iterator[str]:
    part = evaluation["held_out"]
    yield ""
    if part is None:
        yield "No correction was held out: there are too few."
        return
    yield f"On {part['comments']} corrections held out (every fifth), by a model trained on the others:"
    for label, one in part["labels"].items():
        yield (
            f"  {label:12} n = {one['comments']:<5} right before {one['before']:.3f}, after {one['after']:.3f}  "
            f"{_span(one['difference'])}"
        )


def _changes(changes: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"Of {changes['comments']} comments of past sessions {changes['changed']} would get another label:"
    for label, moves in changes["labels"].items():
        for move in moves[:_MOST_MOVES]:
            yield f"  {label}: {move['from'] or '(none)'} -> {move['to'] or '(none)'}: {move['comments']}"
            yield f"    e.g. {', '.join(move['examples'][:2])}"


def _span(moved: Mapping[str, float]) -> str:
    return f"{moved['value']:+.3f} ({moved['low']:+.3f} to {moved['high']:+.3f})"
