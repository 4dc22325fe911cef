"""The instruments' own periodic tasks, and how often each falls due; the sweeper runs them (``perf.periodic``)."""

from __future__ import annotations

from django.conf import settings

from perf import periodic
from perf.advisor import steps
from perf.alerts import baselines, delivery, rounds
from perf.metrics import rollup, samplers
from perf.profiling.pruning import prune
from perf.tuning.loop import tune


def register_tasks() -> None:
    """All of them; seconds between two runs."""
    samplers.register_own()
    periodic.register("metrics_sample", samplers.SAMPLED_EVERY_SECONDS, samplers.sample)
    periodic.register("metrics_roll_up", 10, rollup.roll_up)
    periodic.register("metrics_forget", 600, rollup.forget_old)
    periodic.register("baselines_learn", 600, baselines.learn)
    periodic.register("alerts_evaluate", 30, rounds.evaluate)
    periodic.register("alerts_forget", 3600, rounds.forget_old)
    periodic.register("notices_deliver", 5, delivery.deliver_aside)
    periodic.register("silk_prune", 300, prune)
    periodic.register("tuner", settings.TUNER_SAMPLE_SECONDS, tune)
    periodic.register("query_advice", 900, steps.hint_look)
    periodic.register("query_advice_steps", 15, steps.sweep)
