"""The periods that history is read for, and the buckets they are cut into."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone

MINUTE = timedelta(minutes=1)
#: By name: how many buckets, of how many minutes each.
PERIODS = {"1h": (60, 1), "24h": (96, 15), "7d": (84, 120)}


@dataclass(frozen=True, slots=True)
class Period:
    """``buckets`` stretches of ``bucket`` from ``start`` on; the last one may not be over at ``now``."""

    name: str
    start: datetime
    bucket: timedelta
    buckets: int
    now: datetime

    @property
    def end(self) -> datetime:
        """The first moment that does not belong to it."""
        return self.start + self.buckets * self.bucket

    @property
    def moments(self) -> list[datetime]:
        """When each bucket begins."""
        return [self.start + number * self.bucket for number in range(self.buckets)]

    def minutes_of(self, number: int) -> float:
        """Minutes of a bucket that are over; at least one, so that rates can be told."""
        begun = self.start + number * self.bucket
        return max(1.0, min(self.bucket, self.now - begun) / MINUTE)

    def bucket_of(self, moment: datetime) -> int | None:
        """The number of the bucket that a moment falls into; None outside of the period."""
        number = (moment - self.start) // self.bucket
        return number if 0 <= number < self.buckets else None


def last(name: str, now: datetime | None = None) -> Period:
    """The period of that name that ends now; ``KeyError`` for a name that is not in ``PERIODS``.

    Buckets begin at round times. That of the last hour ends with the last whole minute: the running one is not
    rolled up yet.
    """
    buckets, minutes = PERIODS[name]
    now = now or timezone.now()
    bucket = minutes * MINUTE
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    whole = epoch + ((now - epoch) // bucket) * bucket
    end = whole if minutes == 1 else whole + bucket
    return Period(name, end - buckets * bucket, bucket, buckets, now)
