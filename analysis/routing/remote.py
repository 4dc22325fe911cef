"""Engines that are asked over the network, and only where that may pay: the way of a text from the cheapest answer on.

1. The embedded engine reads every text. What says nothing, and what the company wrote itself, is asked of nobody; the
   engine ``auto`` also keeps what the embedded one is sure of.
2. Texts that mean the same are one. Answers given before come from the cache.
3. What somebody else is asking just now is waited for.
4. The rest goes to the nodes, in batches.

A text that no node answered gets the embedded engine's labels, marked with the reason, or none where the caller would
rather wait. What no budget covers gets none.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from analysis.engines.base import Verdict
from analysis.engines.embedded.engine import EmbeddedEngine
from analysis.engines.llm.answers import read_verdict
from analysis.engines.llm.prompt import digest
from analysis.engines.provider import PASSING, Reader, Themes, Trouble
from analysis.engines.registry import AUTO, LLM, REMOTE, REMOTE_ENGINES
from analysis.engines.remote.answers import read_verdict as read_remote_verdict
from analysis.models import RemoteEngine
from analysis.routing import answers, lines
from analysis.routing.answers import Kept
from analysis.routing.breaker import Breaker, State
from analysis.routing.ledger import NOBODY, Payer
from analysis.routing.nodes import Pool, pool_of
from analysis.routing.pipeline import OPEN, Errand, Told
from perf.resources.connections import give_back

TRIVIAL, SURE, CACHED, PROVIDED, FALLBACK = "trivial", "sure", "cached", "provided", "fallbacks"
WAYS = (TRIVIAL, SURE, CACHED, PROVIDED, FALLBACK)
"""Where a verdict came from; the names of the columns of ``Usage``."""
#: Reasons of a fallback that pass: the node may answer the same text later.
PASSING_REASONS = frozenset({OPEN, *(trouble.value for trouble in PASSING)})
#: Reasons for which the embedded engine answers; for any other a text is left without labels, to be tried again.
FALLBACK_REASONS = PASSING_REASONS | {"missing", "repeated", *(trouble.value for trouble in Trouble)}

_READERS: dict[str, Reader] = {RemoteEngine.LLM: read_verdict, RemoteEngine.REMOTE: read_remote_verdict}
_LOOK_SECONDS = 0.05


NO_NODE, NO_CONSENT, NOT_INSTALLED = "no_node", "no_consent", "not_installed"


class Unusable(Exception):
    """The engine cannot be asked: nobody has set it up, texts may not be sent to where all its nodes are, or something
    is missing here, which ``detail`` says.
    """

    def __init__(self, engine: str, reason: str = NO_NODE, detail: str = "") -> None:
        super().__init__(detail or f"{engine}: {reason}")
        self.engine, self.reason, self.detail = engine, reason, detail


@dataclass(slots=True)
class Labels:
    """Some of the texts, by the caller's ids; over one call, each text is in one of the first three, once.

    ``fallbacks`` are reasons of verdicts that are the embedded engine's in place of a node's, ``left`` those of texts
    that have no verdict: nobody answered and the caller would rather wait, or no budget covers them. ``ways`` counts
    where the verdicts came from.
    """

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    fallbacks: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    ways: Counter[str] = field(default_factory=Counter)

    def add(self, more: Labels) -> None:
        """Take in others."""
        self.verdicts |= more.verdicts
        self.fallbacks |= more.fallbacks
        self.left |= more.left
        self.ways.update(more.ways)


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms texts are labelled: who pays, whether they may leave the country, whether a fallback will do,
    whether a batch leaves at once, without waiting for others to fill it, and after how many seconds whoever waits
    would rather do without the answer. One that comes later is kept for the next who asks.
    """

    payer: Payer = NOBODY
    may_leave: bool = False
    may_fall_back: bool = True
    hurry: bool = False
    patience: float = float("inf")


def is_remote(engine: str) -> bool:
    """Whether the engine is asked over the network."""
    return engine in REMOTE_ENGINES


def usable_pool(engine: str, *, may_leave: bool = True) -> Pool:
    """The pool behind an engine; raises ``Unusable`` when there is nobody to ask, or nobody within the country."""
    pool = pool_of(RemoteEngine.REMOTE if engine == REMOTE else RemoteEngine.LLM)
    if pool is None or not pool.is_set_up:
        raise Unusable(engine)
    if not may_leave and all(node.is_abroad for node in pool.nodes):
        raise Unusable(engine, NO_CONSENT)
    return pool


def is_answering(engine: str, *, may_leave: bool = True) -> bool:
    """Whether a node behind the engine, within the country or not, is believed to answer."""
    try:
        pool = usable_pool(engine, may_leave=may_leave)
    except Unusable:
        return False
    return any(
        node.takes(may_leave=may_leave) and Breaker(str(node.id)).look().state is not State.OPEN for node in pool.nodes
    )


def version_of(engine: str, local: EmbeddedEngine) -> str:
    """What results are filed under: the embedded engine's version, which reads along, and what decides the answers."""
    pool = usable_pool(engine)
    label = label_of(pool, themes_of(local))
    if engine != AUTO:
        return f"{local.version}+{label}"
    return f"{local.version}+auto{round(pool.sure_from * 100)}-{label}"


