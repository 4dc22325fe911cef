"""Gunicorn: a few processes with a few threads each, none of which shares a connection with another.

The environment may say otherwise: WEB_CONCURRENCY (processes), WEB_THREADS, HOST, PORT, WEB_TIMEOUT, ACCESS_LOG.
"""

import os
import signal
from typing import Any


def _cores() -> int:
    """Cores that this process may use, which in a container are fewer than the machine has."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


wsgi_app = "fibercomments.wsgi:application"
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
backlog = 1024

# Processes are for the cores; threads wait together. Each may hold a connection of the process's share of
# DB_POOL_BUDGET, and two are left for the ledger and the knobs, on which threads may wait. Two cores: 2 x 8.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or min(max(_cores(), 2), 8))
threads = int(
    os.environ.get("WEB_THREADS") or max(2, min(8, int(os.environ.get("DB_POOL_BUDGET") or 20) // workers - 2))
)
worker_connections = 1000
# Psycopg's pool does not survive a fork, so that every process loads the product for itself.
preload_app = False

# A process that does not report for this long hangs, and is replaced. A single slow request does not count.
timeout = int(os.environ.get("WEB_TIMEOUT") or 60)
# Time that running requests are given after SIGTERM; the supervisor allows a little more before it kills.
graceful_timeout = 8
# Longer than the pauses of a browser or of a proxy that keeps its connections.
keepalive = 15
# Renewed now and then, not all at once: what a library leaks does not add up.
max_requests = 20_000
max_requests_jitter = 2_000

# The heartbeat file of each process belongs in memory: on a disk its update may block for seconds.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
# Processes are ruled by signals and by the supervisor; another socket to guard is not needed.
control_socket_disable = True

proc_name = "fibercomments"
errorlog = "-"
loglevel = "info"
# Requests are logged by the product, with their ids. ACCESS_LOG=- adds gunicorn's own lines.
accesslog = os.environ.get("ACCESS_LOG") or None
# How many share the budget of database connections.
raw_env = ["FIBER_PROCESS=web", f"WEB_CONCURRENCY={workers}"]

limit_request_line = 8190
limit_request_fields = 100

# When memory runs out a worker goes first, which loses nothing. Linux grants this to root and to systemd's units only.
OOM_SCORE_ADJUST = -500


def when_ready(server: Any) -> None:
    """Give the listening sockets the options that accepted connections inherit, and keep the web server alive."""
    from perf.resources import process, sockets

    for listener in server.LISTENERS:
        sockets.tune_listener(listener.sock)
    process.be_spared(OOM_SCORE_ADJUST)


def post_worker_init(worker: Any) -> None:
    """Keep to the processors that were named, and watch over memory: a full process ends as on a reload."""
    from django.conf import settings

    from perf.resources import memory, process

    process.stay_on(settings.WEB_CORES)
    memory.watch("web", lambda: os.kill(worker.pid, signal.SIGTERM))
