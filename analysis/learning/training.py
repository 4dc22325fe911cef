"""A candidate: trained on the corpus and what people corrected, and measured against the active model.

Two trainings are made. The first leaves out every fifth lesson and is measured on those; the second, on all of them,
is the candidate, measured on the gold set. So the figures on lessons are of a model that had not seen them, which is
not the candidate itself; the active one may have been trained on some of them.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any

from analysis.engines.base import Engine
from analysis.engines.evaluation.bootstrap import interval
from analysis.engines.evaluation.cases import Case, judge
from analysis.engines.evaluation.evaluation import RESAMPLES, SEED, as_json, evaluate
from analysis.engines.evaluation.labelled import CORPUS, GOLD_FILE, corpus, read_labelled
from analysis.engines.evaluation.metrics import mean
from analysis.engines.evaluation.paired import Difference, differences, fallen
from analysis.engines.registry import DEFAULT_ENGINE, make_engine, trainer
from analysis.learning.changes import MOST, what_changes
from analysis.learning.lessons import FEWEST, Lesson, Lessons, gather, held_out, training_rows
from analysis.routing.releases import engine_for, model_part
from analysis.routing.weights import checksum, read_folder

Tell = Callable[[str], None]


class TooFewLessons(Exception):
    """There are not enough corrections to learn from; ``found`` and ``needed`` say how many."""

    def __init__(self, found: int, needed: int = FEWEST) -> None:
        self.found, self.needed = found, needed
        super().__init__(
            f"Only {found} corrected comments can be learned from; at least {needed} are needed. "
            "Correct more comments, or insist with --force."
        )


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be trained; ``compare`` is how many comments of past sessions both models label."""

    name: str = DEFAULT_ENGINE
    seed: int = 0
    compare: int = MOST
    force: bool = False
    resamples: int = RESAMPLES


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trained model with all that was measured of it, not stored yet."""

    name: str
    seed: int
    digest: str
    version: str
    weights: bytes
    manifest_text: str
    sha256: str
    corrections_used: int
    evaluation: dict[str, Any]
    changes: dict[str, Any]


def train_candidate(order: Order, tell: Tell = lambda _step: None) -> Candidate:
    """Train and measure; raises ``TooFewLessons``, ``TrainingUnavailable``, and whatever the trainer raises.

    ``tell`` hears of each step before it begins, so that somebody who waits knows it lives.
    """
    train = trainer(order.name)
    lessons = gather()
    if len(lessons.lessons) < FEWEST and not order.force:
        raise TooFewLessons(len(lessons.lessons))
    base, active = corpus(), engine_for(order.name)
    sources = {"corpus": _corpus_hash(), "corrections": lessons.digest()}
    with tempfile.TemporaryDirectory(prefix="training-") as room:

        def trained(part: str, taught: Sequence[Lesson]) -> tuple[Path, Engine]:
            folder = Path(room) / part
            folder.mkdir()
            train(training_rows(base, taught), seed=order.seed, folder=folder, sources=sources)
            return folder, make_engine(order.name, folder)

        tell(f"training without every fifth of {len(lessons.lessons)} corrections")
        known, unknown = held_out(lessons.lessons)
        on_lessons = None
        if unknown:
            _folder, partial = trained("partial", known)
            on_lessons = _on_lessons(unknown, active, partial, order)
        tell("training with all of them")
        folder, engine = trained("whole", lessons.lessons)
        weights, manifest = read_folder(folder)
        tell("measuring on the gold set")
        evaluation = _on_gold(active, engine, order) | {"held_out": on_lessons, "lessons": _summary(lessons)}
        tell(f"labelling up to {order.compare} comments of past sessions with both")
        changes = what_changes(active, engine, most=order.compare)
    return Candidate(
        name=order.name,
        seed=order.seed,
        digest=model_part(engine.version),
        version=engine.version,
        weights=weights,
        manifest_text=manifest.decode(),
        sha256=checksum(weights, manifest),
        corrections_used=len(lessons.lessons),
        evaluation=evaluation,
        changes=changes,
    )


def _on_gold(active: Engine, engine: Engine, order: Order) -> dict[str, Any]:
    gold = read_labelled(GOLD_FILE)
    before, after = judge(gold, active), judge(gold, engine)
    moved = differences(before, after, resamples=order.resamples)
    return {
        "gold": as_json(evaluate(after, engine, resamples=order.resamples)),
        "before": as_json(evaluate(before, active, resamples=order.resamples)),
        "differences": _differences_as_json(moved),
        "fallen": fallen(moved),
        "compared_with": active.version,
    }


def _on_lessons(unknown: Sequence[Lesson], active: Engine, partial: Engine, order: Order) -> dict[str, Any]:
    """Share of right answers, label by label, where a person decided that label."""
    rows = [lesson.row for lesson in unknown]
    before, after = judge(rows, active), judge(rows, partial)
    labels = {}
    for label in ("sentiment", "urgency", "churn_risk"):
        decided = [place for place, lesson in enumerate(unknown) if label in lesson.decided]
        if decided:
            rights = [(_is_right(before[place], label), _is_right(after[place], label)) for place in decided]
            low, high = interval(_gain, rights, seed=SEED, resamples=order.resamples)
            labels[label] = {
                "comments": len(rights),
                "before": mean(float(old) for old, _new in rights),
                "after": mean(float(new) for _old, new in rights),
                "difference": {"value": _gain(rights), "low": low, "high": high},
            }
    return {"comments": len(rows), "labels": labels}


def _is_right(case: Case, label: str) -> bool:
    return bool(getattr(case.gold, label) == getattr(case.verdict, label))


def _gain(rights: Sequence[tuple[bool, bool]]) -> float:
    return mean(float(new) - float(old) for old, new in rights)


def _differences_as_json(found: dict[str, Difference]) -> dict[str, Any]:
    return {
        name: {"value": one.value, "low": one.low, "high": one.high}
        for name, one in found.items()
        if not isnan(one.value)
    }


def _summary(lessons: Lessons) -> dict[str, Any]:
    return {
        "used": len(lessons.lessons),
        "left_out": dict(lessons.left_out),
        "per_label": lessons.per_label(),
    }


def _corpus_hash() -> str:
    parts = b"".join(part.read_bytes() for part in sorted(CORPUS.glob("part_*.tsv")))
    return hashlib.sha256(parts).hexdigest()
