"""The admin site's names."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

admin.site.site_header = _("Fiber Comments Analysis")
admin.site.site_title = _("Fiber Comments Analysis")
admin.site.index_title = _("Administration")
