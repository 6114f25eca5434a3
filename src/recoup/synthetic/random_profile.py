"""Profiles drawn at random: companies that nobody tuned anything for, with leaks at rates over a wide range."""

from __future__ import annotations

from typing import Any

import numpy as np

from recoup.synthetic.geography import known_regions
from recoup.synthetic.profile import HOURS, Profile

_PURPOSE = 0x5EED  # keeps these draws apart from those of a company with the same seed


def random_profile(seed: int) -> Profile:
    """Draw a valid profile; the same seed gives the same one.

    Products, terms, payers, habits, taxes, the company's policy and the rate of every leak are drawn; no value is
    shared with what finds the leaks.

    Raises:
        ValueError: `seed` is negative.
    """
    if seed < 0:
        raise ValueError("seed must be 0 or more")
    rng = np.random.default_rng([_PURPOSE, seed])
    regions = sorted(known_regions())
    chosen = rng.choice(len(regions), size=int(rng.integers(3, 13)), replace=False)
    return Profile.model_validate({
        "name": f"random-{seed}",
        "growth_monthly": _share(rng, 0.0, 0.02),
        "churn_monthly": _share(rng, 0.004, 0.03),
        "tax_rate": _share(rng, 0.01, 0.2) if rng.random() < 0.7 else 0.0,
        "price_rise_yearly": _share(rng, 0.0, 0.1),
        "collector_role": str(rng.choice(["first_party", "third_party", "debt_buyer"])),
        "cad_share": _share(rng, 0.0, 1.0),
        "regions": {regions[k]: _share(rng, 0.5, 9.0) for k in chosen},
        "segments": {f"segment_{k}": _share(rng, 0.1, 1.0) for k in range(rng.integers(1, 4))},
        "terms": _terms(rng),
        "products": _products(rng),
        "discounts": {
            "share": _share(rng, 0.05, 0.4), "standing_share": _share(rng, 0.05, 0.4),
            "months": (int(rng.integers(1, 4)), int(rng.integers(4, 13))),
            "percent": (_share(rng, 0.05, 0.15), _share(rng, 0.15, 0.5)),
        },
        "payments": _payments(rng),
        "payers": _payers(rng),
        "habits": {f"habit_{k}": _habit(rng) for k in range(rng.integers(2, 7))},
        "contacting": {
            "holdout_share": _share(rng, 0.05, 0.12), "explore_share": _share(rng, 0.05, 0.12),
            "attempt_rate": _share(rng, 0.1, 0.25), "agents": int(rng.integers(3, 20)),
            "sms_days": _days(rng), "email_days": _days(rng),
        },
        "changes": {
            "upgrade_monthly": _share(rng, 0.002, 0.01), "downgrade_monthly": _share(rng, 0.002, 0.01),
            "reactivate_monthly": _share(rng, 0.01, 0.05), "goodwill_monthly": _share(rng, 0.008, 0.04),
        },
        "policy": {
            "unapplied_after_days": int(rng.integers(4, 15)),
            "untouched_after_days_past_due": int(rng.integers(10, 26)),
            "broken_promise_followup_days": int(rng.integers(4, 9)),
        },
        "leaks": {
            "unbilled_service": _rate(rng, 0.0008, 0.01), "billing_gap": _rate(rng, 0.0008, 0.01),
            "underbilled": _rate(rng, 0.0008, 0.01), "invoice_error": _rate(rng, 0.0008, 0.01),
            "duplicate_credit": _rate(rng, 0.03, 0.15), "unapplied_cash": _rate(rng, 0.001, 0.01),
            "late_fee_not_charged": _rate(rng, 0.02, 0.15), "discount_taken_late": _rate(rng, 0.05, 0.3),
        },
        "innocents_per_leak": _share(rng, 2.0, 4.0),
    })  # fmt: skip


def _share(rng: np.random.Generator, low: float, high: float) -> float:
    return round(float(rng.uniform(low, high)), 4)


def _rate(rng: np.random.Generator, low: float, high: float) -> float:
    """Log-uniform: small rates as often as large ones."""
    return round(float(np.exp(rng.uniform(np.log(low), np.log(high)))), 5)


def _days(rng: np.random.Generator) -> tuple[int, ...]:
    """Days past due of reminders; the first comes early."""
    return (int(rng.integers(1, 8)), *sorted(int(day) for day in rng.integers(9, 40, rng.integers(0, 3))))


def _terms(rng: np.random.Generator) -> list[dict[str, Any]]:
    terms: list[dict[str, Any]] = []
    for k in range(int(rng.integers(2, 6))):
        net = int(rng.integers(7, 46))
        term: dict[str, Any] = {
            "code": f"T{k}N{net}", "weight": _share(rng, 1, 6), "business": k > 1 and rng.random() < 0.5,
            "net_days": net,
            "grace_days": int(rng.integers(0, 12)),
            # the first always knows a fee: where no terms do, none can be forgotten
            "late_fee_cents": int(rng.integers(2, 60)) * 100 if k == 0 or rng.random() < 0.7 else 0,
        }  # fmt: skip
        if net >= 20 and rng.random() < 0.5:
            term |= {"discount_rate": _share(rng, 0.005, 0.04), "discount_days": int(rng.integers(7, net - 8))}
        terms.append(term)
    return terms


