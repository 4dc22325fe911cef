"""The addresses of the instruments' pages."""

from django.urls import path

from perf.admin.bottlenecks import bottleneck_page, why_page
from perf.admin.doctor import doctor
from perf.admin.profiling import start_profiling, stop_profiling
from perf.admin.tuner_page import simulation_page, tuner_page
from perf.web import dashboard

urlpatterns = [
    path("", dashboard.performance, name="performance"),
    path("panels/<slug:panel_key>/", dashboard.panel, name="performance-panel"),
    path("bottlenecks/", bottleneck_page, name="bottlenecks"),
    path("bottlenecks/why/", why_page, name="bottleneck-why"),
    path("doctor/", doctor, name="doctor"),
    path("profiling/start/", start_profiling, name="profiling-start"),
    path("profiling/<uuid:profiling_id>/stop/", stop_profiling, name="profiling-stop"),
    path("tuner/", tuner_page, name="tuner"),
    path("tuner/simulation/", simulation_page, name="tuner-simulation"),
]
