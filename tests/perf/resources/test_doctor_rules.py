"""The doctor's rules on made-up readings: what is good, what is bad, what was not seen, and what puts it right."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.conf import settings

from perf.resources.doctor import host, postgres, redis_server, registry, web
from perf.resources.doctor.findings import Finding, Rule, Severity, at_least, percent, size
from perf.resources.doctor.registry import Section, tally
from perf.resources.doctor.report import as_json, as_table

MB, GB = 1024**2, 1024**3
GOOD, BAD, ADVICE, UNSEEN = Severity.GOOD, Severity.BAD, Severity.ADVICE, Severity.UNSEEN


def judge(rules: Sequence[Rule], key: str, value: Any, **more: Any) -> Finding:
    [rule] = [each for each in rules if each.key == key]
    return rule.judge({key: value} | more)


@pytest.mark.parametrize(
    ("key", "value", "severity"),
    [
        ("vm.swappiness", 10, GOOD), ("vm.swappiness", 60, ADVICE), ("vm.swappiness", None, UNSEEN),
        ("huge_pages", "always", ADVICE), ("huge_pages", "madvise", GOOD),
        ("vm.overcommit_memory", 2, ADVICE), ("net.core.somaxconn", 128, ADVICE),
        ("net.ipv4.tcp_keepalive_time", 7200, ADVICE), ("open_files", 1024, ADVICE), ("processors", 0.5, BAD),
        ("governor", "powersave", ADVICE), ("memory_limit", GB, ADVICE), ("memory_taken", 0.8, ADVICE),
        ("swap_taken", 0.5, ADVICE), ("disk_scheduler", "bfq", ADVICE), ("disk_scheduler", "none", GOOD),
        ("read_ahead_kb", 128, GOOD), ("read_ahead_kb", 8192, ADVICE), ("clock_synchronised", False, ADVICE),
    ],
)  # fmt: skip
def test_the_machine(key: str, value: Any, severity: Severity) -> None:
    found = judge(host.RULES, key, value, disk="sda")
    assert found.severity is severity
    assert bool(found.fix) is (severity in (BAD, ADVICE))


@pytest.mark.parametrize(
    ("key", "value", "severity"),
    [
        ("version", 18, GOOD), ("version", 14, BAD), ("fsync", False, BAD), ("full_page_writes", False, BAD),
        ("synchronous_commit", "off", BAD), ("synchronous_commit", "local", GOOD), ("autovacuum", False, BAD),
        ("shared_buffers", 4 * GB, GOOD), ("shared_buffers", 16 * MB, ADVICE), ("shared_buffers", 12 * GB, ADVICE),
        ("effective_cache_size", 64 * MB, ADVICE), ("work_mem", 1 * GB, ADVICE), ("work_mem", 16 * MB, GOOD),
        ("maintenance_work_mem", 16 * MB, ADVICE), ("taken", 0.95, ADVICE), ("random_page_cost", 4.0, ADVICE),
        ("checkpoint_timeout", 30.0, ADVICE), ("checkpoint_completion_target", 0.5, ADVICE),
        ("max_wal_size", 80 * MB, ADVICE), ("jit", True, ADVICE), ("limits", False, BAD), ("statements", False, ADVICE),
        ("data_checksums", False, ADVICE), ("clock", 3.0, ADVICE), ("clock", 0.1, GOOD),
    ],
)  # fmt: skip
def test_postgresql(key: str, value: Any, severity: Severity) -> None:
    assert judge(postgres.RULES, key, value, memory=16 * GB).severity is severity


def test_a_quarter_of_the_memory_is_proposed_in_figures_that_postgresql_reads() -> None:
    found = judge(postgres.RULES, "shared_buffers", 16 * MB, memory=16 * GB)
    assert found.fix.startswith("ALTER SYSTEM SET shared_buffers = '4096MB';")
    assert found.value == "16 MB"


@pytest.mark.parametrize(
    ("key", "value", "severity"),
    [
        ("version", 5, BAD), ("latency_ms", 9.0, ADVICE), ("maxmemory", 0, ADVICE), ("taken", 0.9, ADVICE),
        ("policy_queue", "allkeys-lru", BAD), ("policy_queue", "volatile-lru", GOOD),
        ("policy_queue", "noeviction", GOOD), ("policy_cache", "noeviction", ADVICE),
        ("policy_cache", "allkeys-lfu", GOOD), ("policy_metrics", "allkeys-random", ADVICE),
        ("appendonly", "yes", GOOD), ("timeout", 60, ADVICE), ("timeout", 0, GOOD), ("rejected", 3, ADVICE),
        ("maxmemory", None, UNSEEN),
    ],
)  # fmt: skip
def test_redis(key: str, value: Any, severity: Severity) -> None:
    assert judge(redis_server.RULES, key, value).severity is severity


@pytest.mark.parametrize(
    ("key", "value", "severity"),
    [
        ("version", "23.0.0", ADVICE), ("version", "27.0.1", GOOD), ("workers", 9, ADVICE), ("workers", 2, GOOD),
        ("threads", 12, BAD), ("threads", 8, GOOD), ("max_connections", 20, BAD), ("max_connections", 100, GOOD),
        ("preload_app", True, BAD), ("keepalive", 2, ADVICE), ("timeout", 5, ADVICE), ("max_requests", 0, ADVICE),
        ("oom_score", 0, ADVICE), ("worker_tmp_dir", "", ADVICE),
    ],
)  # fmt: skip
def test_gunicorn(key: str, value: Any, severity: Severity) -> None:
    reading = {"cores": 2, "workers": 2, "pool": 10, "threads": 8, "connections_needed": 29}
    assert judge(web.RULES, key, value, **(reading | {key: value})).severity is severity


def every_rule() -> Iterator[tuple[str, Rule]]:
    for module in settings.DOCTOR:
        importlib.import_module(module)
    for key, part in registry._parts.items():
        yield from ((key, rule) for rule in part.rules)


def test_every_rule_says_why_in_one_sentence_and_is_there_once() -> None:
    rules = list(every_rule())
    for _key, rule in rules:
        assert str(rule.why).endswith(".")
        assert len(str(rule.why)) <= 130
        assert rule.otherwise in (BAD, ADVICE)
    assert len({(key, rule.key) for key, rule in rules}) == len(rules)


def test_what_was_not_seen_asks_for_nothing() -> None:
    for _key, rule in every_rule():
        found = rule.judge({})
        assert (found.severity, found.value, found.fix) == (UNSEEN, "", "")


def test_a_report_has_every_finding_with_its_reason_and_its_line() -> None:
    rule = Rule("n", "≥ 2", at_least(2), "Less is not enough.", "raise n", BAD)
    sections = [
        Section("one", "One", [rule.judge({"n": 1}), rule.judge({"n": 3})]),
        Section("two", "Two", [rule.judge({})], trouble="OperationalError"),
    ]
    text = as_table(sections)
    assert "BAD" in text
    assert "> raise n" in text
    assert text.count("Less is not enough.") == 1
    assert as_table(sections, everything=True).count("Less is not enough.") == 3
    assert "cannot be looked at: OperationalError" in text
    assert "1 BAD, 0 advice, 1 ?, 1 ok" in text
    plain = as_json(sections)
    assert (
        plain["counts"]
        == {"bad": 1, "advice": 0, "unseen": 1, "good": 1}
        == {str(k): n for k, n in tally(sections).items()}
    )
    assert plain["sections"][0]["findings"][0] == {
        "name": "n", "value": "1", "wanted": "≥ 2", "why": "Less is not enough.", "fix": "raise n", "severity": "bad",
    }  # fmt: skip


def test_sizes_and_shares_are_written_for_people() -> None:
    assert [size(value) for value in (512, 2048, 1.5 * MB, 256 * MB, 24 * GB)] == [
        "512 B",
        "2 kB",
        "1.5 MB",
        "256 MB",
        "24 GB",
    ]
    assert percent(0.123) == "12 %"
