"""What the models see: rows of `features.*`, and outcomes joined to them in training alone.

Only the tables named here are read, and only columns that ml/params.yaml lists become features. Arm and outcome come
along in training as treatment, weight and label; `params.refuse_feature` keeps them from being listed, and
`refuse_future_knowledge` catches what a name does not give away. Erased persons, and accounts that only they owe, are
in none of it.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
from psycopg import sql

from recoup.day import Day
from recoup.errors import RecoupError
from recoup.settings import Settings
from recoup_ml.evaluate import auc
from recoup_ml.frames import column_list, read_frame, read_row
from recoup_ml.params import FeatureType, Leakage, Params, refuse_feature

Floats = npt.NDArray[np.float64]

ACCOUNT_DAY = ("features", "ftr_account_day")
ACCOUNT_OUTCOME = ("features", "lbl_account_outcome")
REACH_ATTEMPT = ("features", "ftr_reach_attempt")
REACH_SLOT = ("features", "ftr_reach_slot")


def load_attempts(day: Day, params: Params, settings: Settings) -> pd.DataFrame:
    """Outbound voice attempts up to and including `as_of_date` whose outcome is known, oldest first.

    Returns:
        attempt_key, point_key, person_key, snapshot_date, logged_explore, outcome (is_right_party) and the reach
        features.
    """
    features = checked_features(params.reach.features, REACH_ATTEMPT, "reach.features", settings)
    keep = _kept_share(
        settings,
        "select count(*) from {features}.ftr_reach_attempt where as_of_date < {day}",
        day.as_of_date,
        params.max_training_rows,
    )
    return read_frame(
        settings,
        """
        select
            f.attempt_id as attempt_key, f.contact_point_id as point_key, f.person_id as person_key,
            f.as_of_date as snapshot_date,
            f.is_explore as logged_explore, f.is_right_party as outcome,
            {columns}
        from {features}.ftr_reach_attempt as f
        where f.as_of_date < {day} and f.is_right_party is not null
            and not exists (select from {features}.erased_persons as e where e.person_id = f.person_id)
            and mod(abs(hashtext(f.contact_point_id)::bigint), 10000) < {keep}
        order by f.as_of_date, f.attempt_id
        """,
        {"columns": features, "day": day.as_of_date, "keep": keep},
    )


def load_calls(day: Day, settings: Settings) -> pd.DataFrame:
    """What was known of outbound calls by the end of `as_of_date`, as `habits.events_of` takes it."""
    return read_frame(
        settings,
        """
        select
            f.contact_point_id as point_key, f.person_id as person_key, f.point_type, f.on_date, f.local_hour,
            f.local_weekday, f.attempts, f.right_parties
        from {features}.ftr_reach_call as f
        where f.on_date <= {day}
            and not exists (select from {features}.erased_persons as e where e.person_id = f.person_id)
        order by f.on_date, f.contact_point_id, f.person_id, f.called_on, f.local_hour
        """,
        {"day": day.as_of_date},
    )


def load_outcomes(day: Day, params: Params, settings: Settings) -> pd.DataFrame:
    """Past-due accounts on past dates whose outcome window has closed by `as_of_date`, oldest first.

    Returns:
        account_key, snapshot_date, logged_arm, outcome (is_paid), cash_cents, spoken_to (had_rpc), what the plain
        rankers rank by (due_cents, open_cents, overdue_days, oldest_due_date), and the features of the payment and
        effect models.
    """
    newest = day.as_of_date - timedelta(days=params.horizon_days)
    wanted = {**params.payment.features, **params.effect.features}
    features = checked_features(wanted, ACCOUNT_DAY, "payment.features or effect.features", settings)
    keep = _kept_share(
        settings,
        "select count(*) from {features}.lbl_account_outcome where is_observed and as_of_date <= {day}",
        newest,
        params.max_training_rows,
    )
    return read_frame(
        settings,
        """
        select
            l.account_id as account_key, l.as_of_date as snapshot_date, l.arm as logged_arm, l.is_paid as outcome,
            l.paid_cents as cash_cents, coalesce(l.had_rpc, false) as spoken_to, f.past_due_cents as due_cents,
            f.oldest_due_on as oldest_due_date, f.days_past_due as overdue_days, f.balance_cents as open_cents,
            {columns}
        from {features}.lbl_account_outcome as l
        inner join {features}.ftr_account_day as f on f.as_of_date = l.as_of_date and f.account_id = l.account_id
        where l.is_observed and l.as_of_date <= {newest} and f.past_due_cents > 0
            and not exists (select from {features}.erased_persons as e where e.account_id = l.account_id)
            and mod(abs(hashtext(l.account_id)::bigint), 10000) < {keep}
        order by l.as_of_date, l.account_id
        """,
        {"columns": features, "newest": newest, "keep": keep},
    )


def load_population(day: Day, params: Params, settings: Settings) -> pd.DataFrame:
    """Accounts that the list decides about, with their features (missing where an account has none), by account_id."""
    wanted = {**params.payment.features, **params.effect.features}
    # Also carried by the population itself, which the lists must tie to.
    own = {"currency", "days_past_due"}
    features = checked_features(
        {k: v for k, v in wanted.items() if k not in own}, ACCOUNT_DAY, "payment.features", settings
    )
    return read_frame(
        settings,
        """
        select
            p.account_id, p.person_id, p.currency, p.days_past_due, p.past_due_amount::double precision as
            past_due_major, f.open_promise_due_on as promise_due_on,
            {columns}
        from {policy}.population as p
        left join {features}.ftr_account_day as f on f.as_of_date = p.as_of_date and f.account_id = p.account_id
        where p.list_date = {list_date}
            and not exists (select from {features}.erased_persons as e where e.account_id = p.account_id)
        order by p.account_id
        """,
        {"columns": features, "list_date": day.list_date},
    )


def load_slots(day: Day, params: Params, settings: Settings) -> pd.DataFrame:
    """Every contact point and local hour to score for the list date, with the reach features, in that order."""
    wanted = {name: kind for name, kind in params.reach.features.items() if name not in {"local_hour", "local_weekday"}}
    features = checked_features(wanted, REACH_SLOT, "reach.features", settings)
    return read_frame(
        settings,
        """
        select
            f.contact_point_id, f.account_id, f.person_id, f.local_hour, f.local_weekday, {columns}
        from {features}.ftr_reach_slot as f
        where f.as_of_date = {day}
            and not exists (select from {features}.erased_persons as e where e.person_id = f.person_id)
        order by f.contact_point_id, f.local_hour
        """,
        {"columns": features, "day": day.as_of_date},
    )


def checked_features(
    features: dict[str, FeatureType], table: tuple[str, str], where: str, settings: Settings
) -> sql.Composable:
    """The feature columns as SQL, once each was found admissible and in its table.

    Raises:
        RecoupError: A feature is protected, an outcome, or no column of the table.
    """
    if table[0] != "features" or not table[1].startswith("ftr_"):
        raise RecoupError(f"{'.'.join(table)} is no feature table: models read features.ftr_* only.")
    present = set(
        read_frame(
            settings,
            "select column_name::text as name from information_schema.columns"
            " where table_schema = {schema} and table_name = {name}",
            {"schema": settings.schema(table[0]), "name": table[1]},
        )["name"]
    )
    if not present:
        raise RecoupError(f"There is no table {'.'.join(table)} yet: run the stage build_features first.")
    for name in features:
        try:
            refuse_feature(name)
        except ValueError as error:
            raise RecoupError(f"ml/params.yaml: {where}: {error}.") from error
        if name not in present:
            raise RecoupError(
                f"ml/params.yaml: {where}: {'.'.join(table)} has no column {name}; add it there or remove it here."
            )
    return column_list(features, alias="f")


def refuse_future_knowledge(
    frame: pd.DataFrame, outcomes: Floats, features: dict[str, FeatureType], limits: Leakage
) -> None:
    """Raise if one feature alone ranks the outcome too well to have been known before it.

    Args:
        outcomes: 0 or 1, float64, shape (n,), row-aligned with `frame`.

    Raises:
        RecoupError: Names the feature and its AUC.
    """
    if len(frame) < limits.min_rows:
        return
    # A ranking's quality shows on far fewer rows than a model needs.
    sample = np.linspace(0, len(frame) - 1, num=min(len(frame), 20_000)).astype(int)
    seen = outcomes[sample]
    for name, kind in features.items():
        column = frame[name].iloc[sample]
        if kind == "categorical":
            scores = (
                pd.Series(seen).groupby(column.astype("str").to_numpy()).transform("mean").to_numpy(dtype=np.float64)
            )
            if column.nunique() > len(sample) / 20:
                continue
        else:
            # A value that is only there, or only missing, after the outcome gives it away as well.
            scores = pd.to_numeric(column).astype("float64").fillna(-1e18).to_numpy(dtype=np.float64)
        found = auc(seen, scores)
        if found is not None and max(found, 1 - found) > limits.max_single_feature_auc:
            raise RecoupError(
                f"The feature {name} alone ranks the outcome with AUC {max(found, 1 - found):.3f}, so it knows the "
                "future: mend its model in dbt_project/models/features or remove it from ml/params.yaml."
            )


def _kept_share(settings: Settings, count_query: str, newest: date, most: int) -> int:
    """How many of 10,000 hash buckets to keep, so that about `most` rows remain."""
    row = read_row(settings, count_query, {"day": newest})
    count = int(row[0]) if row else 0
    return 10_000 if count <= most else max(1, int(10_000 * most / count))