def _products(rng: np.random.Generator) -> list[dict[str, Any]]:
    products = []
    for number in range(int(rng.integers(1, 5))):
        items = []
        for k in range(int(rng.integers(1, 5))):
            is_metered = k > 0 and rng.random() < 0.5
            low = int(np.exp(rng.uniform(np.log(8), np.log(900)))) if is_metered else int(rng.integers(400, 12_000))
            items.append({
                "item": f"product_{number}_item_{k}", "price_cents": (low, int(low * rng.uniform(1.2, 4))),
                "quantity": round(float(rng.uniform(1, 20_000 / low)), 1) + 1 if is_metered else None,
                "seasonality": _share(rng, 0, 0.7) if is_metered else 0,
                "share": 1 if k == 0 else _share(rng, 0.2, 1.0),
                "debt": "service" if rng.random() < 0.8 else f"debt_{k % 2}",
                "months": int(rng.integers(6, 37)) if k > 1 and rng.random() < 0.5 else None,
            })  # fmt: skip
        plans = [f"plan_{k}" for k in range(rng.integers(1, 4))]
        products.append(
            {"name": f"product_{number}", "weight": _share(rng, 1, 5), "items": items, "plans": plans}
        )  # fmt: skip
    return products


def _payments(rng: np.random.Generator) -> dict[str, Any]:
    providers = {f"provider_{k}": _share(rng, 0.2, 1) for k in range(rng.integers(1, 4))}
    codes = {
        name: {f"{name}_code_{k}": _share(rng, 1, 40) for k in range(rng.integers(3, 8))}
        for name in (*providers, "ach")
    }
    hard = [code for of_provider in codes.values() for code in of_provider if rng.random() < 0.4]
    card, ach, check = rng.dirichlet([3, 2, 1])
    return {
        "methods": {"card": round(card + 0.05, 3), "ach": round(ach + 0.02, 3), "check": round(check, 3)},
        "autopay_share": _share(rng, 0.2, 0.85), "providers": providers, "decline_codes": codes, "hard_codes": hard,
        "manual_decline_rate": _share(rng, 0.005, 0.03), "return_rate": _share(rng, 0.002, 0.012),
        "chargeback_rate": _share(rng, 0.002, 0.008), "chargeback_lost_share": _share(rng, 0.2, 0.55),
        "chargeback_withdrawn_share": _share(rng, 0.25, 0.4), "overpay_rate": _share(rng, 0.0, 0.03),
        "void_rate": _rate(rng, 0.0005, 0.01),
        "interest_rate_monthly": _share(rng, 0.005, 0.02) if rng.random() < 0.4 else 0,
        "write_off_days": int(rng.integers(90, 151)), "close_days": int(rng.integers(45, 90)),
    }  # fmt: skip


def _payers(rng: np.random.Generator) -> dict[str, Any]:
    def payer(share: float, on_time: float, decline: float, hazard: float, lift: float, keeps: float) -> dict[str, Any]:
        reach = rng.uniform(0.7, 1.3)
        return {
            "share": round(share, 3), "on_time": (round(on_time * 0.9, 4), on_time),
            "decline": round(decline * reach, 4),
            "hazard": (round(hazard * 0.6 * reach, 4), round(hazard * 1.4 * reach, 4)),
            "lift": tuple(sorted((round(lift * 0.5, 4), round(lift * reach, 4)))), "partial": _share(rng, 0.05, 0.5),
            "keeps_promise": keeps, "promises": _share(rng, 0.3, 0.7),
        }  # fmt: skip

    reliable, sure, moved, annoyed, lost = rng.dirichlet([12, 3, 3, 1, 1.5])
    good = payer(reliable, 0.995, 0.003, 0.15, 0.01, 0.95) | {"on_time": (0.985, 0.999)}
    return {
        "good": good,
        "late_but_sure": payer(sure, 0.6, 0.03, 0.11, 0.003, 0.9),
        "to_be_moved": payer(moved, 0.6, 0.12, 0.03, 0.1, 0.65),
        "to_be_left_alone": payer(annoyed, 0.6, 0.08, 0.06, -0.04, 0.4),
        "lost": payer(lost, 0.7, 0.2, 0.012, 0.001, 0.15),
    }


def _habit(rng: np.random.Generator) -> dict[str, Any]:
    hours = np.arange(HOURS)
    curves = [
        0.04 + rng.uniform(0.15, 0.5) * np.exp(-0.5 * ((hours - rng.uniform(0, HOURS - 1)) / rng.uniform(1, 3)) ** 2)
        for _ in range(2)
    ]
    return {
        "share": _share(rng, 0.1, 1.0), "weekday": tuple(curves[0].round(3).tolist()),
        "weekend": tuple(curves[1].round(3).tolist()),
    }  # fmt: skip
