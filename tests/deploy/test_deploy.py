"""What deploy/ says is true: settings exist, units start what there is, a back-up comes back whole."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.core.management import get_commands

from analysis.models import KEY_PREFIX, Team
from fibercomments.servers.binaries import find_postgres

PROJECT = Path(settings.BASE_DIR)
DEPLOY = PROJECT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
EXAMPLE = DEPLOY / "environment.example"


def example(*, with_comments: bool = False) -> dict[str, str]:
    pattern = r"^#?([A-Z_]+)=(.*)$" if with_comments else r"^([A-Z_]+)=(.*)$"
    return dict(re.findall(pattern, EXAMPLE.read_text(), re.MULTILINE))


def test_every_name_in_the_example_is_read_somewhere() -> None:
    sources = "".join((PROJECT / "fibercomments" / name).read_text() for name in ("settings.py", "gunicorn.conf.py"))
    unknown = [
        name
        for name in example(with_comments=True)
        if f'"{name}"' not in sources and f"'{name}'" not in sources and not name.startswith(KEY_PREFIX)
    ]
    assert unknown == []


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
    assert "EnvironmentFile=/etc/fibercomments/environment" in text
    assert "Restart=always" in text


def test_the_target_wants_every_unit() -> None:
    wanted = re.findall(r"[\w@-]+\.service", (DEPLOY / "systemd" / "fibercomments.target").read_text())
    assert {re.sub(r"@\d", "@", name) for name in wanted} == {unit.name for unit in UNITS}


def test_nginx_lets_through_the_largest_upload() -> None:
    text = (DEPLOY / "nginx" / "fibercomments.conf").read_text()
    [megabytes] = re.findall(r"client_max_body_size (\d+)m;", text)
    assert int(megabytes) * 1024 * 1024 > int(example()["UPLOAD_MAX_BYTES"])
    assert f"server {example()['HOST']}:{example()['PORT']};" in text


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

        execute.address = addresses["other"]  # type: ignore[attr-defined]
        yield execute
        connection.execute("DROP DATABASE IF EXISTS deploy_restored WITH (FORCE)")


def test_a_back_up_comes_back_whole_and_overwrites_nothing(
    run: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    Team.objects.create(name="Ñanduti")
    (tmp_path / "own" / "media").mkdir(parents=True)
    (tmp_path / "own" / "media" / "file").write_bytes(b"as it came")
    made = run("backup", tmp_path / "backups", "own")
    assert made.returncode == 0, made.stderr
    backup = Path(made.stdout.strip())
    assert {path.name for path in backup.iterdir()} == {"database.dump", "media.tar"}

    refused = run("restore", backup, "own")
    assert refused.returncode == 1
    assert "not empty" in refused.stderr

    restored = run("restore", backup, "other")
    assert restored.returncode == 0, restored.stderr
    assert (tmp_path / "other" / "media" / "file").read_bytes() == b"as it came"
    with psycopg.connect(run.address) as connection:  # type: ignore[attr-defined]
        assert connection.execute("SELECT name FROM analysis_team").fetchall() == [("Ñanduti",)]
