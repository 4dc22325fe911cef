#!/usr/bin/env python
"""Django's command line, on the same database and Redis as `make run`."""

import os
import sys

from fibercomments import checks, services  # noqa: F401 - checks registers the rules between settings
from fibercomments.servers import ServiceError

# Commands that look at the code only, and for which no server is started.
WITHOUT_SERVERS = {
    "",
    "help",
    "version",
    "check",
    "compilemessages",
    "makemessages",
    "findstatic",
    "collectstatic",
    "diffsettings",
    "evaluate",
}


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fibercomments.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        if command in WITHOUT_SERVERS or command.startswith("-") or "--help" in sys.argv:
            services.describe()
        else:
            services.ensure()
    except ServiceError as error:
        sys.exit(str(error))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
