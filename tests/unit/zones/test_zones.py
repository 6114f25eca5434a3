"""The zone seeds: right for the places where a wrong zone means a call at night, and the same as what is committed."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import available_timezones

import pytest

from recoup import zones

AREA_CODES = zones.area_code_zones()
POSTAL = {(country, prefix): (set(found), places) for country, prefix, found, places in zones.postal_zones()}
REGIONS = {region: set(found) for _, region, found, _ in zones.region_zones()}


@pytest.mark.parametrize(
    ("area_code", "must_hold", "must_not_hold"),
    [
        ("709", {"America/St_Johns"}, {"America/New_York"}),
        ("480", {"America/Phoenix"}, {"America/Denver"}),
        ("602", {"America/Phoenix"}, {"America/Denver"}),
        ("928", {"America/Phoenix", "America/Denver"}, set()),
        ("219", {"America/Chicago"}, set()),
        ("317", {"America/Indiana/Indianapolis"}, {"America/Chicago"}),
        ("812", {"America/Chicago", "America/Indiana/Indianapolis"}, set()),
        ("212", {"America/New_York"}, {"America/Chicago"}),
        ("+44", {"Europe/London"}, {"America/New_York"}),
    ],
)
def test_an_area_code_has_its_zones(area_code: str, must_hold: set[str], must_not_hold: set[str]) -> None:
    found = set(AREA_CODES[area_code])
    assert must_hold <= found
    assert not must_not_hold & found


@pytest.mark.parametrize(("overlay", "beside"), [("930", "812"), ("364", "270"), ("448", "850")])
def test_an_overlay_reaches_as_far_as_the_code_it_lies_over(overlay: str, beside: str) -> None:
    two_sides = {"America/Chicago", "America/New_York"}
    assert two_sides <= set(AREA_CODES[beside]), "the older code does not straddle a border: the test would say nothing"
    assert "America/Chicago" in AREA_CODES[overlay]


def test_a_toll_free_number_may_be_anywhere() -> None:
    assert {"America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "America/St_Johns"} <= set(AREA_CODES["800"])


def test_every_geographic_code_of_the_numbering_plan_is_there() -> None:
    from phonenumbers.tzdata import TIMEZONE_DATA

    codes = {prefix[1:4] for prefix in TIMEZONE_DATA if prefix.startswith("1") and len(prefix) >= 4}
    assert len(codes) > 350
    assert codes <= set(AREA_CODES)


@pytest.mark.parametrize(
    ("country", "prefix", "expected"),
    [
        ("US", "850", {"America/Phoenix"}),
        ("US", "860", {"America/Phoenix", "America/Denver"}),
        ("US", "865", {"America/Phoenix", "America/Denver"}),
        ("US", "464", {"America/Chicago"}),
        ("US", "100", {"America/New_York"}),
        ("US", "967", {"Pacific/Honolulu", "Pacific/Pago_Pago"}),
        ("CA", "A", {"America/St_Johns", "America/Goose_Bay"}),
        ("CA", "S", {"America/Regina", "America/Edmonton", "America/Winnipeg"}),
    ],
)
def test_a_postal_prefix_has_its_zones(country: str, prefix: str, expected: set[str]) -> None:
    assert POSTAL[country, prefix][0] == expected


def test_military_postal_codes_are_in_no_zone() -> None:
    assert not {("US", "090"), ("US", "340"), ("US", "962")} & set(POSTAL)


def test_the_five_boroughs_are_protected_by_the_city_and_the_next_county_is_not() -> None:
    assert all("US-NY-NYC" in POSTAL["US", prefix][1] for prefix in ("100", "103", "104", "112", "113", "114", "116"))
    assert "US-NY-NYC" not in POSTAL["US", "115"][1]


def test_a_region_has_every_zone_of_its_postal_codes() -> None:
    assert REGIONS["AZ"] == {"America/Phoenix", "America/Denver"}
    assert {"America/New_York", "America/Chicago"} <= REGIONS["FL"]
    assert {"America/St_Johns", "America/Goose_Bay"} == REGIONS["NL"]


def test_every_zone_is_an_iana_name() -> None:
    named = {zone for found in AREA_CODES.values() for zone in found}
    named |= {zone for found, _ in POSTAL.values() for zone in found}
    named |= {zone for found in REGIONS.values() for zone in found}
    assert len(named) > 100
    assert not named - available_timezones()


def test_the_committed_seeds_are_what_the_script_makes(tmp_path: Path) -> None:
    zones.write_seeds(tmp_path)
    made = sorted(tmp_path.glob("*.csv"))
    assert [path.name for path in made] == ["area_code_zones.csv", "postal_zones.csv", "region_zones.csv"]
    for path in made:
        assert path.read_text() == (zones.SEEDS_DIR / path.name).read_text(), (
            f"run python -m recoup.zones ({path.name})"
        )
