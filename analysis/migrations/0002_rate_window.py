"""Counters of rate limits, for while Redis is away; not logged, since they are worth nothing after a minute."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analysis", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="RateWindow",
            fields=[
                ("key", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("hits", models.PositiveIntegerField(verbose_name="requests")),
                ("ends_at", models.DateTimeField(verbose_name="end of the window")),
            ],
            options={
                "verbose_name": "window of a rate limit",
                "verbose_name_plural": "windows of rate limits",
                "db_table": "api_rate_windows",
            },
        ),
        migrations.RunSQL("ALTER TABLE api_rate_windows SET UNLOGGED", "ALTER TABLE api_rate_windows SET LOGGED"),
    ]
