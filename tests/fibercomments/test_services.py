"""Private servers are started once, shared by all processes of a checkout, and stopped by the last of them."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from fibercomments.servers import ServiceError, binaries
from fibercomments.servers.places import Places
from fibercomments.servers.valkey import Valkey
from tests.fibercomments.machine import attempt, fresh_home, is_alive, kill, run, spawn, wait_for

ELSEWHERE = "postgresql://somebody@database.example/comments"
BEGIN = "import os, sys; from fibercomments import services; services.ensure(); "
# Where the tests run in the background of a shell, its children would begin deaf to Ctrl-C.
HEAR = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
USE = HEAR + BEGIN + "print(services.pid('valkey')); sys.stdin.read()"
SHOW = BEGIN + "print({})"


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory for private servers."""
    with fresh_home() as folder:
        yield folder
        while User.present:
            User.present.pop().leave()


class User:
    """A process that uses the private Valkey until it is told to leave."""

    present: ClassVar[list[User]] = []

    def __init__(self, home: Path) -> None:
        self.present.append(self)
        self.process = spawn(home, "-c", USE, DATABASE_URL=ELSEWHERE)
        assert self.process.stdout
        self.server = int(self.process.stdout.readline())

    def leave(self) -> None:
        """Let it end, if it has not."""
        if self.process.returncode is None:
            self.process.communicate()


def show(home: Path, expression: str, **variables: str) -> str:
    """What a short-lived user sees."""
    return run(home, "-c", SHOW.format(expression), **variables).stdout.strip()


def command(home: Path, *arguments: str) -> str:
    """Output of the command line of the services."""
    return run(home, "-m", "fibercomments.services", *arguments, DATABASE_URL=ELSEWHERE).stdout


def test_addresses_that_the_environment_names_are_left_alone_and_nothing_is_started(home: Path) -> None:
    redis = "redis://redis.example:6379/0"
    seen = show(home, "os.environ['DATABASE_URL'], os.environ['REDIS_URL']", DATABASE_URL=ELSEWHERE, REDIS_URL=redis)
    assert seen.split() == [ELSEWHERE, redis]
    assert "process" not in command(home, "status")


def test_production_never_gets_a_private_server_nor_a_made_up_key(home: Path) -> None:
    seen = show(
        home, "[os.environ.get(n) for n in ('DATABASE_URL', 'REDIS_URL', 'SECRET_KEY')]", ENVIRONMENT="production"
    )
    assert seen == "[None, None, None]"


def test_users_share_one_server_until_the_last_of_them_leaves(home: Path) -> None:
    first = User(home)
    second = User(home)
    assert second.server == first.server
    first.leave()
    assert is_alive(second.server)
    second.leave()
    assert not is_alive(second.server)


def test_a_server_outlives_a_killed_user_and_serves_the_next_one(home: Path) -> None:
    killed = User(home)
    kill(killed.process.pid)
    assert is_alive(killed.server)
    heir = User(home)
    assert heir.server == killed.server
    heir.leave()
    assert not is_alive(heir.server)


def test_a_ctrl_c_at_the_terminal_does_not_reach_the_server(home: Path) -> None:
    first, second = User(home), User(home)
    assert os.getsid(first.server) != os.getsid(first.process.pid)
    os.killpg(first.process.pid, signal.SIGINT)
    first.process.wait()
    assert is_alive(second.server)
    second.leave()


def test_a_killed_server_is_replaced_although_its_files_are_still_there(home: Path) -> None:
    first = User(home)
    kill(first.server)
    assert (home / ".local/valkey/valkey.pid").exists()
    second = User(home)
    assert second.server != first.server
    assert is_alive(second.server)


def test_a_process_id_that_now_belongs_to_another_program_is_not_taken_for_the_server(home: Path) -> None:
    places = Places(home / ".local")
    places.make()
    (places.valkey / "valkey.pid").write_text(str(os.getpid()))
    user = User(home)
    assert user.server != os.getpid()
    user.leave()
    assert not is_alive(user.server)


