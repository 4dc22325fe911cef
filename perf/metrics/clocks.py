"""Clocking operations: a block, a function, or what an iterator makes one wait for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from time import perf_counter
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from perf.metrics.buffer import observe

Function = TypeVar("Function", bound=Callable[..., Any])
T = TypeVar("T")
_END = object()


class track:  # noqa: N801 -- it reads as a verb where it is used
    """Clock an operation: how often, how long, how often it failed (an exception left it).

    As a decorator of plain and of ``async`` functions, or as a context manager, ``with`` or ``async with``; in
    threads and in event loops. An object made for a block is for that block alone. It clocks whole steps (a request,
    a chunk, a call), not single comments. Names are few and written in the code: dotted, never made from data.
    """

    __slots__ = ("_operation", "_started")

    def __init__(self, operation: str) -> None:
        self._operation = operation
        self._started = 0.0

    def __enter__(self) -> Self:
        self._started = perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        observe(self._operation, perf_counter() - self._started, failed=_is_failure(kind))

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, function: Function) -> Function:
        """The function, clocked; raises ``TypeError`` for generators, of which only the making would be clocked."""
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError("A generator is clocked by track_each, item by item.")
        clocked = self._coroutine(function) if inspect.iscoroutinefunction(function) else self._plain(function)
        return cast("Function", clocked)

    def _plain(self, function: Callable[..., Any]) -> Callable[..., Any]:
        operation = self._operation

        @wraps(function)
        def clocked(*args: Any, **kwargs: Any) -> Any:
            with track(operation):
                return function(*args, **kwargs)

        return clocked

    def _coroutine(self, function: Callable[..., Any]) -> Callable[..., Any]:
        operation = self._operation

        @wraps(function)
        async def clocked(*args: Any, **kwargs: Any) -> Any:
            with track(operation):
                return await function(*args, **kwargs)

        return clocked


def _is_failure(kind: type[BaseException] | None) -> bool:
    """Any exception but the one by which a generator learns that nobody wants its rest."""
    return kind is not None and not issubclass(kind, GeneratorExit)


def track_each(operation: str, items: Iterable[T]) -> Iterator[T]:
    """The same items; the time spent waiting for each is clocked."""
    iterator = iter(items)
    while True:
        with track(operation):
            item = next(iterator, _END)
        if item is _END:
            return
        yield item  # type: ignore[misc]
