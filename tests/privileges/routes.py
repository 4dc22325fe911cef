"""Every address of the product, as Django knows them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True, slots=True)
class Route:
    """An address: ``key`` names it in the tables, ``template`` is its path with ``<parameters>``."""

    key: str
    template: str

    @property
    def parameters(self) -> list[str]:
        """The names to be filled in."""
        return re.findall(r"<(\w+)>", self.template)


def routes() -> list[Route]:
    """All of them; the key is the name with its namespaces, and the template too where that is not one alone."""
    found = list(_walk(get_resolver(), "", ""))
    names = Counter(name for name, _template in found)
    return [
        Route(
            name if names[name] == 1 and not name.endswith(":None") else f"{name.removesuffix('None')} {template}",
            template,
        )
        for name, template in found
    ]


def _walk(resolver: URLResolver, namespace: str, prefix: str) -> Iterator[tuple[str, str]]:
    for pattern in resolver.url_patterns:
        template = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern, inner, template)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}", _simple(template)


def _simple(template: str) -> str:
    template = re.sub(r"<\w+:(\w+)>", r"<\1>", template)
    return "/" + simplify_regex(template.replace("^", "")).lstrip("/")
