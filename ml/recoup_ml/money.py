"""Minor units to major units, where a proposed list shows an amount."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

EXPONENT_OF: dict[str, int] = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
"""Digits after the decimal point (ISO 4217) where they are not two; as in the dbt macro `currency_exponent`."""


def minor_units(currency: pd.Series) -> npt.NDArray[np.float64]:
    """Minor units in one major unit of each row's currency: float64, row-aligned."""
    return np.power(10.0, currency.map(EXPONENT_OF).astype("float64").fillna(2).to_numpy(dtype=np.float64))
