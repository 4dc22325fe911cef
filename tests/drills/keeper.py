"""The product under its own supervisor, as `make run` starts it, but on servers that the drill rules.

python -m tests.drills.keeper PORT WORKERS
"""

from __future__ import annotations

import sys
from dataclasses import replace

from fibercomments.servers.places import Places
from fibercomments.supervision import Program, Supervisor
from fibercomments.supervisor import open_port, programs


def main() -> None:
    """Run until SIGTERM."""
    port, workers = sys.argv[1:]
    with open_port("127.0.0.1", port) as listener:
        groups = [[_with_scripted_engine(each) for each in group] for group in programs(listener, int(workers))]
        supervisor = Supervisor(groups, Places.of_environment().logs, [])
        supervisor.listen()
        supervisor.run()


def _with_scripted_engine(program: Program) -> Program:
    """The very same command line, behind the drill's door."""
    python, *arguments = program.command
    return replace(program, command=[python, "-m", "tests.drills.product", *arguments])


if __name__ == "__main__":
    main()
