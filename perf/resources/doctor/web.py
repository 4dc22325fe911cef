"""What gunicorn should be set to. Its configuration is read as gunicorn reads it, by whoever knows where it is."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from perf.resources.doctor.findings import Reading, Rule, Severity, at_least, on_off, one_of


def _connections(reading: Reading) -> str:
    return f"≥ {reading.get('connections_needed', '?')}"


def _enough(value: float, reading: Reading) -> bool:
    return value >= float(reading["connections_needed"])


def _more(reading: Reading) -> str:
    return (
        f"ALTER SYSTEM SET max_connections = {int(reading['connections_needed']) + 10}; "
        "-- then: sudo systemctl restart postgresql; or fewer processes: WEB_CONCURRENCY, DB_POOL_MAX"
    )


RULES = (
    Rule("version", "≥ 27.0.1", lambda value, _reading: tuple(map(int, value.split(".")[:3])) >= (27, 0, 1),
         _("Older ones lose requests of kept connections at every reload."), "requirements/install.sh base",
         name="gunicorn"),
    Rule("workers", "1 … 2 × cores", lambda value, reading: 1 <= value <= max(2, 2 * reading["cores"]),
         _("More processes than processors take memory and give nothing back."), "WEB_CONCURRENCY=",
         name=_("processes")),
    Rule("threads", "2 … DB_POOL_BUDGET / WEB_CONCURRENCY - 2",
         lambda value, reading: 2 <= value <= reading["pool"] - 2,
         _("A thread without a connection left in the pool waits for one, and answers 503 in the end."),
         lambda reading: f"WEB_THREADS={max(2, reading['pool'] - 2):g}, "
         f"or DB_POOL_BUDGET={(reading['threads'] + 2) * reading['workers']:g}", Severity.BAD,
         name=_("threads of a process")),
    Rule("max_connections", _connections, _enough,
         _("All pools at their largest, three connections a worker and three to spare: with fewer, some get none."),
         _more, Severity.BAD, name=_("connections of all processes"), show=lambda value: f"{value:g}"),
    Rule("preload_app", "off", one_of(False),
         _("A pool of connections that was opened before the fork hangs in the children."), "preload_app = False",
         Severity.BAD, show=on_off),
    Rule("keepalive", "≥ 5 s", at_least(5),
         _("Shorter than the pauses of a proxy that keeps its connections, each pause costs a new one."),
         "keepalive = 15", show=lambda value: f"{value} s"),
    Rule("timeout", "≥ 30 s", at_least(30),
         _("A process that is taken for dead too early is killed with its requests."), "WEB_TIMEOUT=60",
         show=lambda value: f"{value} s"),
    Rule("max_requests", "> 0", lambda value, _reading: value > 0,
         _("Processes that are renewed now and then do not add up what a library leaks."), "max_requests = 20_000"),
    Rule("oom_score", "≤ -500", lambda value, _reading: value <= -500,
         _("When memory runs out a worker should go first, which loses nothing."), "OOMScoreAdjust=-500 in the unit",
         name="oom_score_adj"),
    Rule("worker_tmp_dir", "/dev/shm", one_of("/dev/shm"),  # noqa: S108
         _("On a busy disk the sign of life of a process may come late, and it is killed for that."),
         "mount /dev/shm, or shm_size in compose.yaml"),
)  # fmt: skip
