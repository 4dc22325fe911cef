"""What a page asks for is found in the logs of the workers under the same ids, and goes on to other instances."""

from __future__ import annotations

import signal
import uuid
from collections.abc import Callable, Iterator

import django_rq
import httpx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from rq.serializers import JSONSerializer

from analysis.engines.provider import Endpoint
from analysis.engines.remote.client import RemoteClient
from analysis.models import Session
from analysis.processing.gauges import queues
from analysis.processing.hints import QUEUES
from analysis.processing.pulse import pulse
from analysis.processing.worker import LeaseWorker
from perf import metrics
from perf.tracing.context import begin, within
from tests.apart import run
from tests.logged import Lines, logged  # noqa: F401 -- a fixture
from tests.perf.emptied import no_measures  # noqa: F401 -- each test begins with none

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
IDS = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "X-Request-ID": "from-the-page"}


@pytest.fixture
def work() -> Iterator[Callable[[], None]]:
    """A real worker on the real queues, until they are empty."""
    for name in QUEUES:
        django_rq.get_queue(name).empty()  # type: ignore[no-untyped-call]
    handlers = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    made = LeaseWorker(
        [django_rq.get_queue(name) for name in QUEUES],
        name=f"host.1.{uuid.uuid4().hex[:8]}",
        connection=django_rq.get_connection(QUEUES[0]),
        serializer=JSONSerializer,
    )

    def work() -> None:
        made.work(burst=True, logging_level="WARNING")

    yield work
    for number, handler in handlers:
        signal.signal(number, handler)
    pulse.stopping = pulse.busy = False


@pytest.mark.django_db(transaction=True)
def test_an_upload_and_the_work_on_it_share_one_trace(
    client: Client,
    work: Callable[[], None],
    logged: Lines,  # noqa: F811
) -> None:
    file = SimpleUploadedFile("comentarios.csv", b"Comentario;Nota\nSe corta siempre el internet;2\nMuy bueno;9")
    client.post(reverse("import-file"), {"file": file})
    session = Session.objects.get()
    client.post(reverse("import-start", args=[session.pk]), headers=IDS)
    assert queues()["queue.default"] == 1
    work()
    session.refresh_from_db()
    assert session.state == "completed"
    jobs = logged.events("job")
    assert {(line["kind"], line["trace_id"], line["request_id"]) for line in jobs} == {
        ("drain", TRACE, "from-the-page")
    }
    assert jobs[0]["key"] == str(session.pk)
    assert "internet" not in logged.text
    total = metrics.read().total
    for operation in ("job.drain", "chunk.import", "chunk.analyse", "intake.upload", "web.import-start.POST"):
        assert total[f"{operation}.calls"] >= 1, operation


def test_a_call_to_another_instance_carries_the_trace() -> None:
    heard: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        heard.append(request)
        return httpx.Response(200, json={"cpu": 0.1})

    async def call() -> None:
        client = RemoteClient(Endpoint("http://node.example/api/v1", "model", "key", 5.0))
        client._client = httpx.AsyncClient(base_url="http://node.example", transport=httpx.MockTransport(answer))
        await client._call("GET", "/load")
        with within(begin(request_id="mine")):
            await client._call("GET", "/load")

    run(call())
    without, carried = heard
    assert "traceparent" not in without.headers
    assert carried.headers["X-Request-ID"] == "mine"
    assert len(carried.headers["traceparent"]) == 55
