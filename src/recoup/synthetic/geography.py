"""Where made-up people live, and what time it is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import yaml

from recoup.synthetic.columns import Array

CANADA = frozenset({"ON", "QC", "MB", "SK", "AB", "BC", "NS", "NB", "NL", "PE", "YT", "NT", "NU"})


@dataclass(frozen=True)
class Places:
    """Parallel arrays over places and over codes.

    Attributes:
        region, zone: int16 (places,): positions in `region_names`, `zone_names`.
        could_be: bool (places, zones): zones that the place's postal and area codes may lie in, its own among them.
        is_canada: bool (places,).
        postal_codes, area_codes: All codes, and `postal_place`, `area_place` int16: the place of each.
    """

    cities: tuple[str, ...]
    region_names: tuple[str, ...]
    zone_names: tuple[str, ...]
    region: Array
    zone: Array
    could_be: Array
    is_canada: Array
    postal_codes: tuple[str, ...]
    postal_place: Array
    area_codes: tuple[str, ...]
    area_place: Array


@cache
def places() -> Places:
    """The places of geography.yml."""
    rows = yaml.safe_load((Path(__file__).parent / "geography.yml").read_text(encoding="utf-8"))
    regions = tuple(dict.fromkeys(row[0] for row in rows))
    others = [row[5] if len(row) > 5 else [] for row in rows]
    zones = tuple(dict.fromkeys([*(row[2] for row in rows), *(zone for names in others for zone in names)]))
    postal = [(code, k) for k, row in enumerate(rows) for code in row[3]]
    area = [(code, k) for k, row in enumerate(rows) for code in row[4]]
    return Places(
        cities=tuple(row[1] for row in rows),
        region_names=regions,
        zone_names=zones,
        region=np.array([regions.index(row[0]) for row in rows], dtype=np.int16),
        zone=np.array([zones.index(row[2]) for row in rows], dtype=np.int16),
        could_be=np.array(
            [[zone == row[2] or zone in names for zone in zones] for row, names in zip(rows, others, strict=True)]
        ),
        is_canada=np.array([row[0] in CANADA for row in rows]),
        postal_codes=tuple(code for code, _ in postal),
        postal_place=np.array([k for _, k in postal], dtype=np.int16),
        area_codes=tuple(code for code, _ in area),
        area_place=np.array([k for _, k in area], dtype=np.int16),
    )


def known_regions() -> frozenset[str]:
    """Region codes a profile may name."""
    return frozenset(places().region_names)


def noon_offsets(day: date, zone_names: tuple[str, ...]) -> Array:
    """Seconds to add to UTC for local time at noon of `day`, per zone, int64 (zones,).

    Noon stands for the whole of the day's legal hours: clocks change before 08:00.
    """
    noon = datetime.combine(day, time(12))
    return np.array([_offset_seconds(noon, name) for name in zone_names], dtype=np.int64)


def _offset_seconds(moment: datetime, zone: str) -> int:
    offset = moment.replace(tzinfo=ZoneInfo(zone)).utcoffset()
    assert offset is not None, "a zone of the IANA database always has an offset"
    return int(offset.total_seconds())


def midnight_us(day: date, zone: str) -> int:
    """The instant of local midnight that begins `day`, microseconds since 1970 UTC."""
    local = datetime.combine(day, time(0), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return round(local.timestamp()) * 1_000_000