def test_a_server_started_by_hand_stays_until_it_is_stopped_by_hand(home: Path) -> None:
    command(home, "start", "valkey")
    user = User(home)
    user.leave()
    assert is_alive(user.server)
    command(home, "stop", "valkey")
    assert not is_alive(user.server)


def test_a_server_can_be_restarted_under_its_users(home: Path) -> None:
    user = User(home)
    command(home, "restart", "valkey", "--now")
    assert not is_alive(user.server)
    assert Valkey(Places(home / ".local")).answers()
    user.leave()
    assert not Valkey(Places(home / ".local")).answers()


def test_only_what_died_by_itself_is_revived(home: Path) -> None:
    valkey = Valkey(Places(home / ".local"))
    user = User(home)
    command(home, "stop", "valkey")
    command(home, "start", "valkey", "--unless-stopped")
    assert not valkey.is_running()
    command(home, "start", "valkey")
    kill(valkey.pid or 0)
    command(home, "start", "valkey", "--unless-stopped")
    assert valkey.answers()
    user.leave()


def test_a_frozen_server_is_stopped_all_the_same(home: Path) -> None:
    user = User(home)
    os.kill(user.server, signal.SIGSTOP)
    command(home, "stop", "valkey")
    wait_for(lambda: not is_alive(user.server), "the end of the frozen server")


def test_the_secret_key_is_made_once_and_readable_by_its_owner_only(home: Path) -> None:
    variables = {"DATABASE_URL": ELSEWHERE, "REDIS_URL": "redis://redis.example:6379/0"}
    first, second = (show(home, "os.environ['SECRET_KEY']", **variables) for _ in range(2))
    assert first == second
    assert len(first) >= 50
    assert stat.S_IMODE((home / ".local/secret_key").stat().st_mode) == 0o600


def test_the_environment_can_be_printed_for_a_shell(home: Path) -> None:
    lines = run(home, "-m", "fibercomments.services", "env").stdout
    done = subprocess.run(["sh", "-c", f"{lines} echo $REDIS_URL"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"unix://{home}/.local/valkey/valkey.sock?db=0"


def test_a_program_on_path_serves_where_pip_installed_none(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "redis-server").symlink_to(binaries.find_valkey().path)
    (home / "initdb").symlink_to(binaries.find_postgres().path / "initdb")
    monkeypatch.setattr(binaries, "VALKEY_PACKAGE", "not_installed")
    monkeypatch.setattr(binaries, "POSTGRES_PACKAGE", "not_installed")
    monkeypatch.setenv("PATH", str(home))
    assert binaries.find_valkey().version >= binaries.OLDEST_VALKEY
    assert binaries.find_postgres().version >= binaries.OLDEST_POSTGRES


def test_where_there_is_no_server_the_error_says_what_to_do(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "VALKEY_PACKAGE", "not_installed")
    monkeypatch.setattr(binaries, "POSTGRES_PACKAGE", "not_installed")
    monkeypatch.setattr(binaries, "DEBIAN_FOLDER", home)
    monkeypatch.setenv("PATH", str(home))
    with pytest.raises(ServiceError, match="REDIS_URL"):
        binaries.find_valkey()
    with pytest.raises(ServiceError, match="DATABASE_URL"):
        binaries.find_postgres()


def test_commands_that_only_look_at_the_code_start_no_server(home: Path) -> None:
    run(home, "manage.py", "findstatic", "--help")
    assert not (home / ".local/postgres").exists()


def test_a_command_that_cannot_have_its_database_says_why_and_fails(home: Path) -> None:
    (home / ".local").mkdir()
    (home / ".local/postgres").write_text("in the way")
    done = attempt(home, "manage.py", "migrate")
    assert done.returncode == 1
    assert str(home / ".local/postgres") in done.stderr
    assert "Traceback" not in done.stderr
