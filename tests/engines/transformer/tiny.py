"""A model of a few dozen words that learns in a moment what is good and what is bad, and folders that look like one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

#: Why a test is skipped that needs a real model.
NO_TORCH = "needs what requirements/transformers.txt lists"
NAMES = ("NEG", "NEU", "POS")
POSITIONS = 32
_SAID = {
    "NEG": ("el internet es malo", "muy lento el servicio", "se corta siempre la señal", "pésimo", "no anda nada"),
    "NEU": ("quiero cambiar el plan", "pregunto por la factura", "cuándo viene el técnico", "vivo en luque"),
    "POS": ("el internet es bueno", "muy rápido el servicio", "excelente la atención", "me gusta", "anda bien"),
}
_SHAPE: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": POSITIONS,
    "type_vocab_size": 2,
    "id2label": dict(enumerate(NAMES)),
    "label2id": {name: place for place, name in enumerate(NAMES)},
}
_STEPS = 60


def texts() -> dict[str, str]:
    """Every text that the model has seen, with the name of its answer."""
    return {text: name for name, said in _SAID.items() for text in said}


def words() -> list[str]:
    """All its words, each once, in the order in which they are said."""
    return list(dict.fromkeys(word for text in texts() for word in text.split()))


def save_model(folder: Path, *, kind: str = "Bert", seed: int = 1) -> Path:
    """Teach a model and write it to the folder, as a person would who had one.

    One of the kind "Roberta" counts its positions from 2, and its tokenizer does not say how many there are.
    """
    torch, transformers = import_module("torch"), import_module("transformers")
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = ["[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]", *words()]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    most = {"model_max_length": POSITIONS} if kind == "Bert" else {}
    tokenizer = transformers.BertTokenizer(vocab=str(folder / "vocab.txt"), strip_accents=False, **most)
    config = getattr(transformers, f"{kind}Config")(vocab_size=len(vocabulary), pad_token_id=1, **_SHAPE)
    torch.manual_seed(seed)
    model = getattr(transformers, f"{kind}ForSequenceClassification")(config)
    _teach(torch, model, tokenizer)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _teach(torch: Any, model: Any, tokenizer: Any) -> None:
    said = texts()
    batch = tokenizer(list(said), padding=True, return_tensors="pt")
    wanted = torch.tensor([NAMES.index(name) for name in said.values()])
    descent = torch.optim.Adam(model.parameters(), lr=0.01)
    model.train()
    for _ in range(_STEPS):
        descent.zero_grad()
        model(**batch, labels=wanted).loss.backward()
        descent.step()


def save_likeness(folder: Path, *, config: Mapping[str, Any] | None = None) -> Path:
    """Write what looks like a model as long as nobody loads it."""
    folder.mkdir(parents=True, exist_ok=True)
    looks = {"model_type": "bert", "id2label": {str(place): name for place, name in enumerate(NAMES)}}
    write(folder / "config.json", looks | dict(config or {}))
    (folder / "vocab.txt").write_text("\n".join(words()), encoding="utf-8")
    (folder / "model.safetensors").write_bytes(b"numbers")
    return folder


def write(path: Path, content: Any) -> None:
    """Write a file of JSON."""
    path.write_text(json.dumps(content), encoding="utf-8")
