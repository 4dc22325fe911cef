"""The instruments: what the product measures about itself."""

import gc

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

YOUNG_OBJECTS, YOUNG_COLLECTIONS, MIDDLE_COLLECTIONS = 50_000, 20, 50
"""How many new objects, and collections of a younger generation, Python waits for before it looks for cycles.

Labelling makes thousands of small objects a second and no cycles: by Python's own figures (700, 10, 10) the search
for them took a third of the time of a batch.
"""


class PerfConfig(AppConfig):
    """Registers the instruments with Django."""

    name = "perf"
    verbose_name = _("Performance")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Calm the garbage collector, and say what whoever runs the periodic tasks has to do."""
        from perf import periodic
        from perf.advisor import steps
        from perf.alerts import baselines, delivery, rounds
        from perf.metrics import rollup, samplers
        from perf.profiling.pruning import prune

        periodic.register("silk_prune", 300, prune)
        samplers.register_own()
        periodic.register("metrics_sample", samplers.SAMPLED_EVERY_SECONDS, samplers.sample)
        periodic.register("metrics_roll_up", 10, rollup.roll_up)
        periodic.register("metrics_forget", 600, rollup.forget_old)
        periodic.register("baselines_learn", 600, baselines.learn)
        periodic.register("alerts_evaluate", 30, rounds.evaluate)
        periodic.register("alerts_forget", 3600, rounds.forget_old)
        periodic.register("notices_deliver", 5, delivery.deliver_aside)
        periodic.register("query_advice", 900, steps.hint_look)
        periodic.register("query_advice_steps", 15, steps.sweep)
        gc.set_threshold(YOUNG_OBJECTS, YOUNG_COLLECTIONS, MIDDLE_COLLECTIONS)
        gc.freeze()  # what is imported by now stays for good: it is not searched, and forked processes go on sharing it
