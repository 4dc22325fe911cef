"""What a person starts or turns is followed by every process, by looking for itself."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from perf.models import ProfilingSession, Tunable
from perf.profiling import live, sessions
from perf.profiling.recording import SAMPLE, share
from perf.tunables import following
from tests import factories
from tests.perf.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
#: Another process: says what it sees, until it sees that a session is open and then that none is.
FOLLOWER = """
import django, time
django.setup()
from perf.profiling import live
for wanted in (1, 0):
    while len(live.open_sessions()) != wanted:
        time.sleep(0.05)
    print(wanted, flush=True)
"""


def test_another_process_sees_a_session_begin_and_end() -> None:
    root = factories.make_user(None, superuser=True)
    base = settings.DATABASES["default"]
    address = f"postgres://{base['USER']}@/{connection.settings_dict['NAME']}?host={base['HOST'].replace('/', '%2F')}"
    if base["PORT"]:
        address += f"&port={base['PORT']}"
    if base["PASSWORD"]:
        address = address.replace("@/", f":{base['PASSWORD']}@/")
    environment = os.environ | {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "fibercomments.settings"}
    command = [sys.executable, "-c", FOLLOWER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=settings.BASE_DIR) as other:
        assert other.stdout
        session = sessions.start(session=ProfilingSession(), minutes=1, actor=root)
        assert other.stdout.readline() == "1\n"
        sessions.stop(session=session, actor=root)
        assert other.stdout.readline() == "0\n"
    assert other.returncode == 0


def test_a_session_that_begins_after_a_pause_is_seen_by_the_first_who_asks() -> None:
    root = factories.make_user(None, superuser=True)
    live.forget()
    assert live.open_sessions() == ()
    session = sessions.start(session=ProfilingSession(), minutes=1, actor=root)
    wait_until(lambda: [each.id for each in live.open_sessions()] == [session.pk])
    live.forget()


def test_the_share_of_requests_follows_its_knob() -> None:
    Tunable.objects.update_or_create(
        name=SAMPLE.name, defaults={"value": 25, "low": 0, "high": 100, "step": 1, "is_set": True}
    )
    following.look()
    assert share() == 25
    Tunable.objects.filter(name=SAMPLE.name).update(value=0)
    following.look()
    assert share() == 0
