"""What the draft would say, beside what is published: of one text, and of the comments of the latest sessions."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from django.contrib.auth.models import User

from analysis import access
from analysis.engines.base import Item, ThemeLabel
from analysis.engines.embedded.engine import EmbeddedEngine
from analysis.engines.embedded.phrases import PhraseMatch
from analysis.engines.embedded.taxonomy import Taxonomy
from analysis.models import Comment, Session
from analysis.routing.router import embedded_engine
from analysis.routing.taxonomy import active_taxonomy
from analysis.sample import SAMPLE_FILE
from analysis.taxonomies.versions import TaxonomyError, draft
from analysis.text.normalise import normalise

MAX_TEXT = 5_000
MAX_PREVIEW = 2_000
#: Long comments cost time: a preview answers while somebody waits.
MAX_CHARACTERS = 400_000
MAX_EXAMPLES = 20
_LATEST_SESSIONS = 50


@dataclass(frozen=True, slots=True)
class Trial:
    """What a taxonomy says of a text: its themes with the sentiment towards each, and the phrases that matched."""

    taxonomy: Taxonomy
    themes: tuple[ThemeLabel, ...]
    matches: tuple[PhraseMatch, ...]


@dataclass(frozen=True, slots=True)
class Trials:
    """A text as it is stored, which offsets count in, and both answers; ``draft`` is None without a usable draft."""

    text: str
    active: Trial
    draft: Trial | None
    problem: TaxonomyError | None


@dataclass(frozen=True, slots=True)
class ThemeChange:
    """Of one theme: the texts that name it now and with the draft, and those where the sentiment towards it turns."""

    code: str
    before: int
    after: int
    gained: int
    lost: int
    turned: int


@dataclass(frozen=True, slots=True)
class Example:
    """A text whose themes change."""

    text: str
    before: tuple[ThemeLabel, ...]
    after: tuple[ThemeLabel, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """``texts`` were read, of which ``changed`` get other themes; ``is_sample`` when the actor has no comments yet."""

    digest: str
    texts: int
    changed: int
    is_sample: bool
    themes: tuple[ThemeChange, ...]
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Differences:
    """Codes of themes and sub-themes, and phrases, that the draft adds to the active taxonomy, drops or edits."""

    added: tuple[str, ...]
    retired: tuple[str, ...]
    edited: tuple[str, ...]
    phrases_added: int
    phrases_dropped: int


def try_text(text: str) -> Trials:
    """Label a text with the draft and with what is published."""
    stored = normalise(text[:MAX_TEXT])
    try:
        tried, problem = _trial(_engine_of(wanted := _usable_draft()), wanted, stored), None
    except TaxonomyError as error:
        tried, problem = None, error
    return Trials(stored, _trial(embedded_engine(), active_taxonomy(), stored), tried, problem)


def preview(*, actor: User, session: Session | None = None) -> Preview:
    """Compare draft and active taxonomy over texts that the actor may see: of ``session``, or of the latest sessions;
    over the bundled sample when there are none.

    At most ``MAX_PREVIEW`` texts and ``MAX_CHARACTERS`` are read. Raises ``TaxonomyError`` for a faulty draft.
    """
    wanted = _usable_draft()
    texts = _texts(actor, session)
    is_sample = not texts
    return _compare(texts or _sample(), embedded_engine(), _engine_of(wanted), wanted.digest, is_sample=is_sample)


def differences(before: Taxonomy, after: Taxonomy) -> Differences:
    """What an edit comes to."""
    old = {theme.code: (theme.name_es, theme.name_en, theme.pain_point) for theme in before.every_theme()}
    new = {theme.code: (theme.name_es, theme.name_en, theme.pain_point) for theme in after.every_theme()}
    return Differences(
        added=tuple(code for code in new if code not in old),
        retired=tuple(code for code in old if code not in new),
        edited=tuple(code for code in new if code in old and new[code] != old[code]),
        phrases_added=len(set(after.phrases) - set(before.phrases)),
        phrases_dropped=len(set(before.phrases) - set(after.phrases)),
    )


def _usable_draft() -> Taxonomy:
    wanted = draft()
    if faults := wanted.check():
        raise TaxonomyError("faults", "", faults)
    return wanted


def _engine_of(taxonomy: Taxonomy) -> EmbeddedEngine:
    return embedded_engine().with_taxonomy(taxonomy)


def _trial(engine: EmbeddedEngine, taxonomy: Taxonomy, text: str) -> Trial:
    return Trial(taxonomy, engine.label([Item("text", text)])["text"].themes, engine.phrases_in(text))


def _compare(
    texts: Sequence[str], active: EmbeddedEngine, tried: EmbeddedEngine, digest: str, *, is_sample: bool
) -> Preview:
    items = [Item(str(place), text) for place, text in enumerate(texts)]
    before, after = active.label(items), tried.label(items)
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in ("before", "after", "gained", "lost", "turned")}
    examples: list[Example] = []
    changed = 0
    for item in items:
        was, will = _tones(before[item.id].themes), _tones(after[item.id].themes)
        counts["before"].update(was.keys())
        counts["after"].update(will.keys())
        if was == will:
            continue
        changed += 1
        counts["gained"].update(will.keys() - was.keys())
        counts["lost"].update(was.keys() - will.keys())
        counts["turned"].update(code for code in was.keys() & will.keys() if was[code] != will[code])
        if len(examples) < MAX_EXAMPLES:
            examples.append(Example(item.text, before[item.id].themes, after[item.id].themes))
    return Preview(digest, len(items), changed, is_sample, _changes(counts), tuple(examples))


def _changes(counts: dict[str, Counter[str]]) -> tuple[ThemeChange, ...]:
    """The themes that change at all, those that change most first."""
    codes = counts["gained"].keys() | counts["lost"].keys() | counts["turned"].keys()
    changes = [ThemeChange(code, **{kind: found[code] for kind, found in counts.items()}) for code in codes]
    return tuple(sorted(changes, key=lambda one: (-(one.gained + one.lost + one.turned), one.code)))


def _tones(labels: Iterable[ThemeLabel]) -> dict[str, str]:
    return {label.code: label.sentiment for label in labels}


def _texts(actor: User, session: Session | None) -> list[str]:
    """Texts that are sent to an engine (repeats are not), of the newest sessions first."""
    if session is not None:
        wanted = [access.get_session(actor, session.pk).pk]
    else:
        wanted = list(access.visible_sessions(actor).values_list("pk", flat=True)[:_LATEST_SESSIONS])
    texts: list[str] = []
    for pk in wanted:
        firsts = Comment.objects.filter(session=pk, duplicate_of=None).order_by("row_number")
        texts += firsts.values_list("text", flat=True)[: MAX_PREVIEW - len(texts)]
        if len(texts) == MAX_PREVIEW:
            break
    lengths = accumulate(len(text) for text in texts)
    return [text for text, so_far in zip(texts, lengths, strict=True) if so_far <= MAX_CHARACTERS]


def _sample() -> list[str]:
    with SAMPLE_FILE.with_suffix(".tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return list(dict.fromkeys(normalise(row["Comentario Final"]) for row in rows))[:MAX_PREVIEW]
