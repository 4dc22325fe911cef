"""How much of anything a file may hold. Beyond it a file or a row is named with its reason, never cut silently."""

from __future__ import annotations

MEGABYTE = 1024 * 1024

CHILD_MEMORY = 768 * MEGABYTE
"""Address space of the reading child, bytes."""
CHILD_CPU_SECONDS = 60
CHILD_SILENCE_SECONDS = 90.0
"""How long the parent waits for the next output of the child, which on a busy machine gets little CPU time."""

BATCH_ROWS = 1000
BATCH_CHARACTERS = 2_000_000
"""A batch is handed over early when its texts reach this size."""
MESSAGE_BYTES = 64 * MEGABYTE
"""Longest line that the parent takes from the child."""

SAMPLE_ROWS = 2000
"""Rows looked at to detect columns, kinds, scales and date order."""
HEADER_ROWS = 30
"""The line of the column names is looked for among these."""

COLUMNS = 1000
TEXT_CHARACTERS = 10_000
CELL_CHARACTERS = 32_000
"""What is kept of a cell of a bad row; a cell of an xlsx holds 32,767."""
ROW_CHARACTERS = 1_000_000
"""What is kept of a bad row in all, divided among its cells."""
FIELD_CHARACTERS = 1_100_000
"""Longest cell of a delimited file that is read at all."""
LINE_BYTES = 4 * MEGABYTE
"""Longest line of a text file."""
RECORD_LINES = 100
"""Lines that one quoted record of a delimited file may span."""
RECORD_CHARACTERS = 4_000_000
"""Longest record of a JSON file."""

CUSTOMER_CHARACTERS = 80
REGION_CHARACTERS = 120
SERVICE_CHARACTERS = 120
CHANNEL_CHARACTERS = 60
NAME_CHARACTERS = 120
"""Column names."""
VALUE_CHARACTERS = 500
"""The offending value of a bad row."""

UNPACKED_BYTES = 512 * MEGABYTE
ARCHIVE_ENTRIES = 5000
ARCHIVE_RATIO = 400
"""A part of a workbook may unpack to this many times its packed size ..."""
ARCHIVE_RATIO_FROM = 16 * MEGABYTE
"""... when it unpacks to more than this."""
