"""The instruments: what the product measures about itself."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PerfConfig(AppConfig):
    """Registers the instruments with Django."""

    name = "perf"
    verbose_name = _("Performance")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have silk's tables pruned by whoever runs the periodic tasks."""
        from perf import periodic
        from perf.profiling.pruning import prune

        periodic.register("silk_prune", 300, prune)
