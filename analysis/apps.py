"""The domain: comments come in, are labelled, and are read."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnalysisConfig(AppConfig):
    """Registers the domain with Django."""

    name = "analysis"
    verbose_name = _("Comment analysis")
    default_auto_field = "django.db.models.BigAutoField"
