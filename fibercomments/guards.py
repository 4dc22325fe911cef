"""Pages of other people's making that show more than most of our own users may see."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern
from django.utils.datastructures import MultiValueDictKeyError
from django.utils.translation import gettext as _
from rq.exceptions import NoSuchJobError

View = Callable[..., HttpResponseBase]


def superusers_only(patterns: Iterable[URLPattern], **relaxed: list[str]) -> list[URLPattern]:
    """The same addresses, which do not exist (404) for anybody but an active superuser.

    ``relaxed`` replaces directives of the content security policy on these addresses alone, with underscores for
    dashes, for pages that were written without one in mind.
    """
    policy = {name.replace("_", "-"): sources for name, sources in relaxed.items()}
    return [
        URLPattern(each.pattern, _guarded(csp_replace(policy)(each.callback)), each.default_args, each.name)
        for each in patterns
    ]


def _guarded(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not (request.user.is_active and request.user.is_superuser):
            raise Http404(_("There is no such page."))
        try:
            return view(request, *args, **kwargs)
        except _MISSING as error:
            raise Http404(_("There is no such page.")) from error

    return guarded


#: What these pages raise for a job, a recording, a scheduler or a field of a form that is not there.
_MISSING = (ObjectDoesNotExist, NoSuchJobError, ImproperlyConfigured, MultiValueDictKeyError)


#: Inline event handlers, scripts and styles: silk and the queues' pages are full of them.
INLINE = [SELF, *settings.STATIC_ORIGINS, UNSAFE_INLINE]
#: The date picker of silk's filters writes itself a parser and evaluates it.
INLINE_AND_EVAL = [*INLINE, UNSAFE_EVAL]
