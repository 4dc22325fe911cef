"""The content codings: which one a client takes, and whole or streamed bodies in it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import brotli
import pyzstd

# Measured on our own pages and lists: zstd 3 is the quickest and as small as gzip 4 or smaller; brotli 3 is a little
# smaller still for a third more time. Higher levels cost more time than the bytes they spare take on the wire.
ZSTD_LEVEL, BROTLI_QUALITY, GZIP_LEVEL = 3, 3, 4
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_OFFER = re.compile(r"\s*([\w*-]+)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?$")


class Stream(Protocol):
    """Takes pieces and gives back what is ready."""

    def feed(self, piece: bytes, /) -> bytes:
        """What is ready after this piece; often nothing."""

    def finish(self) -> bytes:
        """What is left."""


class _Zstd:
    def __init__(self) -> None:
        self._compressor = pyzstd.ZstdCompressor(ZSTD_LEVEL)
        self.feed: Callable[[bytes], bytes] = self._compressor.compress

    def finish(self) -> bytes:
        return bytes(self._compressor.flush())


class _Brotli:
    def __init__(self) -> None:
        self._compressor = brotli.Compressor(quality=BROTLI_QUALITY)
        self.feed: Callable[[bytes], bytes] = self._compressor.process

    def finish(self) -> bytes:
        return bytes(self._compressor.finish())


class _Gzip:
    def __init__(self) -> None:
        self._compressor = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
        self.feed: Callable[[bytes], bytes] = self._compressor.compress

    def finish(self) -> bytes:
        return self._compressor.flush()


#: The best one first; what compresses is made anew for each answer, because none of them is safe between threads.
CODINGS: dict[str, Callable[[], Stream]] = {"zstd": _Zstd, "br": _Brotli, "gzip": _Gzip}


def accepted(header: str) -> str | None:
    """The coding for a client's ``Accept-Encoding``: what it weighs highest, among equals the first of ours."""
    offers = dict(_offers(header))
    rest = offers.get("*", 0.0)
    weights = {coding: offers.get(coding, rest) for coding in CODINGS}
    best = max(weights.values())
    return next(coding for coding, weight in weights.items() if weight == best) if best > 0 else None


def compress(coding: str, body: bytes) -> bytes:
    """A whole body."""
    return b"".join(compress_pieces(coding, [body]))


def compress_pieces(coding: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A body piece by piece; nothing but the coding's own window is held back."""
    stream = CODINGS[coding]()
    for piece in pieces:
        if ready := stream.feed(piece):
            yield ready
    yield stream.finish()


def _offers(header: str) -> Iterator[tuple[str, float]]:
    """Names and weights; what cannot be read is passed over."""
    for offer in header.lower().split(","):
        if read := _OFFER.match(offer):
            yield read[1], float(read[2] or 1)
