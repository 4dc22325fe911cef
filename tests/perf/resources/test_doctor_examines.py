"""The doctor looks at the real machine and servers: as a command, and as a page for those who may see it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from analysis.models import Worker
from perf.resources.doctor import registry
from perf.resources.doctor.host_readings import read_host
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def superuser() -> User:
    return factories.make_user(None, superuser=True)


@pytest.fixture
def static_files(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "staticfiles.json").write_text("{}")
    settings.STATIC_ROOT = tmp_path


def examined(*arguments: str) -> tuple[int, str]:
    """Exit code and output of the command."""
    out = io.StringIO()
    try:
        call_command("doctor", *arguments, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def findings(text: str, section: str) -> dict[str, dict[str, Any]]:
    [found] = [each for each in orjson.loads(text)["sections"] if each["key"] == section]
    assert found["trouble"] == ""
    return {each["name"]: each for each in found["findings"]}


def test_the_command_ends_with_1_while_nobody_works_and_with_0_when_all_is_well(static_files: None) -> None:
    code, text = examined("--json")
    assert code == 1
    assert findings(text, "workers")["workers alive"]["severity"] == "bad"
    now = timezone.now()
    Worker.objects.create(name="w", slot="1", pid=1, queues="default", started_at=now, heartbeat_at=now, rss_mb=100)
    code, text = examined("--json")
    bad = [one for part in orjson.loads(text)["sections"] for one in part["findings"] if one["severity"] == "bad"]
    assert (code, bad) == (0, [])


def test_servers_are_really_asked() -> None:
    _code, text = examined("--json")
    database, cache, web, workers = (findings(text, key) for key in ("postgresql", "redis", "gunicorn", "workers"))
    assert database["shared_buffers"]["value"] == "128 MB"
    assert database["jit"]["value"] == "off"
    assert cache["maxmemory"]["value"] == "256 MB"
    assert cache["maxmemory-policy of the queue"]["value"] == "volatile-lru"
    assert float(cache["answer to a ping"]["value"].split()[0]) > 0
    assert web["preload_app"]["value"] == "off"
    assert workers["the engine labels"]["value"] == "yes"


def test_the_table_says_what_to_do() -> None:
    _code, text = examined()
    assert "> sudo systemctl start fibercomments.target" in text
    assert "Without a worker files are taken in and nothing is labelled." in text


def test_a_machine_is_read_from_its_files(tmp_path: Path) -> None:
    files = {
        "proc/sys/vm/swappiness": "60",
        "sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never",
        "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "powersave",
        "sys/fs/cgroup/cpu.max": "50000 100000",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content + "\n")
    found = read_host(tmp_path)
    assert found["vm.swappiness"] == 60
    assert found["huge_pages"] == "madvise"
    assert found["governor"] == "powersave"
    assert found["processors"] == 0.5
    assert found["net.core.somaxconn"] is None


def test_a_server_that_does_not_answer_stops_nothing_else(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.REDIS_METRICS_URL = "unix:///nonexistent/redis.sock?db=0"
    sections = {each.key: each for each in registry.examine()}
    assert sections["redis"].trouble == "ConnectionError"
    assert {one.severity for one in sections["redis"].findings} == {"unseen"}
    assert sections["postgresql"].trouble == ""


def test_the_page_shows_what_to_put_right_first(client: Client, superuser: User) -> None:
    client.force_login(superuser)
    response = client.get("/perf/doctor/", headers={"accept-language": "en"})
    html = response.content.decode()
    assert response.context["worst"] == "bad"
    assert "sudo systemctl start fibercomments.target" in html
    assert "shared_buffers" in html


def test_the_page_is_for_operators_and_does_not_exist_for_others(client: Client) -> None:
    assert client.get("/perf/doctor/").status_code == 404
    user = factories.make_user(None)
    user.is_staff = True
    user.save()
    client.force_login(user)
    assert client.get("/perf/doctor/").status_code == 404
    user.user_permissions.add(Permission.objects.get(codename="view_benchmarkrun"))
    assert client.get("/perf/doctor/").status_code == 200
