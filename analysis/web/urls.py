"""The addresses of the pages."""

from django.urls import path

from analysis.web import health

urlpatterns = [
    path("healthz/live", health.live, name="health-live"),
    path("healthz/ready", health.ready, name="health-ready"),
]
