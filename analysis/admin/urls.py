"""The addresses of the pages of operations, below ``/admin/operations/``."""

from django.urls import path

from analysis.admin.cost_page import cost_page
from analysis.admin.node_page import forget_page, node_page

urlpatterns = [
    path("costs/", cost_page, name="costs"),
    path("nodes/", node_page, name="nodes-and-cache"),
    path("nodes/forget/", forget_page, name="forget-answers"),
]
