"""The exposures name what is really read: a model that the page reads cannot change unseen."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

READS = re.compile(r"\b(?:from|join) (?:marts|monitoring)\.(\w+)")


def test_the_days_page_reads_what_its_exposure_names(project: Path) -> None:
    content = yaml.safe_load((project / "dbt_project" / "models" / "exposures.yml").read_text(encoding="utf-8"))
    page = next(exposure for exposure in content["exposures"] if exposure["name"] == "days_page")
    named = {re.sub(r"ref\('(\w+)'\)", r"\1", reference) for reference in page["depends_on"]}
    files = [*(project / "src" / "recoup" / "report").glob("*.py"), project / "src" / "recoup" / "alerting.py"]
    read = {name for file in files for name in READS.findall(file.read_text(encoding="utf-8"))}
    assert len(read) > 5
    assert named == read
