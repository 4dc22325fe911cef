"""The addresses of the instruments' pages."""

from django.urls import path

from perf.web import dashboard

urlpatterns = [
    path("", dashboard.performance, name="performance"),
    path("panels/<slug:key>/", dashboard.panel, name="performance-panel"),
]
