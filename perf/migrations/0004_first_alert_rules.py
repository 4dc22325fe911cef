"""The rules that an installation begins with; people change them, switch them off, or delete those that raised nothing."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.utils.translation import gettext_noop as _

RULES = (
    {"name": _("Slower than usual"), "kind": "slower", "limit": 1.5},
    {"name": _("Failing"), "kind": "errors", "limit": 0.05},
    {
        "name": _("Processor busy"),
        "kind": "gauge",
        "subjects": "machine.cpu",
        "limit": 0.8,
        "bad_minutes": 10,
        "of_minutes": 15,
    },
    {
        "name": _("Memory short"),
        "kind": "gauge",
        "subjects": "machine.memory",
        "limit": 0.8,
        "bad_minutes": 5,
        "of_minutes": 10,
    },
    {"name": _("Work waits"), "kind": "gauge", "subjects": "queue.wait_seconds", "limit": 60.0},
    {
        "name": _("Database connections run out"),
        "kind": "gauge",
        "subjects": "postgresql.connections_share",
        "limit": 0.8,
    },
    {"name": _("Nothing is measured"), "kind": "silence", "limit": 5.0},
    {"name": _("Redis is away"), "kind": "away", "subjects": "redis.*", "limit": 0.5},
)


def add(apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    rules = apps.get_model("perf", "AlertRule")
    for rule in RULES:
        rules.objects.get_or_create(name=rule["name"], defaults=rule)


def remove(apps: StateApps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Those that raised no alert: the others have a history, which the migration before takes away."""
    names = [rule["name"] for rule in RULES]
    apps.get_model("perf", "AlertRule").objects.filter(name__in=names, alerts=None).delete()


class Migration(migrations.Migration):
    dependencies = [("perf", "0003_alerts")]

    operations = [migrations.RunPython(add, remove)]
