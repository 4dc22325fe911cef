"""Which node gets the next call: pure rules over what is known of each, the best first.

A node's share follows ``weight x (1 - cpu) x (1 - memory) x success``; how it tells the first two and how the last is
learned is not decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from analysis.models import Algorithm

#: What is left of a node's weight however ill it seems, so that it can show that it is well again.
LEAST_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Candidate:
    """A node that may be called. ``cpu``, ``memory`` and ``success`` are shares, 0 to 1."""

    name: str
    weight: float = 1.0
    in_flight: int = 0
    cpu: float = 0.0
    memory: float = 0.0
    success: float = 1.0

    @property
    def share(self) -> float:
        """The weight that counts."""
        return self.weight * max(LEAST_SHARE, (1.0 - self.cpu) * (1.0 - self.memory) * self.success)


class Balancer:
    """Orders the candidates of one pool for each call; remembers whose turn it is."""

    def __init__(self, algorithm: str) -> None:
        self.algorithm = algorithm
        self._turn: dict[str, float] = {}

    def order(self, candidates: Sequence[Candidate], caller: str = "") -> list[str]:
        """Names, the one to call first; the others are for when it may not be called. ``caller`` is for the hash."""
        if self.algorithm == Algorithm.LEAST_CONNECTIONS:
            return _names(sorted(candidates, key=lambda one: (one.in_flight / one.share, one.name)))
        if self.algorithm == Algorithm.IP_HASH:
            return _names(sorted(candidates, key=lambda one: _draw(caller, one.name), reverse=True))
        equal = self.algorithm == Algorithm.ROUND_ROBIN
        return self._in_turn({one.name: 1.0 if equal else one.share for one in candidates})

    def _in_turn(self, shares: dict[str, float]) -> list[str]:
        """Smooth weighted round robin: each gains its share every turn, who is called pays all of them."""
        self._turn = {name: self._turn.get(name, 0.0) + share for name, share in shares.items()}
        order = sorted(self._turn, key=lambda name: (-self._turn[name], name))
        if order:
            self._turn[order[0]] -= sum(shares.values())
        return order


def _names(candidates: Sequence[Candidate]) -> list[str]:
    return [one.name for one in candidates]


def _draw(caller: str, name: str) -> bytes:
    """Highest random weight: when a node leaves, only its own callers move."""
    return blake2b(f"{caller}\0{name}".encode(), digest_size=8).digest()
