"""The draft becomes a version, a version labels, and may become the draft again."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Max
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from analysis import access
from analysis.engines.base import THEMES
from analysis.engines.embedded import taxonomy as plain
from analysis.engines.embedded.phrases import Fault, Phrase
from analysis.engines.embedded.taxonomy import Taxonomy
from analysis.models import TaxonomyVersion, Theme, ThemePhrase
from analysis.routing.taxonomy import announce

_LOCK = 7_283_415_011
_BATCH = 1_000


class TaxonomyError(Exception):
    """What keeps it from being done: ``message`` for people, ``faults`` of the draft where they are the reason."""

    def __init__(self, code: str, message: str | Promise, faults: Sequence[Fault] = ()) -> None:
        super().__init__(code)
        self.code, self.message, self.faults = code, message, tuple(faults)


def _built_in_version() -> TaxonomyVersion:
    return TaxonomyVersion(pk=uuid.UUID(int=0), number=0, snapshot={}, digest=Taxonomy.built_in().digest)


#: Stands for the built-in taxonomy where a version is named, such as in the audit trail; it is no row.
BUILT_IN = _built_in_version()


def snapshot_of(version: TaxonomyVersion) -> Taxonomy:
    """The taxonomy of a version."""
    return Taxonomy.built_in() if version.number == 0 else Taxonomy.from_plain(version.snapshot)


def is_built_in(theme: Theme) -> bool:
    """Whether it is one of the themes that the engine's own rules name: it is edited, never deleted or renamed."""
    return theme.parent_id is None and theme.code in THEMES


def draft() -> Taxonomy:
    """The rows as a taxonomy; raises ``TaxonomyError`` when there are none."""
    rows = list(Theme.objects.all())
    if not rows:
        raise TaxonomyError("no_draft", _("There is no draft yet: begin one from the built-in taxonomy or a version."))
    mains = {row.pk: row for row in rows if row.parent_id is None}
    subs: dict[uuid.UUID, list[plain.Theme]] = defaultdict(list)
    codes = {pk: row.code for pk, row in mains.items()}
    for row in rows:
        if row.parent_id is not None:
            codes[row.pk] = f"{mains[row.parent_id].code}.{row.code}" if row.parent_id in mains else row.code
            subs[row.parent_id].append(plain.Theme(codes[row.pk], row.name_es, row.name_en, row.pain_point))
    themes = [
        plain.Theme(row.code, row.name_es, row.name_en, row.pain_point, tuple(subs[row.pk])) for row in mains.values()
    ]
    phrases = ThemePhrase.objects.values_list("pattern", "theme_id", "weight")
    return Taxonomy(tuple(themes), tuple(Phrase(text, codes[theme], weight) for text, theme, weight in phrases))


def begin_draft(*, actor: User, version: TaxonomyVersion = BUILT_IN) -> None:
    """Throw the draft away and begin one that says what ``version`` says."""
    source = snapshot_of(version)
    with _alone():
        Theme.objects.all().delete()
        made = dict(_rows_of(source.themes, None))
        mains = [row for row in made.values() if row.parent_id is None]
        Theme.objects.bulk_create(mains, batch_size=_BATCH)
        Theme.objects.bulk_create([row for row in made.values() if row.parent_id is not None], batch_size=_BATCH)
        ThemePhrase.objects.bulk_create(
            (ThemePhrase(theme=made[one.label], pattern=one.pattern, weight=one.weight) for one in source.phrases),
            batch_size=_BATCH,
        )
        access.record(actor, "taxonomy.draft", version, number=version.number)


def publish(*, actor: User, note: str = "", expected: str = "") -> TaxonomyVersion:
    """Make the draft a version and have it label from now on; runs that have begun keep theirs.

    ``expected`` is the digest of the draft that somebody looked at. Raises ``TaxonomyError`` when the draft is another
    one by now, has faults, or says what is active already.
    """
    with _alone():
        wanted = draft()
        if expected and wanted.digest != expected:
            raise TaxonomyError("changed_meanwhile", _("The draft was changed meanwhile: look at it again."))
        if faults := wanted.check():
            raise TaxonomyError("faults", _("The draft cannot be published as it is."), faults)
        if wanted.digest == _active_digest():
            raise TaxonomyError("unchanged", _("The draft says what is published already."))
        number = (TaxonomyVersion.objects.aggregate(last=Max("number"))["last"] or 0) + 1
        version = TaxonomyVersion.objects.create(
            number=number, snapshot=wanted.to_plain(), digest=wanted.digest, note=note, published_by=actor
        )
        _switch_to(version)
        access.record(actor, "taxonomy.publish", version, number=number, digest=wanted.digest)
    return version


def activate(*, actor: User, version: TaxonomyVersion = BUILT_IN) -> None:
    """Have an older (or newer) version label from now on, in one step; the draft stays as it is.

    Raises ``TaxonomyError`` when it cannot be used with the engine of today, or is active already.
    """
    with _alone():
        if faults := snapshot_of(version).check():
            message = _("This version does not go with the engine of today: begin a draft from it and mend that.")
            raise TaxonomyError("faults", message, faults)
        current = TaxonomyVersion.objects.filter(is_active=True).first() or BUILT_IN
        if current.number == version.number:
            raise TaxonomyError("active", _("This version is active already."))
        _switch_to(version)
        access.record(actor, "taxonomy.activate", version, number=version.number, before=current.number)


def _switch_to(version: TaxonomyVersion) -> None:
    TaxonomyVersion.objects.filter(is_active=True).update(is_active=False)
    TaxonomyVersion.objects.filter(number=version.number).update(is_active=True)
    version.is_active = version.number != 0
    transaction.on_commit(announce)


def _active_digest() -> str:
    """Read from the table: what a process remembers may be a second old."""
    active = TaxonomyVersion.objects.filter(is_active=True).values_list("digest", flat=True).first()
    return active or Taxonomy.built_in().digest


def _rows_of(themes: Iterable[plain.Theme], parent: Theme | None) -> Iterator[tuple[str, Theme]]:
    for theme in themes:
        row = Theme(
            parent=parent, code=theme.code.split(".")[-1], name_es=theme.name_es, name_en=theme.name_en,
            pain_point=theme.pain_point,
        )  # fmt: skip
        yield theme.code, row
        yield from _rows_of(theme.sub_themes, row)


@contextmanager
def _alone() -> Iterator[None]:
    """A transaction beside which nobody else publishes, activates or replaces the draft."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        yield
