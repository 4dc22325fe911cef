"""What is done around every job of a worker, as ``settings.JOB_MIDDLEWARE`` lists it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from rq.job import Job

Around = Callable[[str], AbstractContextManager[None]]


class WatchedJob(Job):
    """A job that runs within the listed context managers; they see what it raises."""

    def perform(self) -> Any:
        """Its outcome."""
        with around(kind_of(self.func_name or "")):
            return super().perform()


@contextmanager
def around(kind: str) -> Iterator[None]:
    """All of them around one job of that kind."""
    with ExitStack() as stack:
        for enter in _listed(tuple(settings.JOB_MIDDLEWARE)):
            stack.enter_context(enter(kind))
        yield


def kind_of(function: str) -> str:
    """What a job is called: the verb of its function, ``drain`` of ``drain_session``."""
    return function.rpartition(".")[2].partition("_")[0]


@cache
def _listed(paths: tuple[str, ...]) -> list[Around]:
    return [import_string(path) for path in paths]
