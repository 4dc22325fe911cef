"""The addresses of the faulty pages once somebody followed the advice."""

from __future__ import annotations

from django.urls import path

from tests.perf.advisor import faulty

urlpatterns = [
    path("slow/", faulty.missing_index),
    path("repeating/", faulty.repeating_mended),
    path("list/", faulty.unbounded_mended),
]
