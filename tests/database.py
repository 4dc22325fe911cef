"""The address of the database that the tests run on, for processes that they start."""

from __future__ import annotations

from urllib.parse import quote

from django.db import connection


def address() -> str:
    """As in ``DATABASE_URL``."""
    values = connection.settings_dict
    login = quote(str(values["USER"])) + (f":{quote(str(values['PASSWORD']))}" if values["PASSWORD"] else "")
    port = f":{values['PORT']}" if values["PORT"] else ""
    return f"postgresql://{login}@{quote(str(values['HOST']), safe='')}{port}/{values['NAME']}"
