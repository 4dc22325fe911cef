"""A wrong pair of settings is refused at start, with a hint."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from pytest_django import Settings


def ids(*, deploy: bool = False) -> set[str | None]:
    return {message.id for message in run_checks(include_deployment_checks=deploy)}


def test_the_settings_as_they_come_pass_every_rule() -> None:
    assert not any(str(found).startswith("fibercomments") for found in ids())


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("LEASE_SECONDS", 5.0, "fibercomments.E001"),
        ("WORKER_GONE_SECONDS", 60.0, "fibercomments.E002"),
        ("WORKER_GONE_SECONDS", 4.0, "fibercomments.E002"),
        ("STALL_SECONDS", 10.0, "fibercomments.E004"),
    ],
)
def test_times_that_contradict_each_other_are_refused(settings: Settings, name: str, value: float, found: str) -> None:
    setattr(settings, name, value)
    assert found in ids()


@pytest.mark.parametrize("command", ["worker", "sweeper"])
def test_a_process_that_lives_by_these_times_does_not_start_with_wrong_ones(settings: Settings, command: str) -> None:
    settings.LEASE_SECONDS = 5.0
    with pytest.raises(SystemCheckError, match="E001"):
        call_command(command, skip_checks=False)


def test_redis_databases_may_not_be_shared(settings: Settings) -> None:
    settings.REDIS_CACHE_URL = settings.REDIS_QUEUE_URL
    assert "fibercomments.E003" in ids()


def test_production_is_warned_when_pseudonyms_hang_on_the_secret_key(settings: Settings) -> None:
    settings.LOCAL = False
    settings.PSEUDONYM_KEY = settings.SECRET_KEY
    assert "fibercomments.W001" in ids(deploy=True)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "not base64 at all, and long enough for a secret"])
def test_a_webhook_without_a_secret_to_sign_with_is_refused(settings: Settings, secret: str) -> None:
    settings.ALERT_WEBHOOK_URL, settings.ALERT_WEBHOOK_SECRET = "https://hooks.example/", secret
    assert "fibercomments.E005" in ids()


def test_a_webhook_with_a_secret_passes(settings: Settings) -> None:
    settings.ALERT_WEBHOOK_URL = "https://hooks.example/"
    settings.ALERT_WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr"
    assert "fibercomments.E005" not in ids()


def test_recipients_without_a_mail_server_are_warned_of(settings: Settings) -> None:
    settings.ALERT_RECIPIENTS = ["ops@comments.example"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert "fibercomments.W002" in ids()
