"""The addresses of the instruments' pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
