"""The sweep finds results that stand in for an engine that did not answer."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the table is large, and written to meanwhile

    dependencies = [("analysis", "0008_providers_and_costs")]

    operations = [
        AddIndexConcurrently(
            model_name="analysisresult",
            index=models.Index(
                condition=models.Q(("is_current", True), ("is_fallback", True)),
                fields=["session"],
                name="idx_analysis_fallback",
            ),
        ),
    ]