def label_of(pool: Pool, themes: Themes) -> str:
    """What answers are cached under: whatever may change them is part of it."""
    if pool.engine == RemoteEngine.LLM:
        return f"{LLM}-{digest(pool.model, dict(themes))}"
    # A theme that is unknown here is kept as another one: the themes decide too.
    said = "\n".join([pool.served_version, *(code for code, _name in themes)])
    return f"{REMOTE}-{sha256(said.encode()).hexdigest()[:8]}"


def themes_of(local: EmbeddedEngine) -> Themes:
    """The themes of its taxonomy, with their names."""
    return tuple((theme.code, theme.name_en) for theme in local.taxonomy.themes)


def label(
    texts: Mapping[str, str], local_verdicts: Mapping[str, Verdict], *, engine: str, themes: Themes, terms: Terms
) -> Iterator[Labels]:
    """Label all texts, telling what is known as soon as it is; an empty ``Labels`` about every second of waiting.

    ``local_verdicts`` are the embedded engine's, of all texts. Raises ``Unusable``.
    """
    return _Way(texts, local_verdicts, engine, themes, terms).go()


class _Way:
    """One call of ``label``."""

    def __init__(
        self, texts: Mapping[str, str], local: Mapping[str, Verdict], engine: str, themes: Themes, terms: Terms
    ) -> None:
        self.texts, self.local, self.terms = texts, local, terms
        self.pool = usable_pool(engine, may_leave=terms.may_leave)
        self.label = label_of(self.pool, themes)
        self.errand = Errand(terms.payer, themes, terms.may_leave)
        self.sure_from = self.pool.sure_from if engine == AUTO else float("inf")
        self.read = _READERS[self.pool.engine]
        self.deadline = time.monotonic() + terms.patience
        self.names: dict[str, list[str]] = {}
        """The ids of the texts that are still asked for, by what they have in common."""

    def go(self) -> Iterator[Labels]:
        yield self._without_asking()
        known = answers.find(self.label, self.names)
        if known:
            yield self._from_cache(known)
        while self.names:
            give_back()  # of so many that wait here for a node, each would keep one from the ledger
            mine = answers.claim(self.label, list(self.names))
            if mine:
                # Somebody may have had an answer between the look into the cache and the claim.
                late = answers.find(self.label, mine, counted=False)
                answers.land(self.label, late)
                if late:
                    yield self._from_cache(late)
                yield from self._asked([key for key in mine if key not in late])
            yield from self._waited()
            if time.monotonic() >= self.deadline:
                yield self._without_answer()

    def _without_asking(self) -> Labels:
        found = Labels()
        for name, text in self.texts.items():
            verdict = self.local[name]
            if verdict.is_uninformative or verdict.is_company_reply:
                self._add(found, name, verdict, TRIVIAL)
            elif verdict.confidence >= self.sure_from:
                self._add(found, name, verdict, SURE)
            else:
                self.names.setdefault(answers.key_of(text), []).append(name)
        return found

    def _from_cache(self, known: Mapping[str, Kept]) -> Labels:
        found = Labels()
        for key, kept in known.items():
            for name in self.names.pop(key, ()):
                verdict = self.read(self.local[name], kept.result, same_text=kept.is_of(self.texts[name]))
                self._add(found, name, verdict, CACHED)
        return found

    def _asked(self, keys: Sequence[str]) -> Iterator[Labels]:
        texts = {key: self.texts[self.names[key][0]] for key in keys}
        for told in lines.ask(self.pool, self.errand, self.label, texts, hurry=self.terms.hurry):
            found = Labels()
            for key, one in told.items():
                self._take(found, key, one, texts[key])
            yield found
            if time.monotonic() >= self.deadline:
                return

    def _take(self, found: Labels, key: str, told: Told, text: str) -> None:
        first = True
        for name in self.names.pop(key):
            if told.result is not None:
                verdict = self.read(self.local[name], told.result, same_text=self.texts[name] == text)
                self._add(found, name, verdict, PROVIDED if first else CACHED)
            elif told.reason not in FALLBACK_REASONS or not self.terms.may_fall_back:
                found.left[name] = told.reason
            else:
                found.fallbacks[name] = told.reason
                self._add(found, name, self.local[name], FALLBACK)
            first = False

    def _waited(self) -> Iterator[Labels]:
        """Those that others ask about: until their answer is there, nobody asks any more, or patience is at an end."""
        while self.names and time.monotonic() < self.deadline:
            keys = list(self.names)
            asked = answers.flying(self.label, keys)
            known = answers.find(self.label, keys, counted=False)
            yield self._from_cache(known) if known else Labels()
            if any(key not in asked for key in self.names):
                return
            time.sleep(_LOOK_SECONDS)

    def _without_answer(self) -> Labels:
        """Whoever waits does without the rest."""
        found = Labels()
        for key in list(self.names):
            self._take(found, key, Told(reason=OPEN), "")
        return found

    @staticmethod
    def _add(found: Labels, name: str, verdict: Verdict, way: str) -> None:
        found.verdicts[name] = verdict
        found.ways[way] += 1
