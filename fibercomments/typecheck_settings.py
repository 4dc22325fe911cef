"""The settings as mypy's Django plugin loads them: with addresses of servers that need not run."""

from fibercomments import services

services.describe()

from fibercomments.settings import *  # noqa: E402, F403
