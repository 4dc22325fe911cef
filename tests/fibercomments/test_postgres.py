"""The private PostgreSQL: its manners, and what it survives."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from fibercomments.servers import ServiceError
from fibercomments.servers.places import LONGEST_SOCKET_DIRECTORY, Account, Places
from fibercomments.servers.postgres import Postgres
from tests.fibercomments.machine import fresh_home, kill


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A server with a data directory of its own, which is made once for this file."""
    with fresh_home() as home:
        places = Places(home / ".local")
        places.make()
        yield Postgres(places)


@pytest.fixture
def running(server: Postgres) -> Postgres:
    """The server, started."""
    server.start()
    return server


def ask(server: Postgres, statement: LiteralString) -> str:
    """First value of what a statement answers, as text."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        answer = connection.execute(statement)
        row = answer.fetchone() if answer.description else None
    return str(row[0]) if row else ""


def test_upper_and_lower_case_fold_beyond_ascii(running: Postgres) -> None:
    assert ask(running, "SELECT 'ÑANDÚ GUARANÍ' ILIKE 'ñandú guaraní'") == "True"
    assert ask(running, "SHOW server_encoding") == "UTF8"


def test_commits_are_durable_and_no_network_is_listened_to(running: Postgres) -> None:
    assert ask(running, "SHOW fsync") == ask(running, "SHOW synchronous_commit") == "on"
    assert ask(running, "SHOW listen_addresses") == ""
    assert ask(running, "SHOW max_connections") == "100"


def test_it_is_never_run_by_root(running: Postgres) -> None:
    assert Path(f"/proc/{running.pid}").stat().st_uid == Account.for_postgres().uid != 0


def test_only_its_account_may_look_into_its_directory(running: Postgres) -> None:
    assert running.data.parent.stat().st_mode & 0o077 == 0


def test_starting_and_stopping_twice_is_harmless(running: Postgres) -> None:
    before = running.pid
    running.start()
    assert running.pid == before
    running.stop()
    running.stop()
    assert not running.is_running()


def test_what_was_committed_is_there_after_it_was_killed(running: Postgres) -> None:
    ask(running, "CREATE TABLE kept AS SELECT 42 AS answer")
    kill(running.pid or 0)
    assert not running.is_running()
    running.start()
    assert ask(running, "SELECT answer FROM kept") == "42"


def test_it_starts_where_its_old_process_id_is_another_programs(running: Postgres) -> None:
    kill(running.pid or 0)
    lock = running.data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{lock.read_text().partition(chr(10))[2]}")
    assert not running.is_running()
    running.start()
    assert ask(running, "SELECT 1") == "1"


def test_a_restart_that_is_like_a_power_failure_loses_nothing_committed(running: Postgres) -> None:
    ask(running, "CREATE TABLE durable AS SELECT 7 AS answer")
    running.stop(now=True)
    running.start()
    assert ask(running, "SELECT answer FROM durable") == "7"


def test_data_of_another_version_are_refused_with_their_version_and_left_alone(server: Postgres) -> None:
    server.stop()
    version = server.data / "PG_VERSION"
    real = version.read_text()
    version.write_text("12\n")
    try:
        with pytest.raises(ServiceError, match="PostgreSQL 12"):
            server.start()
    finally:
        version.write_text(real)
    server.start()


def test_a_data_directory_half_made_is_made_anew(tmp_path: Path) -> None:
    with fresh_home() as home:
        places = Places(home / ".local")
        places.make()
        account = Account.for_postgres()
        account.make_directory(places.postgres)
        account.make_directory(places.postgres / "data.new")
        server = Postgres(places)
        server.start()
        assert ask(server, "SELECT current_database()") == "fibercomments"


def test_a_socket_never_has_a_longer_path_than_the_system_allows() -> None:
    deep = Places(Path("/" + "deep/" * 40))
    assert len(os.fsencode(deep.socket_directory(deep.valkey))) <= LONGEST_SOCKET_DIRECTORY
    assert deep.socket_directory(deep.valkey) != deep.socket_directory(deep.postgres)


def test_data_are_kept_where_the_account_of_postgresql_can_reach_them(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    places = Places(closed / ".local")
    places.make()
    reachable = places.local if os.geteuid() else places.shared
    assert places.postgres == reachable / "postgres"
    assert Account.for_postgres().can_reach(reachable)
    assert closed.stat().st_mode & 0o777 == 0o700
