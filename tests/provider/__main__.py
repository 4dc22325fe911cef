"""``python -m tests.provider``: the provider by hand, for a demonstration."""

from __future__ import annotations

import argparse
import contextlib
import threading

from tests.provider.faults import Faults
from tests.provider.server import KEY, Provider, serving


def main() -> None:
    """Serve until it is interrupted, and say how to use it."""
    parser = argparse.ArgumentParser(prog="python -m tests.provider", description=__doc__)
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--latency", type=float, default=0.3, help="seconds that an answer takes")
    parser.add_argument("--faults", type=Faults.parse, default=Faults(), help="such as timeout=.1,rate_limited=.1")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    provider = Provider(latency=options.latency, faults=options.faults, seed=options.seed)
    with serving(provider, port=options.port) as address:
        print(f"LLM_BASE_URL={address} LLM_API_KEY={KEY} LLM_MODEL=demo", flush=True)  # noqa: T201
        threading.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
