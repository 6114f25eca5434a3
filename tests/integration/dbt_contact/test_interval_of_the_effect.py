"""How often the interval of the incremental recovery holds the true effect, in the very SQL of the monitoring model.

Two hundred companies stand in one table, each in a currency of its own, by which the model keeps its figures apart.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import jinja2
import numpy as np

from recoup import warehouse
from recoup.settings import PROJECT_DIR, Settings

REPLICAS = 200
TREATED, CONTROL = 700, 60
DBT = PROJECT_DIR / "dbt_project"
P_PAYS = {"treated": 0.42, "control": 0.30}
LOG_MEAN, LOG_SPREAD = 4.5, 0.9
MEAN_PAYMENT = float(np.exp(LOG_MEAN + LOG_SPREAD**2 / 2))
TRUE_EFFECT = (P_PAYS["treated"] - P_PAYS["control"]) * MEAN_PAYMENT


def rendered_model() -> str:
    """The model as dbt sends it, with `arm_outcomes` for what it refers to."""
    names: dict[str, Any] = {
        "config": lambda **_: "", "ref": lambda name: name,
        "recoup": SimpleNamespace(as_of_date=lambda: "date '2026-03-31'"),
    }  # fmt: skip
    environment = jinja2.Environment(autoescape=False)
    macros = environment.from_string((DBT / "macros" / "student_t.sql").read_text(encoding="utf-8"), names).module
    names["recoup"].student_t_95 = macros.student_t_95  # type: ignore[attr-defined]
    names["recoup"].welch_half_width = macros.welch_half_width  # type: ignore[attr-defined]
    model = (DBT / "models" / "monitoring" / "incremental_recovery.sql").read_text(encoding="utf-8")
    return environment.from_string(model, names).render()


def outcomes() -> list[tuple[str, str, str, float]]:
    """Company, account, arm and what it paid: most pay nothing, a few pay a great deal."""
    rng = np.random.default_rng(20260331)
    rows = []
    for replica in range(REPLICAS):
        for arm, count in (("treated", TREATED), ("control", CONTROL)):
            paid = np.where(
                rng.random(count) < P_PAYS[arm], np.exp(rng.normal(LOG_MEAN, LOG_SPREAD, count)), 0.0
            ).round(4)  # fmt: skip
            rows += [(f"c{replica:03}", f"{replica}-{arm}-{k}", arm, float(amount)) for k, amount in enumerate(paid)]
    return rows


def test_nineteen_of_twenty_intervals_hold_the_true_effect(cluster: Settings) -> None:
    with warehouse.connect("admin", cluster) as connection:
        connection.execute(
            "create temporary table arm_outcomes (list_date date not null default '2026-03-01', currency text not null,"
            " account_id text not null, arm text not null, recovered_amount numeric(20, 4) not null,"
            " is_complete boolean not null default true)"
        )
        with connection.cursor() as cursor:
            with cursor.copy("copy arm_outcomes (currency, account_id, arm, recovered_amount) from stdin") as copy:
                for row in outcomes():
                    copy.write_row(row)
            found = cursor.execute(
                f"select effect_low_amount, effect_high_amount from ({rendered_model()}) as measured"
            ).fetchall()
        connection.rollback()
    assert len(found) == REPLICAS
    held = sum(float(low) <= TRUE_EFFECT <= float(high) for low, high in found)
    assert 0.91 <= held / REPLICAS <= 0.985, f"{held} of {REPLICAS} intervals hold the true effect"
