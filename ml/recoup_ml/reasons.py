"""Why an account is worth a contact, in words a collector can say: at most three codes a listed row.

A contact's value is a product: chance of answering × effect of talking × money. Its logarithm is a sum, so the
features' parts of each factor can be compared, and the largest ones that raise the value are the reasons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from recoup.errors import RecoupError
from recoup.settings import Settings
from recoup_ml.boosting import GradientModel
from recoup_ml.frames import text_array
from recoup_ml.payment import PaymentModel
from recoup_ml.reach import HABIT_CHANCE, ReachModel

MOST = 3
AMOUNT = "amount"
_SMALLEST_EFFECT = 0.005


class Reason(BaseModel):
    """One code and its words."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    code: str = Field(pattern=r"^[A-Z][A-Z_]*$")
    words: str = Field(min_length=1)


class FeatureReasons(BaseModel):
    """What a feature's part is called, by where its value lies."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    high: Reason | None = None
    low: Reason | None = None
    any: Reason | None = None

    @model_validator(mode="after")
    def _something(self) -> FeatureReasons:
        if self.high is None and self.low is None and self.any is None:
            raise ValueError("needs high, low or any")
        return self


class _Table(BaseModel):
    """The file `reason_codes.yaml`: the features' reasons, and the codes that cannot stand on one row."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    contradictions: tuple[tuple[str, str], ...] = ()
    features: dict[str, FeatureReasons]

    @model_validator(mode="after")
    def _known_codes(self) -> _Table:
        known = {reason.code for reason in _each(self.features)}
        for pair in self.contradictions:
            if not set(pair) <= known:
                raise ValueError(f"contradictions: {', '.join(set(pair) - known)} is no code of a feature")
        return self


def load_reasons(settings: Settings) -> dict[str, FeatureReasons]:
    """Read and check `<project>/ml/reason_codes.yaml`: feature → reasons. A replay brings what stood in it then.

    Raises:
        RecoupError: The file is missing or wrong; names file and key.
    """
    return _load(settings).features


def load_contradictions(settings: Settings) -> tuple[tuple[str, str], ...]:
    """Pairs of codes that cannot stand on one row. Raises as `load_reasons`."""
    return _load(settings).contradictions


def _load(settings: Settings) -> _Table:
    if settings.aside:
        return _table(settings.aside.reason_codes)
    path: Path = settings.project_dir / "ml" / "reason_codes.yaml"
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        table = _table(content)
    except FileNotFoundError:
        raise RecoupError(f"There is no file {path}: restore ml/reason_codes.yaml.") from None
    except (yaml.YAMLError, ValidationError, AttributeError) as error:
        raise RecoupError(f"{path} is not a valid table of reasons: {' '.join(str(error).split())[:200]}.") from error
    said: dict[str, str] = {}
    for reason in _each(table.features):
        if said.setdefault(reason.code, reason.words) != reason.words:
            raise RecoupError(f"{path}: the code {reason.code} says two things; give it the same words everywhere.")
    return table


def _table(content: Mapping[str, Any]) -> _Table:
    features = {name: entry for name, entry in content.items() if name != "contradictions"}
    return _Table.model_validate({"contradictions": content.get("contradictions", ()), "features": features})


def words_of_codes(reasons: dict[str, FeatureReasons]) -> dict[str, str]:
    """What each code says."""
    return {reason.code: reason.words for reason in _each(reasons)}


def _each(reasons: dict[str, FeatureReasons]) -> Iterator[Reason]:
    for entry in reasons.values():
        yield from (reason for reason in (entry.high, entry.low, entry.any) if reason is not None)


def reason_codes(
    rows: pd.DataFrame,
    accounts: pd.DataFrame,
    slots: pd.DataFrame,
    payment: PaymentModel,
    reach: ReachModel,
    reasons: dict[str, FeatureReasons],
    contradictions: Sequence[tuple[str, str]] = (),
) -> pd.Series:
    """Codes of each listed row as a text[] literal, row-aligned with `rows`.

    Args:
        rows: account_id, contact_point_id, local_hour, p_right_party, past_due_amount of the listed rows.
        accounts: Features of the payment and effect models, by account_id.
        slots: Features of the reach model, by contact_point_id and local_hour.
        contradictions: Pairs of codes of which a row bears the stronger alone.
    """
    if rows.empty:
        return pd.Series([], index=rows.index, dtype="str")
    account = rows[["account_id"]].merge(accounts, on="account_id", how="left").set_index(rows.index)
    slot = (
        rows[["contact_point_id", "local_hour"]]
        .merge(slots, on=["contact_point_id", "local_hour"], how="left")
        .set_index(rows.index)
    )
    parts = [_amount_part(rows)]
    if reach.model is not None:
        has_slot = slot["local_weekday"].notna()
        # The logarithm of a probability moves by (1 − p) for each unit of log-odds.
        scale = (1 - rows["p_right_party"]).where(has_slot, 0.0)
        parts.append(_coded(reach.model.contributions(slot).mul(scale, axis=0), slot, reach.model, reasons))
    if reach.habits is not None and "local_hour" in reasons:
        parts.append(_habit_part(slots, slot, reasons["local_hour"]))
    parts += _effect_parts(account, payment, reasons)
    stacked = pd.concat(parts, axis=1)
    # Several features may share a code: their parts are one reason.
    by_code = stacked.T.groupby(level=0, sort=True).sum().T
    return _largest(without_contradictions(by_code, contradictions))


