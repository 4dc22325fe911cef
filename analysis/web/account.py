"""One's own account: who one is, and the tokens by which programs act in one's name."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analysis import access, tokens
from analysis.models import ApiToken
from analysis.web.pages import PageRequest, page

DAYS = (30, 90, 365)
SCOPE_NAMES = {
    access.READ: gettext_lazy("read sessions, comments and results"),
    access.WRITE: gettext_lazy("make, change and delete sessions"),
    access.ANALYZE: gettext_lazy("have texts analysed"),
    access.EXPORT: gettext_lazy("download exports"),
    access.CORRECT: gettext_lazy("correct labels"),
    access.OPERATE: gettext_lazy("look after the installation"),
    access.TOKENS: gettext_lazy("manage tokens"),
    access.TRAIN: gettext_lazy("train and activate models of the engine"),
}
_NAME_LENGTH = 80


@page(None, methods=("GET", "HEAD"))
def account(request: PageRequest) -> HttpResponse:
    """The account and its tokens."""
    return _page(request)


@page(access.TOKENS, methods=("POST",))
def token_create(request: PageRequest) -> HttpResponse:
    """Make a token and show its secret in the answer itself: this once, and kept nowhere."""
    name = request.POST.get("name", "").strip()[:_NAME_LENGTH]
    granted = access.scopes_of(request.user)
    wanted = [scope for scope in request.POST.getlist("scopes") if scope in granted]
    if not name or not wanted:
        messages.error(request, _("A token needs a name and at least one right."))
        return redirect("account")
    days = request.POST.get("days", "")
    expires = timezone.now() + timedelta(days=int(days)) if days in {str(each) for each in DAYS} else None
    _token, secret = tokens.create_token(
        user=request.user, name=name, scopes=wanted, granted=granted, expires_at=expires
    )
    return _page(request, secret=secret)


@page(access.TOKENS, methods=("POST",))
def token_revoke(request: PageRequest, token_id: uuid.UUID) -> HttpResponse:
    """Close one of one's own tokens for good."""
    try:
        token = access.get_token(request.user, token_id)
    except ApiToken.DoesNotExist:
        raise Http404(_("There is no such token.")) from None
    tokens.revoke_token(token=token, actor=request.user)
    messages.success(request, _("The token “%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("account")


def _page(request: PageRequest, *, secret: str = "") -> HttpResponse:
    scopes = access.scopes_of(request.user)
    context = {
        "secret": secret,
        "membership": access.membership_of(request.user),
        "tokens": access.visible_tokens(request.user),
        "may_tokens": access.TOKENS in scopes,
        "grantable": [(scope, label) for scope, label in SCOPE_NAMES.items() if scope in scopes],
        "days": DAYS,
        "now": timezone.now(),
    }
    return render(request, "web/account.html", context)
