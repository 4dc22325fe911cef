"""Where the private servers keep their things, and who runs PostgreSQL, which refuses to be run by root."""

from __future__ import annotations

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from fibercomments.servers import ServiceError

PROJECT = Path(__file__).resolve().parents[2]
# The directory that root uses where an ordinary user cannot reach the checkout, as in /root.
SHARED = Path("/var/lib/fibercomments")
# A Unix socket's path has at most 107 bytes; the longest name in the directory is ".s.PGSQL.5432.lock".
LONGEST_SOCKET_DIRECTORY = 107 - 19


@dataclass(frozen=True, slots=True)
class Account:
    """The system account that owns and runs PostgreSQL."""

    uid: int
    gid: int
    name: str

    @classmethod
    def for_postgres(cls) -> Account:
        """Ourselves, or `nobody` when we are root.

        Raises:
            ServiceError: the account has no name, which PostgreSQL insists on.
        """
        try:
            entry = pwd.getpwuid(os.geteuid()) if os.geteuid() else pwd.getpwnam("nobody")
        except KeyError as error:
            raise ServiceError(
                "PostgreSQL needs a named system account, and this one has no entry in /etc/passwd. "
                "Run as a named user, or set DATABASE_URL to an existing server."
            ) from error
        return cls(entry.pw_uid, entry.pw_gid, entry.pw_name)

    @staticmethod
    def named(uid: int) -> str:
        """Name of a user id; the number where it has none."""
        try:
            return pwd.getpwuid(uid).pw_name
        except KeyError:
            return str(uid)

    @property
    def is_us(self) -> bool:
        """Whether the account is the one that this process runs under."""
        return self.uid == os.geteuid()

    def popen_options(self) -> dict[str, Any]:
        """Arguments by which `subprocess` runs a program under this account."""
        return {} if self.is_us else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def take(self, path: Path) -> None:
        """Make the account the owner of a file or directory."""
        if not self.is_us:
            os.chown(path, self.uid, self.gid)

    def make_directory(self, path: Path, mode: int = 0o700) -> None:
        """Make a directory that belongs to the account; the directories above it belong to us."""
        if not path.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir(exist_ok=True)
            self.take(path)
            path.chmod(mode)

    def can_reach(self, path: Path) -> bool:
        """Whether the account may pass through every directory down to an existing path."""
        return all(self._may_pass(folder) for folder in _existing(path.resolve()))

    def _may_pass(self, folder: Path) -> bool:
        facts = folder.stat()
        if facts.st_uid == self.uid:
            return bool(facts.st_mode & stat.S_IXUSR)
        return bool(facts.st_mode & (stat.S_IXGRP if facts.st_gid == self.gid else stat.S_IXOTH))


def _existing(path: Path) -> list[Path]:
    return [folder for folder in (path, *path.parents) if folder.is_dir()]


@dataclass(frozen=True)
class Places:
    """The directories of one checkout: `.local/`, or what STATE_DIR names."""

    local: Path

    @classmethod
    def of_environment(cls) -> Places:
        """The places of this checkout."""
        return cls(Path(os.environ.get("STATE_DIR") or PROJECT / ".local").resolve())

    def make(self) -> None:
        """Make the directories that are ours. Only their names are open to others, never their content."""
        for folder, mode in ((self.local, 0o711), (self.logs, 0o700), (self.valkey, 0o700)):
            if not folder.is_dir():
                folder.mkdir(parents=True, exist_ok=True)
                folder.chmod(mode)

    @property
    def logs(self) -> Path:
        """Output of the processes."""
        return self.local / "log"

    @property
    def valkey(self) -> Path:
        """Home of Valkey."""
        return self.local / "valkey"

    @property
    def digest(self) -> str:
        """Short name of this checkout for directories outside of it."""
        return hashlib.sha256(str(self.local).encode()).hexdigest()[:12]

    @cached_property
    def postgres(self) -> Path:
        """Home of PostgreSQL: in `.local/`, or below /var/lib where its account cannot reach `.local/`."""
        near, far = self.local / "postgres", self.shared / "postgres"
        if os.geteuid() or (near / "data").exists():
            return near
        if (far / "data").exists() or not Account.for_postgres().can_reach(self.local.parent):
            return far
        return near

    @property
    def shared(self) -> Path:
        """Directory of this checkout that any account can reach; only root can make it."""
        return SHARED / self.digest

    def socket_directory(self, home: Path) -> Path:
        """Where a server with this home puts its socket: in its home, unless the path is too long for a socket."""
        if len(os.fsencode(home)) <= LONGEST_SOCKET_DIRECTORY:
            return home
        return Path("/tmp") / f"fibercomments-{os.geteuid()}-{self.digest}-{home.name}"  # noqa: S108


def refuse_foreign(folder: Path, account: Account) -> None:
    """Raise ServiceError when a directory belongs to another account than it should."""
    owner = folder.stat().st_uid
    if owner != account.uid:
        raise ServiceError(
            f"{folder} belongs to user id {owner}, but user {account.name} is to use it. "
            f"Run as the user who made it, or remove it."
        )
