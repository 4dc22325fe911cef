"""The domain: comments come in, are labelled, and are read."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AnalysisConfig(AppConfig):
    """Registers the domain with Django."""

    name = "analysis"
    verbose_name = _("Comment analysis")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the instruments what there is here, and have the operators' group made once the permissions exist.

        Auth makes those on the same signal, before us.
        """
        from analysis.admin.operators import ensure_operators
        from analysis.instruments import register_all

        register_all()
        post_migrate.connect(ensure_operators, dispatch_uid="operators")
