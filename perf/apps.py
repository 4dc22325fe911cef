"""The instruments: what the product measures about itself."""

import gc

from django.apps import AppConfig
from django.db.models.signals import post_migrate
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
        """Calm the garbage collector, make the knobs' rows, and name the periodic tasks for whoever runs them."""
        from perf import tunables
        from perf.profiling.recording import SAMPLE
        from perf.schedule import register_tasks
        from perf.tunables.rows import after_migration
        from perf.tuning import connections

        tunables.declare(SAMPLE)
        connections.register()
        tunables.on_look(connections.follow)
        register_tasks()
        post_migrate.connect(after_migration, sender=self, dispatch_uid="tunables")
        gc.set_threshold(YOUNG_OBJECTS, YOUNG_COLLECTIONS, MIDDLE_COLLECTIONS)
        gc.freeze()  # what is imported by now stays for good: it is not searched, and forked processes go on sharing it
