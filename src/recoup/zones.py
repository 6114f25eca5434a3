"""Make the zone seeds: which IANA time zones a postal code, a region or an area code may lie in.

    python -m recoup.zones            # rewrites dbt_project/seeds/{area_code,postal,region}_zones.csv

Sources: the time-zone data of `phonenumbers` (what a number's area code allows) and the ZIP table of the development
package `zipcodes` (zone, state and area codes of every US ZIP). The seeds are committed, so that a run needs neither.

A set is too large rather than too small, for a contact is allowed only where every zone of the set allows it:

* an area code gets the zones of all its exchanges, and those of every ZIP it serves: `phonenumbers` knows an overlay
  (930 beside 812) by its main city alone;
* a ZIP's first three digits get the zones of all their ZIPs; Arizona's 860 and 865 hold both Phoenix and, for the
  Navajo Nation, Denver;
* a Canadian first letter gets all zones of its province, exceptions included;
* a number that lies nowhere (toll-free, personal) gets every zone of the numbering plan.

A set's first zone is the most common one, which is what "the" local hour of a contact point is read in.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from phonenumbers.tzdata import TIMEZONE_DATA

from recoup.settings import PROJECT_DIR

SEEDS_DIR = PROJECT_DIR / "dbt_project" / "seeds"
SEPARATOR = "|"

NON_GEOGRAPHIC_CODES = ("500", "600", "700", "710", "800", "833", "844", "855", "866", "877", "888", "900")
"""Codes of the North American numbering plan that say nothing about a place."""

CANADIAN_ZONES: dict[str, tuple[str, ...]] = {
    "A": ("America/St_Johns", "America/Goose_Bay"),
    "B": ("America/Halifax", "America/Glace_Bay"),
    "C": ("America/Halifax",),
    "E": ("America/Moncton",),
    "G": ("America/Toronto", "America/Halifax", "America/Blanc-Sablon"),
    "H": ("America/Toronto",),
    "J": ("America/Toronto",),
    "K": ("America/Toronto",),
    "L": ("America/Toronto",),
    "M": ("America/Toronto",),
    "N": ("America/Toronto",),
    "P": ("America/Toronto", "America/Winnipeg", "America/Atikokan"),
    "R": ("America/Winnipeg",),
    "S": ("America/Regina", "America/Edmonton", "America/Winnipeg"),
    "T": ("America/Edmonton",),
    "V": ("America/Vancouver", "America/Edmonton", "America/Creston", "America/Dawson_Creek", "America/Fort_Nelson"),
    "X": (
        *("America/Edmonton", "America/Iqaluit", "America/Rankin_Inlet", "America/Cambridge_Bay", "America/Resolute"),
        *("America/Inuvik", "America/Atikokan"),
    ),
    "Y": ("America/Whitehorse",),
}
"""IANA zones of the province or territory of a Canadian postal code's first letter, exceptions included."""

CANADIAN_REGIONS: dict[str, tuple[str, ...]] = {
    "A": ("NL",), "B": ("NS",), "C": ("PE",), "E": ("NB",), "G": ("QC",), "H": ("QC",), "J": ("QC",), "K": ("ON",),
    "L": ("ON",), "M": ("ON",), "N": ("ON",), "P": ("ON",), "R": ("MB",), "S": ("SK",), "T": ("AB",), "V": ("BC",),
    "X": ("NT", "NU"), "Y": ("YT",),
}  # fmt: skip

BRITISH_REGIONS = ("ENG", "GB", "NIR", "SCT", "WLS")
"""Regions of the United Kingdom, all in one zone; its postal codes are not in the seeds."""

NEW_YORK_CITY_COUNTIES = {"New York County", "Kings County", "Queens County", "Bronx County", "Richmond County"}
_MISPRINTS = {"Napakiak": "America/Anchorage"}


def _by_frequency(zones: Mapping[str, int]) -> tuple[str, ...]:
    """Zones, most frequent first, ties by name."""
    return tuple(sorted(zones, key=lambda zone: (-zones[zone], zone)))


def _zip_rows() -> list[dict[str, Any]]:
    """US ZIPs with a zone. Military ones (AE, AP, AA) have none: such a code stays unknown, and unknown blocks."""
    import zipcodes  # a development dependency: only this script reads it

    return [row for row in zipcodes.list_all() if row["country"] == "US" and row["timezone"]]


