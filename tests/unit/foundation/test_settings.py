"""Settings come from the environment; the names of databases are safe and derived."""

from __future__ import annotations

from pathlib import Path

import pytest

from recoup.errors import RecoupError
from recoup.settings import PROJECT_DIR, load_settings


def test_the_defaults_are_the_demo_in_the_checkout():
    settings = load_settings()
    assert settings.home == PROJECT_DIR / ".recoup"
    assert settings.database == "recoup_demo"
    assert settings.admin_url is None
    assert settings.source_database("billing_ledger") == "recoup_demo_billing_ledger"


def test_the_environment_and_then_the_argument_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    other = tmp_path / "other.yml"
    other.write_text((PROJECT_DIR / "examples/demo/company.yml").read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setenv("RECOUP_HOME", str(tmp_path))
    monkeypatch.setenv("RECOUP_DATABASE", "north")
    monkeypatch.setenv("RECOUP_COMPANY", str(tmp_path / "nowhere.yml"))
    monkeypatch.setenv("RECOUP_WAREHOUSE_URL", "postgresql://admin@db/postgres")
    with pytest.raises(RecoupError, match=r"nowhere\.yml"):
        load_settings()
    settings = load_settings(other)
    assert (settings.home, settings.company_file) == (tmp_path, other)
    assert settings.source_database("truth") == "north_truth"
    assert settings.admin_url == "postgresql://admin@db/postgres"


@pytest.mark.parametrize("name", ["Recoup", "re-coup", "1recoup", "r" * 41, 'x"; drop'])
def test_a_name_that_needs_quoting_is_refused(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RECOUP_DATABASE", name)
    with pytest.raises(RecoupError, match="RECOUP_DATABASE"):
        load_settings()
