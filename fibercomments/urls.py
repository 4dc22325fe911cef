"""Where each room is mounted."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("analysis.web.urls")),
    path("api/", include("analysis.api.urls")),
    path("perf/", include("perf.urls")),
    path("admin/rq/", include("django_rq.urls")),
    path("admin/", admin.site.urls),
    path("silk/", include("silk.urls", namespace="silk")),
]
