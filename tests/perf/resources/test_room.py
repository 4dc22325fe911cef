"""The tightest limit on memory is found: the machine's, or a control group's of either version, at any height."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from perf.resources.room import MACHINE, group_rooms, room

MB = 1_000_000


def groups(root: Path, line: str, **folders: dict[str, object]) -> Path:
    """A made-up root of the file system; ``folders`` by their path below ``sys/fs/cgroup``, dashes for slashes."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(f"12:cpu,cpuacct:/elsewhere\n{line}\n")
    for name, files in folders.items():
        folder = root / "sys/fs/cgroup" / name.replace("__", "/")
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (folder / file.replace("__", ".")).write_text(f"{content}\n")
    return root


def v2(limit: object, taken: int, cached: int = 0) -> dict[str, object]:
    return {"memory__max": limit, "memory__current": taken, "memory__stat": f"anon 1\ninactive_file {cached}"}


def test_version_2_counts_what_the_kernel_cannot_take_back(tmp_path: Path) -> None:
    root = groups(tmp_path, "0::/service", service=v2(100 * MB, 90 * MB, cached=40 * MB))
    [found] = group_rooms(root)
    assert (found.limit, found.taken, found.share) == (100 * MB, 50 * MB, 0.5)
    assert found.place.endswith("cgroup/service")


def test_a_group_above_may_be_the_tightest(tmp_path: Path) -> None:
    root = groups(tmp_path, "0::/top/service", top=v2(60 * MB, 54 * MB), top__service=v2("max", 30 * MB))
    assert [each.limit for each in group_rooms(root)] == [60 * MB]
    assert room(root).share == 0.9


def test_version_1_is_read_from_its_own_folder(tmp_path: Path) -> None:
    files = {
        "memory__limit_in_bytes": 200 * MB,
        "memory__usage_in_bytes": 150 * MB,
        "memory__stat": f"inactive_file 1\ntotal_inactive_file {50 * MB}",
    }
    root = groups(tmp_path, "4:memory:/docker/abc", memory__docker__abc=files)
    assert [(each.limit, each.taken) for each in group_rooms(root)] == [(200 * MB, 100 * MB)]


def test_in_a_container_the_root_group_stands_for_a_path_that_cannot_be_seen(tmp_path: Path) -> None:
    root = groups(tmp_path, "0::/not/visible/here", **{".": v2(100 * MB, 10 * MB)})
    assert [each.limit for each in group_rooms(root)] == [100 * MB]


@pytest.mark.parametrize("limit", ["max", 2**63 - 4096], ids=["version 2", "version 1"])
def test_without_a_limit_the_machine_is_what_counts(tmp_path: Path, limit: object) -> None:
    found = room(groups(tmp_path, "0::/service", service=v2(limit, 10 * MB)))
    assert found.place == MACHINE
    assert found.limit == psutil.virtual_memory().total


def test_without_control_groups_the_machine_is_what_counts(tmp_path: Path) -> None:
    assert room(tmp_path).place == MACHINE
    assert 0 < room().share <= 1
