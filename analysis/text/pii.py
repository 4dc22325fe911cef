"""Personal data in free text is replaced by neutral tokens before the text goes anywhere.

Masked: telephone numbers, identity (CI) and tax (RUC) numbers, e-mail addresses, account and card numbers, links that
carry a token or a query. Left alone: speeds, prices, dates, hours, ratings, years. A number of six or more digits that
is none of those is masked even when nothing says what it is: better one number too many.
"""

from __future__ import annotations

import re
from collections.abc import Callable

PHONE, ID, EMAIL, ACCOUNT, CARD, URL = "phone", "id", "email", "account", "card", "url"
KINDS = (PHONE, ID, EMAIL, ACCOUNT, CARD, URL)

_DIGIT = re.compile(r"\d")
_NUMBERS = re.compile(r"\d[\s.,\-/()]{0,3}\d[\s.,\-/()]{0,3}\d[\s.,\-/()]{0,3}\d")

_URL = re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}://|www\.)[^\s<>\"»”]+", re.IGNORECASE)
_SECRETIVE = re.compile(r"[?#@;&=]|\d{5}|[\w%+.~-]{20}")
_EMAIL = re.compile(r"[\w.+%'-]{1,64}\s?@\s?[^\W_](?:[\w-]{0,62}[^\W_])?(?:\s?\.[^\W_]{1,24}){1,4}")
_SPELT_EMAIL = re.compile(
    r"[\w.+-]{1,64}\s*(?:\(at\)|\[at\]|\barroba\b)\s*[\w-]{1,62}(?:\s*(?:\.|\bpunto\b)\s*\w{2,24}){1,3}", re.IGNORECASE
)

_GAP = r"[\s.\-]{0,2}"
_PLAIN_GAP = r"[\s.\-()/]{0,2}"
_CARD = re.compile(
    r"(?<!\d)(?:\d{4}(?:[ .\-]?\d{4}){2,3}(?:[ .\-]?\d{1,4})?|\d{4}[ -]\d{6}[ -]\d{4,5}|\d{13,19})(?!\d)"
)
_PHONES = (
    re.compile(rf"(?:\+|(?<!\d)00)\s?\(?\d{{1,3}}\)?(?:{_PLAIN_GAP}\d){{7,12}}(?!\d)"),
    re.compile(rf"(?<!\d)\(?595\)?(?:{_PLAIN_GAP}\d){{8,10}}(?!\d)"),
    re.compile(rf"(?<!\d)(?<!\d[.,])\(?0{_PLAIN_GAP}9(?:{_PLAIN_GAP}\d){{8}}(?!\d)"),
    re.compile(rf"(?<!\d)(?<!\d[.,])\(?0[2-8]\d{{1,2}}\)?(?:{_GAP}\d){{5,7}}(?!\d)"),
)
_MOBILE_WITHOUT_ZERO = re.compile(rf"(?<!\d)(?<!\d[.,])9[6-9]\d{_GAP}\d{{3}}{_GAP}\d{{3}}(?!\d)")
_RUC = re.compile(r"(?<!\d)(?<!\d[.,])(?:\d{1,3}(?:\.\d{3}){1,2}|\d{5,8})\s?-\s?\d(?!\d)")
_GROUPED = re.compile(r"(?<!\d)(?<!\d[.,])\d{1,3}([., ])\d{3}\1\d{3}(?!\d|\.\d)")
_RUN = re.compile(r"(?<!\d)\d{6,}(?!\d)")

_START, _END = r"(?<![^\W\d_])", r"(?![^\W\d_])"
_JOINT = rf"(?:\W{{0,3}}(?:n[°ºro]{{1,3}}\.?|nr\.?|n[uú]m(?:ero)?|es|son|:|#|del?|mi|el){_END}){{0,3}}\W{{0,3}}"
_SAID_ID = re.compile(
    rf"{_START}(?:c\.?\s?i\.?|c[eé]dulas?(?:\s+de\s+identidad)?|dni|ruc|pasaporte|documento){_END}{_JOINT}"
    rf"(?P<number>\d(?:[\s.\-]{{0,2}}\d){{3,11}})(?!\d)",
    re.IGNORECASE,
)
_SAID_PHONE = re.compile(
    rf"{_START}(?:cel(?:ular)?|tel(?:[eé]fono)?|fono|whats?app|wsp|wpp|wasap|ll[aá]m\w{{1,6}}\s+al){_END}\.?{_JOINT}"
    rf"(?P<number>\+?\d(?:{_PLAIN_GAP}\d){{5,14}})(?!\d)",
    re.IGNORECASE,
)
_SAID_ACCOUNT = re.compile(
    rf"{_START}(?:cuentas?|cta|clientes?|contratos?|abonados?|usuario|tickets?|reclamos?|tarjeta|l[ií]nea|suscriptor)"
    rf"{_END}\.?{_JOINT}(?P<number>\d(?:[.\-]?\d){{3,18}})(?!\d)",
    re.IGNORECASE,
)

