"""What every public row has: an id that sorts by time and tells nothing about how many there are."""

from __future__ import annotations

import uuid

from django.db import models
from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """A UUIDv7 (RFC 9562): time-ordered, so that inserts stay at the end of the index."""
    return uuid7()


class PublicModel(models.Model):
    """A row that people and programs address by id."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True
