"""A real model, tiny, taught here and loaded from its folder as any other one."""

from __future__ import annotations

import pickle
import shutil
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from analysis.engines.base import EngineError, Item, Sentiment, Verdict
from analysis.engines.embedded.engine import EmbeddedEngine
from analysis.engines.transformer.engine import TransformerEngine, is_available
from analysis.engines.transformer.folder import look_at
from analysis.engines.transformer.network import Network
from tests.engines.transformer.tiny import NO_TORCH, POSITIONS, save_model, texts, words, write

torch: Any = pytest.importorskip("torch", reason=NO_TORCH)
transformers: Any = pytest.importorskip("transformers", reason=NO_TORCH)
safetensors: Any = pytest.importorskip("safetensors.torch", reason=NO_TORCH)

CODES = {"NEG": Sentiment.NEGATIVE, "NEU": Sentiment.NEUTRAL, "POS": Sentiment.POSITIVE}
ROUNDING = 2e-4


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model as it was saved; who changes it makes a copy first."""
    return save_model(tmp_path_factory.mktemp("made") / "model")


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return shutil.copytree(made, tmp_path / "model")


@pytest.fixture(scope="module")
def network(made: Path) -> Network:
    return Network(look_at(made))


@pytest.fixture(scope="module")
def transformer(made: Path, engine: EmbeddedEngine) -> TransformerEngine:
    return TransformerEngine(made, engine)


def trouble(folder: Path, engine: EmbeddedEngine) -> str:
    """What labelling says with a model that looks right and is not."""
    with pytest.raises(EngineError) as caught:
        TransformerEngine(folder, engine).label([Item("0", "muy lento el servicio")])
    assert not caught.value.permanent
    return str(caught.value)


def many(count: int) -> dict[str, str]:
    """Distinct texts of all lengths, by id, in an order that is not that of their lengths."""
    known = words()
    return {
        f"c{number}": " ".join(known[(number * 7 + step) % len(known)] for step in range(number * 5 % 23 + 3))
        for number in range(count)
    }


def items(asked: dict[str, str]) -> list[Item]:
    return [Item(name, text) for name, text in asked.items()]


def close(one: Verdict, other: Verdict) -> bool:
    numbers = pytest.approx((other.score, other.confidence), abs=ROUNDING)
    return one.sentiment == other.sentiment and (one.score, one.confidence) == numbers


def test_the_engine_is_available_where_the_packages_are() -> None:
    assert is_available()


@pytest.mark.parametrize("kind", ["Bert", "Roberta"])
def test_the_model_labels_what_it_was_taught(kind: str, tmp_path: Path) -> None:
    opinions = Network(look_at(save_model(tmp_path, kind=kind))).opinions(list(texts()))
    assert [one.sentiment for one in opinions] == [CODES[name] for name in texts().values()]
    for one in opinions:
        assert 0.5 < one.confidence <= 1.0
        assert -1.0 <= one.score <= 1.0
        assert {Sentiment.POSITIVE: one.score > 0, Sentiment.NEGATIVE: one.score < 0}.get(one.sentiment, True)


def test_score_and_confidence_are_the_models_own_probabilities(made: Path, network: Network) -> None:
    model = transformers.BertForSequenceClassification.from_pretrained(made).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(made)
    for text in texts():
        with torch.no_grad():
            negative, neutral, positive = model(**tokenizer(text, return_tensors="pt")).logits.softmax(-1)[0].tolist()
        (opinion,) = network.opinions([text])
        assert opinion.score == pytest.approx(positive - negative, abs=ROUNDING)
        assert opinion.confidence == pytest.approx(max(negative, neutral, positive), abs=ROUNDING)


def test_verdicts_belong_to_ids_and_not_to_places(transformer: TransformerEngine) -> None:
    asked = items({f"x{number}": text for number, text in enumerate(texts())})
    asked.insert(2, Item("trivial", "ok"))
    there, back = transformer.label(asked), transformer.label(asked[::-1])
    assert list(there) == [item.id for item in asked]
    for item in asked:
        assert close(there[item.id], back[item.id])
        if item.id != "trivial":
            assert there[item.id].sentiment == CODES[texts()[item.text]]


def test_a_batch_gives_what_one_by_one_gives(transformer: TransformerEngine) -> None:
    asked = many(75)
    together = transformer.label(items(asked))
    assert len({verdict.sentiment for verdict in together.values()}) == 3
    for name, text in asked.items():
        assert close(together[name], transformer.label([Item(name, text)])[name])


def test_threads_get_what_one_thread_gets(made: Path, engine: EmbeddedEngine) -> None:
    asked = many(60)
    names = list(asked)
    expected = TransformerEngine(made, engine).label(items(asked))
    fresh = TransformerEngine(made, engine)
    parts = [names[start::8] for start in range(8)] * 3

    def label(part: list[str]) -> dict[str, Verdict]:
        return fresh.label([Item(name, asked[name]) for name in part])

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(label, parts))

    for part, answer in zip(parts, answers, strict=True):
        assert answer.keys() == set(part)
        assert all(close(answer[name], expected[name]) for name in part)


def test_threads_take_turns_with_tokenizer_and_model(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(look_at(made))
    tokenizer, meeting, met = network._tokenizer, Barrier(2), []

    def watched(*given: Any, **options: Any) -> Any:
        with suppress(BrokenBarrierError):
            met.append(meeting.wait(0.5))  # passes only when two are in here at once
        return tokenizer(*given, **options)

    monkeypatch.setattr(network, "_tokenizer", watched)
    with ThreadPoolExecutor(2) as threads:
        opinions = list(threads.map(network.opinions, [["me gusta"], ["no anda nada"]]))
    assert [one.sentiment for (one,) in opinions] == [Sentiment.POSITIVE, Sentiment.NEGATIVE]
    assert met == []


def test_a_process_takes_few_cores_from_whatever_thread(transformer: TransformerEngine) -> None:
    transformer.label([Item("0", "muy lento el servicio")])
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(torch.get_num_threads).result() <= 2


@pytest.mark.parametrize("kind", ["Bert", "Roberta"])
def test_of_a_text_that_is_too_long_the_beginning_counts(kind: str, tmp_path: Path) -> None:
    network = Network(look_at(save_model(tmp_path, kind=kind)))
    read = POSITIONS - 4  # without two positions that may be the model's own, and the marks at both ends
    begun = ["malo"] * read
    short, long, longest = network.opinions(
        [" ".join(begun), " ".join([*begun, *["bueno"] * 40]), " ".join([*begun, *["bueno"] * 4000])]
    )
    assert short == pytest.approx(long, abs=ROUNDING)
    assert short == pytest.approx(longest, abs=ROUNDING)
    assert network.opinions([" ".join(["bueno"] * read)]) != [short]


@pytest.mark.parametrize(
    "text", ["\ud800 el internet es malo", "malo \x00 malo", "🙂" * 300, "[SEP] [PAD] malo"], ids=ascii
)
def test_odd_texts_get_an_opinion_too(network: Network, text: str) -> None:
    assert len(network.opinions([text, "me gusta"])) == 2


def test_a_model_that_fails_at_work_is_the_engines_trouble(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_memory(**_: Any) -> None:
        raise RuntimeError("can't allocate memory")

    network = Network(look_at(made))
    monkeypatch.setattr(network, "_model", without_memory)
    with pytest.raises(EngineError, match="the model failed: can't allocate memory") as caught:
        network.opinions(["me gusta"])
    assert not caught.value.permanent


def test_the_version_changes_with_the_weights(
    made: Path, folder: Path, engine: EmbeddedEngine, transformer: TransformerEngine
) -> None:
    assert TransformerEngine(folder, engine).version == transformer.version
    weights = safetensors.load_file(folder / "model.safetensors")
    weights["classifier.bias"] += 0.01
    safetensors.save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert TransformerEngine(folder, engine).version != transformer.version
    assert TransformerEngine(made, engine).version == transformer.version


def test_a_file_of_labels_may_turn_the_answers_round(folder: Path) -> None:
    write(folder / "labels.json", {"NEG": "positive", "POS": "negative"})
    bad, good = Network(look_at(folder)).opinions(["el internet es malo", "el internet es bueno"])
    assert (bad.sentiment, good.sentiment) == (Sentiment.POSITIVE, Sentiment.NEGATIVE)
    assert bad.score > 0 > good.score


def test_nothing_is_asked_of_any_network(folder: Path, engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> None:
        raise AssertionError("a connection was opened")

    for way in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, way, refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    assert TransformerEngine(folder, engine).label([Item("0", "muy lento el servicio")])


def cut_short(folder: Path) -> None:
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[: len(content) // 2])


def no_weights_at_all(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"")


def without_classifier(folder: Path) -> None:
    weights = safetensors.load_file(folder / "model.safetensors")
    kept = {name: value for name, value in weights.items() if not name.startswith("classifier")}
    safetensors.save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})


def of_another_size(folder: Path) -> None:
    weights = safetensors.load_file(folder / "model.safetensors")
    weights["classifier.weight"], weights["classifier.bias"] = torch.zeros(5, 16), torch.zeros(5)
    safetensors.save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def without_numbers(folder: Path) -> None:
    weights = safetensors.load_file(folder / "model.safetensors")
    weights["classifier.bias"] *= float("nan")
    safetensors.save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def more_words_than_the_model(folder: Path) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens(["lentísimo"])
    tokenizer.save_pretrained(folder)


def of_an_unknown_kind(folder: Path) -> None:
    content = (folder / "config.json").read_text(encoding="utf-8")
    (folder / "config.json").write_text(content.replace('"bert"', '"clairvoyant"'), encoding="utf-8")


def damaged_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (cut_short, "does not work (SafetensorError"),
        (no_weights_at_all, "does not work (SafetensorError"),
        (without_classifier, "has no weights for a part of its model (classifier.bias, classifier.weight)"),
        (of_another_size, "does not work (RuntimeError"),
        (without_numbers, "the model gave no numbers"),
        (more_words_than_the_model, "has a tokenizer of another model"),
        (of_an_unknown_kind, "does not work (ValueError"),
        (damaged_tokenizer, "does not work ("),
    ],
)
def test_a_damaged_or_foreign_model_is_refused_before_it_labels(
    folder: Path, engine: EmbeddedEngine, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(folder)
    message = trouble(folder, engine)
    assert said in message
    assert "Set TRANSFORMER_DIR" in message


def test_a_model_that_was_changed_after_its_version_was_told_is_refused(folder: Path, engine: EmbeddedEngine) -> None:
    transformer = TransformerEngine(folder, engine)
    save_model(folder, seed=2)
    with pytest.raises(EngineError, match="was changed after this program had begun: start it again"):
        transformer.label([Item("0", "muy lento el servicio")])


class Alarm:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def test_a_pickle_beside_the_weights_is_never_opened(folder: Path, engine: EmbeddedEngine, tmp_path: Path) -> None:
    alarm = tmp_path / "alarm"
    for name in ("pytorch_model.bin", "training_args.bin", "model.pt", "tokenizer.pkl", "vocab.pkl"):
        (folder / name).write_bytes(pickle.dumps(Alarm(alarm)))
    assert TransformerEngine(folder, engine).label([Item("0", "muy lento el servicio")])
    assert not alarm.exists()
    pickle.loads((folder / "model.pt").read_bytes())  # noqa: S301 - the alarm works
    assert alarm.exists()
