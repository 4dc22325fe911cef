"""Each switch leaves out the real way of the product that it names, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as project
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from analysis.api.limits import RateLimit
from analysis.insights.aggregates import overview
from analysis.insights.filters import CommentFilter
from analysis.models import Session

PROGRAM = """
import json
from fibercomments import settings
database = settings.DATABASES["default"]
print(json.dumps([database["OPTIONS"], settings.VERDICTS_KEPT, settings.ANSWERS_KEPT_DAYS]))
"""


@pytest.mark.django_db
def test_numbers_that_are_not_kept_are_counted_each_time(settings: Settings) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            overview(CommentFilter(), Session.objects.filter(name="nobody's"))
        return len(asked)

    first, second = queries(), queries()
    assert second < first
    settings.RESPONSE_CACHE = False
    assert queries() == queries() > second


def test_without_limits_nobody_is_counted(settings: Settings) -> None:
    settings.RATE_LIMITING = False
    limit = RateLimit()
    assert limit.allow_request(APIRequestFactory().get("/"), APIView())
    assert limit.count is None


def settings_of(**switches: str) -> list[Any]:
    """Options of the database, verdicts kept, days that answers are kept, of a web process with these variables."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=os.environ | {"FIBER_PROCESS": "web"} | switches,
        cwd=project.BASE_DIR, check=True, capture_output=True, text=True,
    )  # fmt: skip
    told: list[Any] = json.loads(done.stdout)
    return told


def test_pool_indexes_and_kept_answers_are_on_unless_their_switch_says_otherwise() -> None:
    options, verdicts, days = settings_of()
    assert options["pool"]["max_size"] > 1
    assert "enable_indexscan" not in options["options"]
    assert verdicts > 0 < days
    options, verdicts, days = settings_of(DB_POOL="0", DB_INDEXES="0", ANSWER_CACHING="0")
    assert "pool" not in options
    assert all(f"enable_{name}=off" in options["options"] for name in ("indexscan", "indexonlyscan", "bitmapscan"))
    assert verdicts == days == 0
