"""Which column of a file feeds which field of ours, by its name first and by what it holds second.

`nota` is a rating and never the comment, whatever stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from analysis.intake.errors import IntakeError
from analysis.intake.types import FIELDS
from analysis.text.normalise import fold

ROW, LINE, COLUMN, REASON, ORIGIN = "fila_origen", "linea_origen", "columna_error", "motivo_rechazo", "sesion_origen"
MARKS = (ROW, LINE, COLUMN, REASON, ORIGIN)
"""Columns that our rejected.xlsx puts before those of the file."""

_NAMES: dict[str, str] = {
    "comment": (
        "comentario final, comentario, comentarios, comment, comments, feedback, review, reviews, opinion, opiniones, "
        "texto, text, observacion, observaciones, respuesta, respuestas, mensaje, mensajes, message, sugerencia, "
        "sugerencias, verbatim"
    ),
    "rating": "nota, notas, calificacion, puntuacion, puntaje, rating, score, valoracion, nota final",
    "nps": "nps, nps group, grupo nps, categoria nps, nps score, segmento nps, tipo nps",
    "date": "fecha, date, timestamp, created, created at, fecha hora, fecha y hora, datetime, marca temporal",
    "customer": (
        "id cliente, cliente id, customer id, id customer, id de cliente, codigo cliente, codigo de cliente, "
        "cod cliente, nro cliente, nro de cliente, numero de cliente, cliente, customer, id abonado, abonado, id"
    ),
    "region": "region, ciudad, zona, barrio, departamento, localidad, city",
    "service": "tipo servicio, tipo de servicio, servicio, service, plan, categoria, producto, category",
    "channel": "canal, channel, medio",
}
"""Column names by field, the likelier ones first."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FIRST_WORDS: dict[str, frozenset[str]] = {
    "comment": _words("comentario comentarios comment comments opinion observacion sugerencia feedback"),
    "rating": _words("nota calificacion puntuacion puntaje rating score valoracion"),
    "date": _words("fecha date timestamp"),
    "region": _words("region ciudad zona barrio departamento"),
    "service": _words("plan servicio"),
    "channel": _words("canal"),
}
_ABOUT_COMMENTS = _words("id fecha date hora autor usuario nro numero cantidad tipo categoria idioma largo")
_PERSONAL = _words(
    "nombre nombres apellido apellidos direccion cedula ci ruc documento telefono celular movil whatsapp email correo "
    "mail contacto titular domicilio address phone name dni"
)
_WORDS = re.compile(r"[^\W_]+")


def words_of(name: str) -> list[str]:
    """Return the words of a column name, folded: "Id_Cliente" gives ["id", "cliente"]."""
    spaced = re.sub(r"(?<=[a-zñáéíóú])(?=[A-Z])", " ", name)
    return _WORDS.findall(fold(spaced))


def key_of(name: str) -> str:
    """Return what two spellings of one column name share: case, accents, spaces and punctuation folded."""
    return "".join(_WORDS.findall(fold(name)))


_KNOWN: dict[str, tuple[str, int]] = {
    key_of(name): (field, rank) for field, names in _NAMES.items() for rank, name in enumerate(names.split(", "))
}


@lru_cache(maxsize=1024)
def field_of(name: str) -> tuple[str, int] | None:
    """Return (field, rank) of a column name, 0 being the likeliest; None for a name that says nothing to us."""
    if len(name) > 120:
        return None
    known = _KNOWN.get(key_of(name))
    if known:
        return known
    words = words_of(name)
    if not words:
        return None
    if "nps" in words:
        return "nps", 100
    for field, firsts in _FIRST_WORDS.items():
        if words[0] in firsts and not (field == "comment" and _ABOUT_COMMENTS.intersection(words)):
            return field, 100
    return None


def known_names(cells: Sequence[str]) -> int:
    """Count the cells that are column names known to us to the letter."""
    return sum(len(cell) <= 60 and key_of(cell) in _KNOWN for cell in cells)


def names_comment(cell: str) -> bool:
    """Whether a cell is the name of a comment column."""
    found = field_of(cell) if len(cell) <= 60 else None
    return found is not None and found[0] == "comment"


def is_personal(name: str) -> bool:
    """Whether a column by its name holds what identifies a person."""
    return not _PERSONAL.isdisjoint(words_of(name))


def match_columns(
    names: Sequence[str],
    kinds: Sequence[str],
    lengths: Sequence[float],
    accepts: Callable[[str, int], bool],
    wanted: Mapping[str, str | None] | None = None,
) -> dict[str, int]:
    """Return field to column index, from names, kinds (see kinds.py) and mean lengths of the texts in the columns.

    `accepts(field, index)` says whether a column's values could feed a field. `wanted` goes before all: a field
    it names is taken as told. IntakeError unknown_column, bad_option.
    """
    fields, closed = _as_told(names, wanted or {})
    free = [index for index in range(len(names)) if index not in fields.values()]
    for field in FIELDS:
        if field not in fields and field not in closed:
            index = _best(field, free, names, lengths, accepts)
            if index is not None:
                fields[field] = index
                free.remove(index)
    if "comment" not in fields and "comment" not in closed:
        guess = _longest_text(free, names, kinds, lengths)
        if guess is not None:
            fields["comment"] = guess
    return fields


def _as_told(names: Sequence[str], wanted: Mapping[str, str | None]) -> tuple[dict[str, int], set[str]]:
    fields: dict[str, int] = {}
    keys = [key_of(name) for name in names]
    for field, name in wanted.items():
        if field not in FIELDS:
            raise IntakeError("bad_option", {"option": field})
        if name is None:
            continue
        if name in names:
            fields[field] = list(names).index(name)
        elif key_of(name) in keys and key_of(name):
            fields[field] = keys.index(key_of(name))
        else:
            raise IntakeError("unknown_column", {"column": name})
    return fields, {field for field, name in wanted.items() if name is None}


def _best(
    field: str,
    free: Sequence[int],
    names: Sequence[str],
    lengths: Sequence[float],
    accepts: Callable[[str, int], bool],
) -> int | None:
    """The likeliest of the columns whose name says `field` and whose content does not deny it."""
    ranked = []
    for index in free:
        found = field_of(names[index])
        if found and found[0] == field and accepts(field, index):
            ranked.append((found[1], -lengths[index], index))
    return min(ranked)[2] if ranked else None


def _longest_text(
    free: Sequence[int], names: Sequence[str], kinds: Sequence[str], lengths: Sequence[float]
) -> int | None:
    """The text column with the longest mean whose name does not say that it is something else."""
    candidates = [
        (lengths[index], -index)
        for index in free
        if kinds[index] == "text"
        and not field_of(names[index])
        and not is_personal(names[index])
        and names[index] not in MARKS
    ]
    return -max(candidates)[1] if candidates else None
