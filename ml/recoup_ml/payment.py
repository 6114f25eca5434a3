"""Expected cash of an account, spoken to and left alone.

P(pay) as things are comes from all arms together (one strong common model, calibrated out of time). As things are,
some are spoken to: P(pay) = P(pay if left alone) + P(spoken to) · effect. The randomized arms give the effect, so
both worlds follow: arm-specific offsets on a common model, which is what a small control arm can carry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from recoup_ml.boosting import GradientModel
from recoup_ml.effect import EffectModel, assumed_effect
from recoup_ml.params import Effect, Payment

Floats = npt.NDArray[np.float64]

_EDGE = 0.001


@dataclass(frozen=True)
class PaymentModel:
    """Both worlds of an account.

    Attributes:
        default_pay: Upper bound of days past due (inclusive, as text) → P(pay), where `pay` is None.
        spoken_share: P(spoken to in a week), where `spoken` is None.
        ratio_if_paid: Share of the past due that a payer pays, where `ratio` is None.
        ratio_if_unpaid: Share that somebody pays who does not count as paying.
    """

    kind: Literal["lightgbm", "default"]
    effect: EffectModel
    default_pay: dict[str, float]
    spoken_share: float
    ratio_if_paid: float
    ratio_if_unpaid: float
    pay: GradientModel | None = None
    spoken: GradientModel | None = None
    ratio: GradientModel | None = None

    def as_things_are(self, frame: pd.DataFrame) -> Floats:
        """P(pay within the horizon) under the treatment people get today, float64, row-aligned with `frame`."""
        if self.pay is not None:
            return self.pay.predict(frame)
        by_bound = sorted((int(bound), share) for bound, share in self.default_pay.items())
        bounds, shares = np.array(by_bound).T
        position = np.searchsorted(bounds, pd.to_numeric(frame["days_past_due"]).fillna(0).to_numpy(dtype=np.float64))
        return np.asarray(shares[np.minimum(position, len(bounds) - 1)])

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Both worlds.

        Args:
            frame: The features; needs days_past_due.

        Returns:
            p_pay_if_not, p_pay_if_contacted, ratio_if_paid (all in [0, 1], float64), indexed as `frame`.
        """
        as_is = self.as_things_are(frame)
        effect = self.effect.predict(frame, as_is)
        spoken = self.spoken.predict(frame) if self.spoken is not None else np.full(len(frame), self.spoken_share)
        left_alone = np.clip(as_is - spoken * effect, _EDGE, 1 - _EDGE)
        contacted = np.clip(left_alone + effect, _EDGE, 1 - _EDGE)
        ratio = (
            np.clip(self.ratio.raw(frame), 0, 1) if self.ratio is not None else np.full(len(frame), self.ratio_if_paid)
        )
        return pd.DataFrame(
            {"p_pay_if_not": left_alone, "p_pay_if_contacted": contacted, "ratio_if_paid": ratio}, index=frame.index
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` gives the same model back to the bit."""
        return {
            "kind": self.kind, "effect": self.effect.to_json(), "default_pay": self.default_pay,
            "spoken_share": self.spoken_share,
            "ratio_if_paid": self.ratio_if_paid, "ratio_if_unpaid": self.ratio_if_unpaid,
            **{name: model.to_json() if model else None for name, model in self._models().items()},
        }  # fmt: skip

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> PaymentModel:
        """The model that `to_json` wrote."""
        models = {
            name: GradientModel.from_json(content[name]) if content[name] else None
            for name in ("pay", "spoken", "ratio")
        }
        return cls(**{**content, **models, "effect": EffectModel.from_json(content["effect"])})

    def _models(self) -> dict[str, GradientModel | None]:
        return {"pay": self.pay, "spoken": self.spoken, "ratio": self.ratio}


def default_payment(params: Payment, effect: Effect, *, has_contact_log: bool = False) -> PaymentModel:
    """The bottom rung: plausible shares by days past due and an assumed effect.

    Args:
        has_contact_log: Somebody is already being contacted, so some of today's payers were spoken to.
    """
    return PaymentModel(
        kind="default",
        effect=assumed_effect(effect),
        default_pay={str(bound): share for bound, share in params.default_pay.items()},
        spoken_share=params.default_contacted_share if has_contact_log else 0.0,
        ratio_if_paid=params.default_paid_ratio,
        ratio_if_unpaid=0.0,
    )
