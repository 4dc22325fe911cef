"""What deploy/ says is true: settings exist, units start what there is, a back-up comes back whole."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.core.management import get_commands
from psycopg import sql

from analysis.models import KEY_PREFIX, Team
from fibercomments.servers.binaries import find_postgres
from perf.resources.doctor import host
from perf.resources.doctor.findings import Severity
from tests import factories

PROJECT = Path(settings.BASE_DIR)
DEPLOY = PROJECT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
EXAMPLE = DEPLOY / "environment.example"


def example(*, with_comments: bool = False) -> dict[str, str]:
    pattern = r"^#?([A-Z_]+)=(.*)$" if with_comments else r"^([A-Z_]+)=(.*)$"
    return dict(re.findall(pattern, EXAMPLE.read_text(), re.MULTILINE))


#: Read by the settings, and nobody's to choose: the units say which process it is, and tests name their database.
NOT_FOR_PEOPLE = {"FIBER_PROCESS", "TEST_DATABASE_NAME"}
READERS = ("fibercomments/settings.py", "fibercomments/gunicorn.conf.py", "deploy/backup")


def read_names() -> set[str]:
    """The variables of the environment that settings, gunicorn and scripts read."""
    text = "".join((PROJECT / name).read_text() for name in READERS)
    in_python = re.findall(r"""\benv\.\w+\(\s*"([A-Z_]+)"|environ\.get\(\s*['"]([A-Z_]+)['"]""", text)
    return {name for pair in in_python for name in pair if name} | set(re.findall(r"\$\{(FIBER_\w+_DAYS):-", text))


def test_every_name_in_the_example_is_read_somewhere() -> None:
    named = {name for name in example(with_comments=True) if not name.startswith(KEY_PREFIX)}
    assert named - read_names() == set()


def test_every_name_that_is_read_is_in_the_example() -> None:
    assert read_names() - set(example(with_comments=True)) - NOT_FOR_PEOPLE == set()


def test_the_example_with_its_secrets_filled_in_passes_the_checks_of_a_deployment() -> None:
    filled = example() | {"SECRET_KEY": "s3cret-" * 10, "PSEUDONYM_KEY": "0ther-" * 10}
    assert {name for name, value in example().items() if not value} == {"SECRET_KEY", "PSEUDONYM_KEY"}
    checked = subprocess.run(
        [PROJECT / ".venv/bin/python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], **filled},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_program_that_there_is(unit: Path) -> None:
    text = unit.read_text()
    [command] = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    program, *arguments = command.replace("/opt/fibercomments", str(PROJECT)).split()
    assert os.access(program, os.X_OK)
    if "manage.py" in arguments:
        assert arguments[arguments.index("manage.py") + 1] in get_commands()
    for name in [each for each in arguments if each.endswith(".py")]:
        assert (PROJECT / name).exists()
    assert "NoNewPrivileges=yes" in text
    if "Type=oneshot" in text:
        assert unit.with_suffix(".timer").exists()
    else:
        assert "EnvironmentFile=/etc/fibercomments/environment" in text
        assert "Restart=always" in text


def test_the_target_wants_every_unit_that_stays() -> None:
    wanted = re.findall(r"[\w@-]+\.service", (DEPLOY / "systemd" / "fibercomments.target").read_text())
    stay = {unit.name for unit in UNITS if "Type=oneshot" not in unit.read_text()}
    assert {re.sub(r"@\d", "@", name) for name in wanted} == stay


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for unit in (DEPLOY / "systemd").iterdir():
        text = unit.read_text().replace("/opt/fibercomments", str(PROJECT))
        (tmp_path / unit.name).write_text(re.sub(r"^(User|Group)=.*$", r"\1=root", text, flags=re.MULTILINE))
    names = [name.replace("@.", "@1.") for name in sorted(path.name for path in tmp_path.iterdir())]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *names],
        cwd=tmp_path, env=os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "fibercomments" in line]
    assert ours == []


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not here")
def test_the_scripts_are_clean_to_shellcheck() -> None:
    scripts = [path for path in DEPLOY.iterdir() if path.is_file() and path.read_text().startswith("#!/bin/sh")]
    assert {path.name for path in scripts} == {"backup", "manage", "prepare", "restore", "upgrade"}
    command = ["shellcheck", "--exclude=SC1090", *map(str, scripts)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == ""
    assert done.returncode == 0


def test_what_the_sysctl_file_sets_is_what_the_doctor_wants() -> None:
    text = (DEPLOY / "sysctl" / "90-fibercomments.conf").read_text()
    told = {name: int(value) for name, value in re.findall(r"^([\w.]+) = (\d+)$", text, re.MULTILINE)}
    rules = {rule.key: rule for rule in host.RULES}
    judged = {name: rules[name].judge(told).severity for name in told if name in rules}
    assert judged == dict.fromkeys(
        ("vm.swappiness", "vm.overcommit_memory", "net.core.somaxconn", "net.ipv4.tcp_keepalive_time"), Severity.GOOD
    )
    udev = (DEPLOY / "udev" / "60-fibercomments.rules").read_text()
    assert set(re.findall(r'scheduler}="([\w-]+)"', udev)) == {"mq-deadline", "none"}
    assert set(re.findall(r'read_ahead_kb}="(\d+)"', udev)) == {"128"}


def test_nginx_lets_through_the_largest_upload() -> None:
    text = (DEPLOY / "nginx" / "fibercomments.conf").read_text()
    [megabytes] = re.findall(r"client_max_body_size (\d+)m;", text)
    assert int(megabytes) * 1024 * 1024 > int(example()["UPLOAD_MAX_BYTES"])
    assert f"server {example()['HOST']}:{example()['PORT']} " in text


@pytest.fixture
def run(tmp_path: Path, transactional_db: None) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Runs a script of deploy/ on the test's database, or on the empty one named ``other``."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    names = {"own": str(settings.DATABASES["default"]["NAME"]), "other": "deploy_restored"}
    addresses = {which: parts._replace(path=f"/{name}").geturl() for which, name in names.items()}
    programs = find_postgres().path
    with psycopg.connect(addresses["own"], autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS deploy_restored")
        connection.execute("CREATE DATABASE deploy_restored TEMPLATE template0")

        def execute(script: str, argument: Path, which: str) -> subprocess.CompletedProcess[str]:
            state = tmp_path / which
            state.mkdir(exist_ok=True)
            environment = tmp_path / f"{which}.environment"
            environment.write_text(f"DATABASE_URL='{addresses[which]}'\nSTATE_DIR='{state}'\n")
            return subprocess.run(
                [DEPLOY / script, argument],
                env={"PATH": f"{programs}:{os.environ['PATH']}", "FIBER_ENVIRONMENT": str(environment)},
                capture_output=True,
                text=True,
                check=False,
            )

        execute.address, execute.own = addresses["other"], addresses["own"]  # type: ignore[attr-defined]
        yield execute
        connection.execute("DROP DATABASE IF EXISTS deploy_restored WITH (FORCE)")


def test_a_back_up_comes_back_whole_and_overwrites_nothing(
    run: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    factories.add_random_comments(factories.make_session(Team.objects.create(name="Ñanduti")), 3)
    (tmp_path / "own" / "media").mkdir(parents=True)
    (tmp_path / "own" / "media" / "file").write_bytes(b"as it came")
    made = run("backup", tmp_path / "backups", "own")
    assert made.returncode == 0, made.stderr
    backup = Path(made.stdout.strip())
    assert {path.name for path in backup.iterdir()} == {"database.dump", "media.tar", "SHA256SUMS"}

    refused = run("restore", backup, "own")
    assert refused.returncode == 1
    assert "not empty" in refused.stderr

    restored = run("restore", backup, "other")
    assert restored.returncode == 0, restored.stderr
    assert (tmp_path / "other" / "media" / "file").read_bytes() == b"as it came"
    with psycopg.connect(run.address) as there, psycopg.connect(run.own) as here:  # type: ignore[attr-defined]
        assert there.execute("SELECT name FROM analysis_team").fetchall() == [("Ñanduti",)]
        counts = rows_by_table(there)
        assert counts == rows_by_table(here)
        assert counts["comments"] == 3


def rows_by_table(connection: psycopg.Connection[Any]) -> dict[str, int]:
    tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    counted = {
        name: connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
        for (name,) in tables
    }
    return {name: row[0] for name, row in counted.items() if row}


def test_a_back_up_that_was_damaged_is_not_restored(
    run: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    backup = Path(run("backup", tmp_path / "backups", "own").stdout.strip())
    (backup / "media.tar").write_bytes(b"other bytes")
    refused = run("restore", backup, "other")
    assert refused.returncode != 0
    assert "media.tar: FAILED" in refused.stdout + refused.stderr
    with psycopg.connect(run.address) as connection:  # type: ignore[attr-defined]
        assert rows_by_table(connection) == {}


def test_old_back_ups_go_and_nothing_else(run: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    place = tmp_path / "backups"
    for name in ("20200101T023000Z", "20200102T023000Z.part", "keep-me"):
        (place / name).mkdir(parents=True)
        os.utime(place / name, (0, 0))
    made = Path(run("backup", place, "own").stdout.strip())
    assert {path.name for path in place.iterdir()} == {made.name, "keep-me"}