_AMOUNT_AFTER = re.compile(
    r"\s{0,2}(?:[.,]\d{1,2}\s{0,2})?(?:\.-|,-)?\s{0,2}\(?"
    r"(?:gs|g|guaran\w*|pyg|usd|u\$s|us\$|d[oó]lares|pesos|reales|euros?|mil(?:es|lones)?|palos"
    r"|[kmg]bps|[kmgt]b|[kmgt]bits?|bps|kbits?|mega\w*|giga\w*|m[bs]?|ms|hs?|horas?|al mes|por mes|x mes|mensual\w*)"
    rf"{_END}|\s{{0,2}}[₲$€%]",
    re.IGNORECASE,
)
_AMOUNT_BEFORE = re.compile(
    rf"(?:{_START}(?:gs|g|pyg|usd|u\$s|us\$|guaran[ií]es|precio|pag[^\W\d_]{{0,6}}|cobr[^\W\d_]{{0,6}}|cuestan?"
    r"|cost[^\W\d_]{1,3}|valen?|sale|monto|tarifa|deuda|deb[oe]|abon[oóaeé]|abonar|gast[^\W\d_]{0,4})|[₲$€])"
    r"(?:\W{1,3}(?:del?|por|me|nos|unos|casi|como|es|a|son|solo|hasta|m[aá]s de|gs|la suma de)){0,3}[\W_]{0,3}$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d{2}")


_Match = re.Match[str]
_Test = Callable[[_Match], bool]
_Replace = Callable[[_Match], str]


class _Masker:
    """Counts what is masked in one text."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def token(self, kind: str) -> str:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return f"[{kind}]"

    def whole(self, kind: str, spares: _Test | None = None) -> _Replace:
        """Replace a whole match unless it is spared."""
        return lambda match: match.group() if spares and spares(match) else self.token(kind)

    def number(self, kind: str, spares: _Test | None = None) -> _Replace:
        """Replace the group called number, keep the words before it."""

        def replace(match: _Match) -> str:
            if spares and spares(match):
                return match.group()
            return match.string[match.start() : match.start("number")] + self.token(kind)

        return replace


def mask_pii(text: str) -> tuple[str, dict[str, int]]:
    """Return (text with tokens such as [phone], how many of each kind were put). Idempotent."""
    words = "@" in text or _has_words(text.lower())
    numbers = _DIGIT.search(text) and _NUMBERS.search(text)
    if not words and not numbers:
        return text, {}
    masker = _Masker()
    if words:
        text = _URL.sub(masker.whole(URL, _is_plain_link), text)
        text = _EMAIL.sub(masker.whole(EMAIL), text)
        text = _SPELT_EMAIL.sub(masker.whole(EMAIL), text)
    if numbers:
        text = _mask_numbers(text, masker)
    return text, masker.counts


def _has_words(lowered: str) -> bool:
    """Whether there may be a link or an address without its sign."""
    return "://" in lowered or "www." in lowered or "arroba" in lowered or "at)" in lowered or "at]" in lowered


def _mask_numbers(text: str, masker: _Masker) -> str:
    """What the words before a number say first, then the shapes, the most telling one first."""
    text = _SAID_ID.sub(masker.number(ID, _is_year), text)
    text = _SAID_PHONE.sub(masker.number(PHONE, _is_amount), text)
    text = _CARD.sub(lambda match: _card_or_account(match, masker), text)
    for phone in _PHONES:
        text = phone.sub(masker.whole(PHONE), text)
    text = _MOBILE_WITHOUT_ZERO.sub(masker.whole(PHONE, _is_amount), text)
    text = _RUC.sub(masker.whole(ID, _is_amount), text)
    text = _SAID_ACCOUNT.sub(masker.number(ACCOUNT, _is_year_or_amount), text)
    text = _GROUPED.sub(masker.whole(ID, _is_round_or_amount), text)
    return _RUN.sub(lambda match: _bare_number(match, masker), text)


def _is_plain_link(match: _Match) -> bool:
    return not _SECRETIVE.search(match.group())


def _card_or_account(match: _Match, masker: _Masker) -> str:
    digits = _digits(match.group())
    if _is_amount(match):
        return match.group()
    if digits.startswith(("595", "00595")) and len(digits) < 15:
        return masker.token(PHONE)
    return masker.token(CARD if len(digits) >= 13 and passes_luhn(digits) else ACCOUNT)


def _bare_number(match: _Match, masker: _Masker) -> str:
    digits = match.group()
    if _is_amount(match) or (len(digits) < 9 and (_is_date(digits) or _is_round(digits))):
        return digits
    return masker.token(ID if len(digits) < 9 else ACCOUNT)


def _is_round(digits: str) -> bool:
    """A number without any word beside it is taken for a price when it ends like one."""
    return digits.endswith("000" if len(digits) > 6 else "00")


def _is_date(digits: str) -> bool:
    """20240115 or 15012024."""
    if len(digits) != 8:
        return False
    for year, month, day in ((digits[:4], digits[4:6], digits[6:]), (digits[4:], digits[2:4], digits[:2])):
        if _YEAR.fullmatch(year) and 1 <= int(month) <= 12 and 1 <= int(day) <= 31:
            return True
    return False


def _is_year(match: _Match) -> bool:
    return bool(_YEAR.fullmatch(match["number"]))


def _is_amount(match: _Match) -> bool:
    """Whether money or a unit stands beside the number."""
    before = match.string[max(0, match.start() - 40) : match.start()]
    return bool(_AMOUNT_AFTER.match(match.string, match.end()) or _AMOUNT_BEFORE.search(before))


def _is_year_or_amount(match: _Match) -> bool:
    return _is_year(match) or bool(_AMOUNT_AFTER.match(match.string, match.end()))


def _is_round_or_amount(match: _Match) -> bool:
    return match.group().endswith("000") or _is_amount(match)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit that card numbers have (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
