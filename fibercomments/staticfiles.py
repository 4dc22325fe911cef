"""Storage of the static files: names with a digest of the content, and compressed copies beside them."""

from __future__ import annotations

from typing import Any

import brotli
from django.conf import settings
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# The best quality, 11, takes seven times as long for a tenth fewer bytes: worth it once per deployment only.
QUICK_QUALITY, BEST_QUALITY = 9, 11


class QuickCompressor(Compressor):  # type: ignore[misc]  # the library is not annotated
    """WhiteNoise's compressor, hasty on a developer's machine."""

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        """Compress with brotli."""
        compressed: bytes = brotli.compress(data, quality=QUICK_QUALITY if settings.LOCAL else BEST_QUALITY)
        return compressed


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's storage with that compressor. Only the names with a digest are kept; pages use no others."""

    keep_only_hashed_files = True

    def create_compressor(self, **kwargs: Any) -> Compressor:
        """The compressor for what was collected: not for images and archives, nor for maps that only debuggers read."""
        return QuickCompressor(**kwargs | {"extensions": (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")})
