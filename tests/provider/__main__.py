"""The provider of the tests by itself: for a demonstration, or to try a node on.

    python -m tests.provider --port 8081 --latency 0.3 --faults timeout=.1,rate_limited=.1

What it says of a text is made up, and always the same.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import threading

from tests.provider.faults import Faults
from tests.provider.server import KEY, Provider, serving

_KEY_VARIABLE = "PROVIDER_KEY_DEMO"
_MODEL = "demo"
_HOW = """\
A provider answers at {address} until you press Ctrl-C. It speaks chat completions and makes its labels up.

1. Have the product know its key, and start it (again):
       export {variable}={key}
       make run
2. In /admin/, make these, in this order:
       Language model   name {model}, prices as you like (US dollars a million tokens)
       Pool of nodes    engine "language model", language model {model}
       Node             address {address}
                        variable of the key {variable}
                        abroad: leave out, so that no session needs to agree to it
3. Make a session, or ask POST /api/v1/analyze, with the engine "llm" or "auto".

What it has seen so far: {ledger}
"""


def main() -> None:
    """Serve until it is interrupted, and say how to use it."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.provider", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--latency", type=float, default=0.3, help="seconds that an answer takes")
    parser.add_argument("--faults", type=Faults.parse, default=Faults(), help="such as timeout=.1,rate_limited=.1")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    provider = Provider(latency=options.latency, faults=options.faults, seed=options.seed)
    with serving(provider, port=options.port) as address:
        how = _HOW.format(
            address=address, variable=_KEY_VARIABLE, key=KEY, model=_MODEL, ledger=address.replace("/v1", "/ledger")
        )
        sys.stdout.write(how)
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
