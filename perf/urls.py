"""The addresses of the instruments' pages."""

from django.urls import path

from perf import pages

urlpatterns = [
    path("", pages.performance, name="performance"),
]
