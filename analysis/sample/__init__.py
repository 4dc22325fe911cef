"""The bundled sample: a file of comments written for this project, which anyone can import at once."""

from __future__ import annotations

from pathlib import Path

SAMPLE_FILE = Path(__file__).with_name("comentarios_muestra.xlsx")
"""The workbook as a customer would send it: one sheet, columns NPS, Nota, Comentario Final, 846 rows."""
