"""Which answers may be compressed at all.

The length of a compressed body tells how much of what somebody put into it was in it already (BREACH, 2013). That
needs three things at once: a secret in the body, a text in it that an attacker chooses, and many answers that the
attacker has the victim's browser fetch and whose length he sees. So nobody's page and a program's answer are
compressed freely (no secret, or a token that no browser sends by itself), and the page of somebody who is logged in
only where the browser itself says (Fetch Metadata, which no page can forge) that no other site asked for it; where it
repeats an address with a query, only when that was gone to, as parts of a page are fetched without anybody's doing.
Tokens against forged requests are masked anew in each answer (Django) and give nothing away in any case.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

_OWN = frozenset({"same-origin", "none"})


def gives_nothing_away(request: HttpRequest) -> bool:
    """Whether the length of the compressed answer could teach nobody anything."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return True
    if request.method not in ("GET", "HEAD") or request.headers.get("Sec-Fetch-Site") not in _OWN:
        return False
    return request.headers.get("Sec-Fetch-Mode") == "navigate" or not request.META.get("QUERY_STRING")
