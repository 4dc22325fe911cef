"""The sweep clears replays of requests after a day and windows of rate limits once they are over."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from analysis.models import IdempotencyKey, RateWindow, Team
from analysis.processing.sweep import tidy
from tests import factories


def test_old_replays_and_windows_go_and_young_ones_stay(team: Team) -> None:
    user = factories.make_user(team)
    now = timezone.now()
    for key, age in (("old", timedelta(hours=25)), ("young", timedelta(hours=23))):
        IdempotencyKey.objects.create(user=user, key=key, request_digest="x")
        IdempotencyKey.objects.filter(key=key).update(created_at=now - age)
    RateWindow.objects.create(key="over", hits=1, ends_at=now - timedelta(seconds=1))
    RateWindow.objects.create(key="open", hits=1, ends_at=now + timedelta(minutes=1))
    tidy()
    assert [each.key for each in IdempotencyKey.objects.all()] == ["young"]
    assert [each.key for each in RateWindow.objects.all()] == ["open"]
