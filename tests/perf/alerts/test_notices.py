"""Notices arrive by e-mail and by a signed webhook; what fails is tried again, bounded, and holds up nobody."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from perf.alerts import channels, delivery
from perf.alerts.channels import ChannelError
from perf.alerts.delivery import MOST_TRIES, PAUSES, deliver
from perf.alerts.notices import announce
from perf.models import Alert, Notice
from tests.perf.alerts.conftest import NOON, rule

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr"
EVIDENCE = {
    "p50_ms": 200.0, "usual_p50_ms": 100.0, "p95_ms": 400.0, "usual_p95_ms": 200.0, "calls": 60, "bad_minutes": 3,
    "of_minutes": 5,
}  # fmt: skip


class Receiver:
    """Somebody who gets webhooks, and answers with the statuses it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_port}/hook?key=1"


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    there = Receiver()
    settings.ALERT_WEBHOOK_URL, settings.ALERT_WEBHOOK_SECRET = there.url, SECRET
    settings.ALERT_WEBHOOK_PRIVATE = True
    serving = threading.Thread(target=there.server.serve_forever, args=(0.01,))
    serving.start()
    yield there
    there.server.shutdown()
    serving.join()
    there.server.server_close()


def alert(**more: Any) -> Alert:
    return Alert.objects.create(rule=rule(**more), subject="web.home.GET", evidence=EVIDENCE, latest=EVIDENCE)


def test_a_webhook_is_signed_and_says_what_is_wrong(receiver: Receiver) -> None:
    announce(alert(), Notice.Event.OPENED, NOON)
    assert deliver(NOON) == 1
    [(headers, body)] = receiver.got
    said = Webhook(SECRET).verify(body, headers)
    assert said["type"] == "alert.opened"
    assert (said["data"]["subject"], said["data"]["evidence"]["calls"]) == ("web.home.GET", 60)
    assert headers["host"] == f"localhost:{receiver.server.server_port}"
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.replace(b"home", b"none"), headers)
    assert Notice.objects.get().state == Notice.State.SENT


def test_a_second_try_has_the_id_of_the_first(receiver: Receiver) -> None:
    receiver.statuses = [503, 429, 200]
    announce(alert(), Notice.Event.OPENED, NOON)
    assert [deliver(NOON), deliver(NOON)] == [0, 0], "not before its time"
    assert deliver(NOON + PAUSES[0]) == 0
    assert deliver(NOON + PAUSES[0] + PAUSES[1]) == 1
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 1
    notice = Notice.objects.get()
    assert (notice.state, notice.tries, notice.error) == (Notice.State.SENT, 3, "")


def test_after_the_last_try_it_has_failed_with_its_reason(receiver: Receiver) -> None:
    receiver.statuses = [500] * 20
    announce(alert(), Notice.Event.OPENED, NOON)
    for day in range(20):
        deliver(NOON + timedelta(days=day))
    notice = Notice.objects.get()
    assert (notice.state, notice.tries, notice.error) == (Notice.State.FAILED, MOST_TRIES, "it answered 500")
    assert len(receiver.got) == MOST_TRIES


@pytest.mark.parametrize("status", [302, 400, 404, 410])
def test_a_refusal_is_not_repeated_and_a_redirect_not_followed(receiver: Receiver, status: int) -> None:
    receiver.statuses = [status]
    announce(alert(), Notice.Event.OPENED, NOON)
    deliver(NOON)
    assert Notice.objects.get().state == Notice.State.FAILED
    assert len(receiver.got) == 1


def test_a_channel_that_fails_does_not_stop_the_other(receiver: Receiver, settings: Any) -> None:
    settings.ALERT_RECIPIENTS = ["ops@comments.example"]
    receiver.statuses = [500]
    announce(alert(), Notice.Event.OPENED, NOON)
    assert deliver(NOON) == 1
    states = dict(Notice.objects.values_list("channel", "state"))
    assert states == {"mail": "sent", "webhook": "waiting"}


def test_a_mail_says_what_is_wrong_in_the_language_of_the_installation(settings: Any) -> None:
    settings.ALERT_RECIPIENTS = ["ops@comments.example", "ana@comments.example"]
    announce(alert(), Notice.Event.OPENED, NOON)
    deliver(NOON)
    [sent] = mail.outbox
    assert sent.to == settings.ALERT_RECIPIENTS
    assert "web.home.GET está más lenta que de costumbre" in sent.subject
    for figure in ("200 ms", "100 ms", "400 ms", "3 de los últimos 5", "60 llamadas"):
        assert figure in sent.body


def test_a_mail_server_that_is_away_costs_a_try(settings: Any) -> None:
    settings.ALERT_RECIPIENTS = ["ops@comments.example"]
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1", 9,
    )  # fmt: skip
    announce(alert(), Notice.Event.OPENED, NOON)
    assert deliver(NOON) == 0
    notice = Notice.objects.get()
    assert (notice.state, notice.error) == (Notice.State.WAITING, "ConnectionRefusedError")


def test_only_channels_that_are_set_up_and_wanted_are_used(settings: Any) -> None:
    settings.ALERT_RECIPIENTS, settings.ALERT_WEBHOOK_URL = ["ops@comments.example"], ""
    assert announce(alert(), Notice.Event.OPENED, NOON) == 1
    settings.ALERT_WEBHOOK_URL = "https://hooks.example/"
    quiet = Alert.objects.create(rule=rule("errors", by_mail=False), subject="x", latest={})
    assert announce(quiet, Notice.Event.OPENED, NOON) == 1
    assert set(Notice.objects.filter(alert=quiet).values_list("channel", flat=True)) == {"webhook"}


def test_nothing_is_sent_inside_a_transaction_of_ours(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.ALERT_RECIPIENTS = ["ops@comments.example"]
    depth: list[int] = []
    outside = len(connection.savepoint_ids)
    monkeypatch.setitem(delivery._SENDERS, Notice.Channel.MAIL, lambda _: depth.append(len(connection.savepoint_ids)))
    announce(alert(), Notice.Event.OPENED, NOON)
    assert deliver(NOON) == 1
    assert depth == [outside]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "172.16.0.1", "0.0.0.1", "100.64.0.1", "::1",
     "fd00::1", "fe80::1", "::ffff:127.0.0.1", "2002:7f00:1::", "224.0.0.1"],
)  # fmt: skip
def test_a_private_address_is_not_called(settings: Any, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [(0, 0, 0, "", (address, 443))])
    with pytest.raises(ChannelError, match="private") as refused:
        channels._address_of("https://hooks.example/x")
    assert refused.value.is_permanent


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(0, 0, 0, "", (address, 443)) for address in ("93.184.215.14", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: found)
    with pytest.raises(ChannelError, match="private"):
        channels._address_of("https://hooks.example/x")


def test_the_address_that_was_checked_is_the_one_that_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [(0, 0, 0, "", ("93.184.215.14", 443))])
    assert channels._address_of("https://hooks.example/x") == "93.184.215.14"


def test_plain_http_is_refused() -> None:
    with pytest.raises(ChannelError, match="https"):
        channels._address_of("http://hooks.example/x")


@pytest.mark.django_db(transaction=True)
def test_the_sweeper_sends_aside_and_goes_on(receiver: Receiver) -> None:
    announce(alert(), Notice.Event.OPENED, timezone.now())
    assert delivery.deliver_aside()
    assert delivery._running.acquire(timeout=10), "it never came to an end"
    delivery._running.release()
    assert json.loads(receiver.got[0][1])["type"] == "alert.opened"
    assert not delivery.deliver_aside(), "nothing is left to send"