def without_contradictions(by_code: pd.DataFrame, contradictions: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """The parts with 0 for each code of which the row bears the opposite at least as strongly.

    Different features may speak for both sides (a month against a quarter): a collector must not read both. Of equals
    the first of the pair stands.

    Args:
        by_code: One column a code, one row a listed row.
    """
    kept = by_code.copy()
    for first, second in contradictions:
        if first in by_code and second in by_code:
            # judged by the parts as they were: what a third code takes away here does not bring its opposite back
            loses = by_code[second] > by_code[first]
            kept[first] = kept[first].where(~loses, 0.0)
            kept[second] = kept[second].where(loses, 0.0)
    return kept


def _amount_part(rows: pd.DataFrame) -> pd.DataFrame:
    due = pd.to_numeric(rows["past_due_amount"]).astype("float64").clip(lower=0.01)
    return pd.DataFrame({"LARGE_AMOUNT": np.log(due / due.median())}, index=rows.index)


def _habit_part(slots: pd.DataFrame, slot: pd.DataFrame, said: FeatureReasons) -> pd.DataFrame:
    """How much likelier the person answers at the row's hour than at the contact point's hours on average."""
    usual = slots.groupby("contact_point_id")[HABIT_CHANCE].mean().clip(lower=1e-4)
    part = np.log(slot[HABIT_CHANCE] / slot["contact_point_id"].map(usual)).fillna(0.0)
    return pd.DataFrame({said.high.code: part} if said.high is not None else {}, index=slot.index)


def _effect_parts(
    account: pd.DataFrame, payment: PaymentModel, reasons: dict[str, FeatureReasons]
) -> list[pd.DataFrame]:
    parts = []
    as_is = payment.as_things_are(account)
    p_pay = pd.Series(as_is, index=account.index)
    effect = np.maximum(np.abs(payment.effect.predict(account, as_is)), _SMALLEST_EFFECT)
    if payment.effect.correction is not None:
        model = payment.effect.correction
        parts.append(
            _coded(model.contributions(account).mul(payment.effect.slope / effect, axis=0), account, model, reasons)
        )
    if payment.pay is not None and payment.effect.size > 0:
        # The common shape 4·p·(1 − p) moves by (1 − 2p) of itself for each unit of log-odds.
        share = np.minimum(1.0, payment.effect.size * 4 * p_pay * (1 - p_pay) / effect)
        parts.append(
            _coded(
                payment.pay.contributions(account).mul((1 - 2 * p_pay) * share, axis=0), account, payment.pay, reasons
            )
        )
    return parts


def _coded(
    contributions: pd.DataFrame, frame: pd.DataFrame, model: GradientModel, reasons: dict[str, FeatureReasons]
) -> pd.DataFrame:
    """Contributions under the codes of their features: one column a code, summed, rows as `frame`."""
    columns: dict[str, pd.Series] = {}

    def add(reason: Reason | None, values: pd.Series) -> None:
        if reason is not None:
            columns[reason.code] = columns[reason.code] + values if reason.code in columns else values

    for name, kind in model.features.items():
        known = reasons.get(name)
        if known is None:
            continue
        if kind == "categorical" or known.any is not None:
            add(known.any, contributions[name])
            continue
        value = pd.to_numeric(frame[name]).astype("float64")
        # A missing value has no side to speak of.
        add(known.high, contributions[name].where(value >= model.medians[name], 0.0))
        add(known.low, contributions[name].where(value < model.medians[name], 0.0))
    return pd.DataFrame(columns, index=frame.index)


def _largest(by_code: pd.DataFrame) -> pd.Series:
    """The MOST largest positive parts of each row, largest first, ties by code."""
    values = by_code.to_numpy(dtype=np.float64).round(6)
    codes = np.asarray(by_code.columns, dtype=object)
    order = np.argsort(-values, axis=1, kind="stable")[:, :MOST]
    picked = np.take_along_axis(values, order, axis=1)
    parts = [
        pd.Series(codes[order[:, place]], index=by_code.index, dtype="str").where(picked[:, place] > 0)
        for place in range(order.shape[1])
    ]
    return text_array(parts)
