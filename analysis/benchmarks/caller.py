"""Whole requests of a program with a token, answered in this process through all middleware."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client, override_settings

from analysis import access, tokens
from analysis.api.analyze import ROUTE_HEADER
from analysis.benchmarks.ground import ground
from analysis.models import Membership, Role, Team
from perf.benchmarks.registry import Figure, milliseconds

_NAME = "benchmark"
HOST = "benchmark.example"
MANY = 10_000_000


@dataclass(frozen=True, slots=True)
class Caller:
    """A program that may do everything in a team of its own, as often as it likes; ``path`` is a file of comments."""

    client: Client
    secret: str
    team: Team
    path: Path

    def analyze(self, text: str, route: str, status: int = 200, **fields: Any) -> float:
        """Seconds that the answer to one text took; raises ``RuntimeError`` when it came by another route."""
        began = time.perf_counter()
        answer = self.post("/api/v1/analyze", {"items": [{"text": text}], **fields})
        seconds = time.perf_counter() - began
        if (answer.status_code, answer.headers.get(ROUTE_HEADER)) != (status, route):
            raise RuntimeError(f"{answer.status_code} by {answer.headers.get(ROUTE_HEADER)}; measured nothing.")
        return seconds

    def post(self, path: str, body: Any) -> Any:
        """One request."""
        return self.client.post(path, body, content_type="application/json", secure=settings.HTTPS)


@contextmanager
def caller(rows: int = 1) -> Iterator[Caller]:
    """The program, and a file of so many rows; nothing of them is left afterwards."""
    User.objects.filter(username=_NAME).delete()
    limits = dict.fromkeys(settings.API_RATE_LIMITS, MANY)
    with ground(rows) as (team, path), override_settings(ALLOWED_HOSTS=[HOST], API_RATE_LIMITS=limits):
        user = User.objects.create_user(_NAME)
        try:
            Membership.objects.create(user=user, team=team, role=Role.SUPERVISOR)
            scopes = access.scopes_of(user)
            _row, secret = tokens.create_token(user=user, name=_NAME, scopes=scopes, granted=scopes)
            yield Caller(Client(headers={"Authorization": f"Bearer {secret}", "Host": HOST}), secret, team, path)
        finally:
            user.delete()


def percentiles(name: str, seconds: Sequence[float]) -> dict[str, Figure]:
    """Median and 95th percentile."""
    return {f"{name}, p50": milliseconds(median(seconds)), f"{name}, p95": milliseconds(quantiles(seconds, n=20)[-1])}


def timed(action: Callable[[], object]) -> float:
    """Seconds that it took."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
