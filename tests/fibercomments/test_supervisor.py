"""`make run`: the whole product, really started."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import psutil
import pytest

from fibercomments import supervisor
from fibercomments.servers import ServiceError
from fibercomments.servers.locks import SoleLock
from tests.fibercomments.machine import attempt, fresh_home, is_alive, kill, run, spawn, wait_for

MODULE = ("-m", "fibercomments.supervisor")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A directory for private servers."""
    with fresh_home() as folder:
        yield folder
        for product in Product.started:
            if product.process.poll() is None:
                product.stop()


@pytest.fixture(scope="module")
def port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Product:
    """The product as `make run` starts it, up to the line that says where the page is."""

    started: ClassVar[list[Product]] = []

    def __init__(self, home: Path, port: int) -> None:
        self.started.append(self)
        self.process: subprocess.Popen[str] = spawn(home, *MODULE, PORT=str(port), WORKERS="1")
        self.said = ""
        assert self.process.stdout
        while "Ready after" not in self.said:
            line = self.process.stdout.readline()
            assert line, f"it ended, and said:\n{self.said}"
            self.said += line
        self.url = re.findall(r"http://\S+", self.said)[0]

    def child(self, word: str) -> int:
        """Process id of the child with this word in its command line."""
        children = psutil.Process(self.process.pid).children()
        return next(child.pid for child in children if word in " ".join(child.cmdline()))

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """End it as at the terminal."""
        self.process.send_signal(number)
        self.said += self.process.communicate(timeout=60)[0]


@pytest.fixture(scope="module")
def product(home: Path, port: int) -> Product:
    """The running product."""
    return Product(home, port)


def status(port: int) -> int:
    """Status of the page that looks at database and Redis."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/healthz/ready")
    return connection.getresponse().status


def test_the_page_answers_when_its_address_is_printed(product: Product, port: int) -> None:
    assert product.url == f"http://127.0.0.1:{port}/"
    assert status(port) == 200


def test_the_password_of_the_demo_account_is_printed_at_the_first_start(product: Product) -> None:
    assert re.search(r"user demo +password \S+", product.said)


def test_a_second_start_says_that_it_runs_already_and_where(product: Product, home: Path) -> None:
    second = run(home, *MODULE)
    assert f"Already running at {product.url} (process {product.process.pid})" in second.stdout


def test_the_page_is_back_after_the_web_server_was_killed_and_no_connection_was_refused(
    product: Product, port: int
) -> None:
    os.killpg(product.child("gunicorn"), signal.SIGKILL)
    assert status(port) == 200


def test_a_killed_worker_is_replaced(product: Product) -> None:
    first = product.child("worker")
    kill(first)
    wait_for(lambda: any("worker" in " ".join(c.cmdline()) for c in _others(product, first)), "another worker")


def test_a_killed_private_server_comes_back(product: Product, home: Path) -> None:
    pid_file = home / ".local/valkey/valkey.pid"
    first = int(pid_file.read_text())
    kill(first)
    wait_for(lambda: pid_file.exists() and pid_file.read_text().strip() not in {"", str(first)}, "another Valkey")


def test_ctrl_c_stops_everything_and_leaves_nothing_behind(product: Product, home: Path) -> None:
    everything = [child.pid for child in psutil.Process(product.process.pid).children(recursive=True)]
    everything.append(int((home / ".local/postgres/data/postmaster.pid").read_text().split()[0]))
    product.stop()
    assert product.process.returncode == 0
    assert product.said.endswith("Stopped.\n")
    assert not any(is_alive(pid) for pid in everything)
    assert "did not stop in time" not in product.said


def test_after_everything_was_killed_it_starts_again_with_its_data(product: Product, home: Path, port: int) -> None:
    if product.process.poll() is None:
        product.stop()
    before = Product(home, port)
    victims = [
        before.process.pid,
        *(child.pid for child in psutil.Process(before.process.pid).children(recursive=True)),
    ]
    victims += [int(name.read_text().split()[0]) for name in home.glob(".local/*/*.pid")]
    victims += [int(name.read_text().split()[0]) for name in home.glob(".local/postgres/data/postmaster.pid")]
    for pid in victims:
        kill(pid)
    before.process.communicate()
    after = Product(home, port)
    assert "password" not in after.said
    assert status(port) == 200
    assert "Nothing is running" not in run(home, *MODULE, "--stop").stdout
    after.process.communicate()
    assert after.process.returncode == 0


def test_stopping_what_does_not_run_says_so(home: Path) -> None:
    with fresh_home() as empty:
        assert "Nothing is running here" in run(empty, *MODULE, "--stop").stdout


def test_a_port_that_was_asked_for_and_is_taken_is_an_error(home: Path) -> None:
    with fresh_home() as other, socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = attempt(other, *MODULE, PORT=port)
        assert refused.returncode == 1
        assert f"port {port}" in refused.stdout
        assert not (other / ".local/postgres").exists()


def test_the_next_free_port_is_used_when_the_usual_one_is_taken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        usual = taken.getsockname()[1]
        monkeypatch.setattr(supervisor, "DEFAULT_PORT", usual)
        with supervisor.open_port("127.0.0.1", None) as found:
            assert found.getsockname()[1] > usual
    assert f"Port {usual} is taken" in capsys.readouterr().out


def test_ctrl_c_before_the_page_is_ready_stops_what_was_started(port: int) -> None:
    with fresh_home() as other:
        process = spawn(other, *MODULE, PORT=str(port))
        assert process.stdout
        while "Preparing" not in process.stdout.readline():
            assert process.poll() is None
        server = int((other / ".local/valkey/valkey.pid").read_text())
        process.send_signal(signal.SIGINT)
        assert "Stopped before it was ready." in process.communicate(timeout=60)[0]
        assert process.returncode == 130
        assert not is_alive(server)


def test_incomplete_settings_are_named_without_a_traceback(port: int) -> None:
    with fresh_home() as other:
        refused = attempt(other, *MODULE, PORT=str(port), ENVIRONMENT="production")
        assert refused.returncode == 1
        assert "SECRET_KEY" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_an_impossible_port_is_refused() -> None:
    with pytest.raises(ServiceError, match="PORT"):
        supervisor.open_port("127.0.0.1", "eighty")


def test_the_lock_of_a_killed_supervisor_is_free(tmp_path: Path) -> None:
    lock = SoleLock(tmp_path / "run.lock")
    (tmp_path / "run.lock").write_text(f"{os.getpid()} http://127.0.0.1:8000/")
    assert lock.take()
    assert not SoleLock(tmp_path / "run.lock").take()
    lock.drop()


def _others(product: Product, pid: int) -> list[psutil.Process]:
    return [
        child for child in psutil.Process(product.process.pid).children() if child.pid != pid and is_alive(child.pid)
    ]
