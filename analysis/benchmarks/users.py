"""Many users at once, each with a connection of its own that sends one request after the other, without a pause.

A client that does little itself, so that what is measured is the server: one that knows everything about HTTP takes
longer for a request than the server does.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median, quantiles
from urllib.parse import urlsplit

import orjson

from analysis.benchmarks.caller import HOST

_PATIENCE_SECONDS = 60.0
_WITHOUT_END = 1_000_000
#: For so long the others are alone, until those that are limited have used up what they may ask.
_FLOOD_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Ask:
    """A request; ``body`` is sent as JSON where there is one."""

    path: str
    body: object = None
    headers: tuple[tuple[str, str], ...] = ()

    def wire(self) -> bytes:
        """As it is sent."""
        content = b"" if self.body is None else orjson.dumps(self.body)
        lines = [f"{'POST' if content else 'GET'} {self.path} HTTP/1.1", f"Host: {HOST}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"] if content else []
        return "\r\n".join([*lines, "", ""]).encode() + content


@dataclass(frozen=True, slots=True)
class Told:
    """What became of the requests: seconds and bytes of those that were answered well, the number of the others."""

    seconds: list[float]
    bytes: int
    errors: int
    whole: float

    @property
    def mean(self) -> float:
        """Seconds."""
        return mean(self.seconds)

    @property
    def p50(self) -> float:
        """Seconds."""
        return median(self.seconds)

    @property
    def p95(self) -> float:
        """Seconds."""
        return quantiles(self.seconds, n=20)[-1] if len(self.seconds) > 1 else self.seconds[0]

    @property
    def a_second(self) -> float:
        """Requests that were answered well."""
        return len(self.seconds) / self.whole


def send(address: str, asks: Sequence[Ask], *, users: int, times: int) -> Told:
    """Have so many users send ``times`` requests altogether, in turn those of ``asks``, each beginning at another one.

    Raises ``RuntimeError`` when none was answered well.
    """
    told = asyncio.run(_all(address, [ask.wire() for ask in asks], users, times))
    if not told.seconds:
        raise RuntimeError(f"None of {times} requests was answered well; measured nothing.")
    return told


def send_beside(address: str, asks: Sequence[Ask], flood: Sequence[Ask], *, flooders: int, times: int) -> Told:
    """What becomes of the requests of one user while others send theirs without a pause, whatever they are told.

    Raises ``RuntimeError`` when none of the one user's was answered well.
    """
    told = asyncio.run(_beside(address, [ask.wire() for ask in asks], [ask.wire() for ask in flood], flooders, times))
    if not told.seconds:
        raise RuntimeError(f"None of {times} requests was answered well; measured nothing.")
    return told


async def _beside(address: str, wires: Sequence[bytes], flood: Sequence[bytes], flooders: int, times: int) -> Told:
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or 80
    flooding = [asyncio.create_task(_user(host, port, flood, 0, _WITHOUT_END)) for _ in range(flooders)]
    await asyncio.sleep(_FLOOD_SECONDS)
    try:
        return await _user(host, port, wires, 0, times)
    finally:
        for task in flooding:
            task.cancel()
        await asyncio.gather(*flooding, return_exceptions=True)


async def _all(address: str, wires: Sequence[bytes], users: int, times: int) -> Told:
    parts = urlsplit(address)
    shares = [times // users + (place < times % users) for place in range(users)]
    began = time.perf_counter()
    told = await asyncio.gather(
        *(_user(parts.hostname or "", parts.port or 80, wires, place, share) for place, share in enumerate(shares))
    )
    whole = time.perf_counter() - began
    seconds = [one for each in told for one in each.seconds]
    return Told(seconds, sum(each.bytes for each in told), sum(each.errors for each in told), whole)


async def _user(host: str, port: int, wires: Sequence[bytes], place: int, times: int) -> Told:
    seconds, size, errors = list[float](), 0, 0
    reader, writer = await asyncio.open_connection(host, port)
    for number in range(times):
        began = time.perf_counter()
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                status, length, stays = await _answer(reader, writer, wires[(place + number) % len(wires)])
        except (OSError, EOFError, TimeoutError):
            status, length, stays = 0, 0, False
        if 200 <= status < 400:
            seconds.append(time.perf_counter() - began)
            size += length
        else:
            errors += 1
        if not stays:
            writer.close()
            reader, writer = await asyncio.open_connection(host, port)
    writer.close()
    return Told(seconds, size, errors, 0.0)


async def _answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wire: bytes
) -> tuple[int, int, bool]:  # fmt: skip
    """Status, bytes of the body, and whether the connection stays."""
    writer.write(wire)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lines = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    if headers.get("transfer-encoding") == "chunked":
        length = await _chunks(reader)
    else:
        length = int(headers.get("content-length", 0))
        await reader.readexactly(length)
    return int(lines[0].split()[1]), length, headers.get("connection", "").lower() != "close"


async def _chunks(reader: asyncio.StreamReader) -> int:
    length = 0
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        await reader.readexactly(size + 2)
        length += size
    await reader.readexactly(2)
    return length
