"""The image and the containers: what they copy, start and probe is there, and nothing runs as root."""

from __future__ import annotations

import http.server
import importlib.machinery
import importlib.util
import re
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

PROJECT = Path(settings.BASE_DIR)
DEPLOY = PROJECT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()


@pytest.fixture
def services() -> dict[str, Any]:
    loaded: dict[str, dict[str, Any]] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return loaded["services"]


@pytest.fixture(scope="module")
def probe() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("probe", str(DEPLOY / "probe"))
    spec = importlib.util.spec_from_loader("probe", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_the_image_copies_what_there_is_and_lets_it_through() -> None:
    copied = [
        word for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE) for word in line.split()[:-1]
    ]
    let_through = {
        line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    assert set(copied) == let_through
    assert [name for name in copied if not (PROJECT / name).exists()] == []


def test_the_image_has_stages_and_no_root_and_says_whether_it_lives() -> None:
    assert len(re.findall(r"^FROM ", DOCKERFILE, re.MULTILINE)) == 2
    assert "--require-hashes" in DOCKERFILE
    assert re.search(r"^USER fibercomments$", DOCKERFILE, re.MULTILINE)
    assert "HEALTHCHECK" in DOCKERFILE
    assert re.search(r"SECRET_KEY|PASSWORD", DOCKERFILE) is None


def test_containers_start_commands_that_there_are(services: dict[str, Any]) -> None:
    commands = {each["command"][2] for each in services.values() if "manage.py" in each.get("command", [])}
    assert commands == {"worker", "sweeper"}
    assert commands <= get_commands().keys()
    assert services["prepare"]["command"][1:] == ["-m", "fibercomments.prepare"]


def test_every_container_that_stays_has_a_probe_a_limit_and_comes_back(services: dict[str, Any]) -> None:
    for name, each in services.items():
        if name == "prepare":
            continue
        assert each["restart"] == "unless-stopped", name
        assert "mem_limit" in each, name
        assert "healthcheck" in each or name == "web", name  # the image's own


def test_the_product_s_containers_have_no_rights_and_wait_for_the_tables(services: dict[str, Any]) -> None:
    for name in ("web", "worker", "sweeper"):
        each = services[name]
        assert each["cap_drop"] == ["ALL"]
        assert each["read_only"] is True
        assert each["depends_on"] == {"prepare": {"condition": "service_completed_successfully"}}
        assert "POSTGRES_PASSWORD:?" in each["environment"]["DATABASE_URL"]


def test_the_servers_are_set_as_the_doctor_wants_them(services: dict[str, Any]) -> None:
    assert "--jit=off" in services["postgres"]["command"]
    assert "--data-checksums" in services["postgres"]["environment"]["POSTGRES_INITDB_ARGS"]
    assert services["redis"]["command"][-1] == "volatile-lru"


def test_the_probe_asks_the_web_server(probe: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/healthz/live" else 404)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("PORT", str(server.server_port))
        assert probe.answers()
        server.shutdown()
    assert not probe.answers()


def test_the_probe_finds_the_process_of_a_worker(probe: ModuleType, tmp_path: Path) -> None:
    for pid, words in {"1": b"/sbin/docker-init\0--", "7": b"python\0manage.py\0worker\0--slot\x001"}.items():
        (tmp_path / pid).mkdir()
        (tmp_path / pid / "cmdline").write_bytes(words)
    assert probe.runs("worker", tmp_path)
    assert not probe.runs("sweeper", tmp_path)