def area_code_zones() -> dict[str, tuple[str, ...]]:
    """Zones by area code ("212") of the numbering plan +1, and by country code ("+44") of the others."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for prefix, zones in TIMEZONE_DATA.items():
        if prefix.startswith("1"):
            if len(prefix) >= 4:
                counts[prefix[1:4]].update(zones)
        else:
            for country_code in _country_codes_of(prefix):
                counts[f"+{country_code}"].update(zones)
    for row in _zip_rows():
        for area_code in row["area_codes"]:
            counts[area_code][_zone(row)] += 1
    everywhere = Counter(dict.fromkeys(TIMEZONE_DATA["1"], 0))
    for area_code in NON_GEOGRAPHIC_CODES:
        counts[area_code] = everywhere
    return {area_code: _by_frequency(zones) for area_code, zones in sorted(counts.items())}


def _country_codes_of(prefix: str) -> Iterable[str]:
    """The country calling code that a number prefix starts with (none has another as its beginning)."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    return [prefix[:size] for size in (1, 2, 3) if int(prefix[:size]) in COUNTRY_CODE_TO_REGION_CODE][:1]


def postal_zones() -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """Rows (country, prefix, zones, jurisdictions): ZIPs by three digits, Canadian codes by their first letter."""
    zones: defaultdict[str, Counter[str]] = defaultdict(Counter)
    places: defaultdict[str, set[str]] = defaultdict(set)
    for row in _zip_rows():
        prefix = str(row["zip_code"])[:3]
        zones[prefix][_zone(row)] += 1
        places[prefix].add(f"US-{row['state']}")
        if row["state"] == "NY" and row["county"] in NEW_YORK_CITY_COUNTIES:
            places[prefix].add("US-NY-NYC")
    united_states = [("US", p, _by_frequency(zones[p]), tuple(sorted(places[p]))) for p in sorted(zones)]
    canada = [
        ("CA", letter, CANADIAN_ZONES[letter], tuple(f"CA-{region}" for region in CANADIAN_REGIONS[letter]))
        for letter in sorted(CANADIAN_ZONES)
    ]
    return united_states + canada


def region_zones() -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """Rows (country, region, zones, jurisdictions) by state or province, for persons without a postal code."""
    zones: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in _zip_rows():
        zones[str(row["state"])][_zone(row)] += 1
    rows: list[tuple[str, str, tuple[str, ...], tuple[str, ...]]] = []
    for state in sorted(zones):
        # no postal code says whether somebody in New York lives in the city: its rules protect the whole state then
        places = ("US-NY", "US-NY-NYC") if state == "NY" else (f"US-{state}",)
        rows.append(("US", state, _by_frequency(zones[state]), places))
    provinces: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for letter, regions in CANADIAN_REGIONS.items():
        for region in regions:
            # an earlier zone of a letter is the commoner one; the weights keep that order within a province
            provinces[region].update({zone: 100 - at for at, zone in enumerate(CANADIAN_ZONES[letter])})
    rows += [("CA", p, _by_frequency(provinces[p]), (f"CA-{p}",)) for p in sorted(provinces)]
    return rows + [("GB", region, ("Europe/London",), ("GB",)) for region in BRITISH_REGIONS]


def _zone(row: Mapping[str, Any]) -> str:
    zone = str(row["timezone"])
    return _MISPRINTS.get(zone, zone)


def write_seeds(directory: Path = SEEDS_DIR) -> None:
    """Write the three zone seeds into `directory`."""
    _write(
        directory / "area_code_zones.csv",
        ("area_code", "time_zones"),
        ((code, SEPARATOR.join(zones)) for code, zones in area_code_zones().items()),
    )
    for name, key, rows in (
        ("postal_zones.csv", "postal_prefix", postal_zones()),
        ("region_zones.csv", "region", region_zones()),
    ):
        _write(
            directory / name,
            ("country", key, "time_zones", "jurisdictions"),
            ((c, k, SEPARATOR.join(zones), SEPARATOR.join(places)) for c, k, zones, places in rows),
        )


def _write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    write_seeds()
