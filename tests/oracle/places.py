"""Where a postal code, an area code or a region may lie: the product's public zone tables, read as data."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"
_ZIP = re.compile(r"\d{5}(-\d{4})?")
_CANADIAN = re.compile(r"[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d")

Place = tuple[tuple[str, ...], tuple[str, ...]]
"""Time zones and jurisdictions."""


def _rows(name: str) -> list[dict[str, str]]:
    with (SEEDS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _split(cell: str) -> tuple[str, ...]:
    return tuple(cell.split("|")) if cell else ()


@cache
def _postal() -> dict[tuple[str, str], Place]:
    return {
        (row["country"], row["postal_prefix"]): (_split(row["time_zones"]), _split(row["jurisdictions"]))
        for row in _rows("postal_zones.csv")
    }


@cache
def _regions() -> dict[str, Place]:
    return {
        row["region"]: (_split(row["time_zones"]), _split(row["jurisdictions"])) for row in _rows("region_zones.csv")
    }


@cache
def _area_codes() -> dict[str, tuple[str, ...]]:
    return {row["area_code"]: _split(row["time_zones"]) for row in _rows("area_code_zones.csv")}


@cache
def postal_place(postal_code: str) -> Place | None:
    """Zones and jurisdictions of a postal code, None if it is not on record."""
    if _ZIP.fullmatch(postal_code):
        return _postal().get(("US", postal_code[:3]))
    if _CANADIAN.fullmatch(postal_code):
        return _postal().get(("CA", postal_code[0].upper()))
    return None


def region_place(region: str) -> Place | None:
    """Zones and jurisdictions of a state or province, None if it is not on record."""
    return _regions().get(region)


def area_code_zones(area_code: str) -> tuple[str, ...] | None:
    """Zones of an area code, None if it is not on record."""
    return _area_codes().get(area_code)
