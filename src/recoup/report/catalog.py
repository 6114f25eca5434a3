"""The figures of the day's page: which group each belongs to, what it is called there, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Unit = Literal["days", "percent", "share", "seconds", "money", "times"]
DASH = "–"


@dataclass(frozen=True)
class Figure:
    """How a metric is shown.

    Attributes:
        unit: days, percent (a number of percent), share (a ratio in [0, 1], shown in percent), seconds, money (major
            units of the row's currency), times (a plain ratio).
    """

    group: str
    label: str
    unit: Unit


_RECEIVABLES, _COLLECTIONS, _RECOVERY, _PROMISES, _LEAKAGE, _DISPUTES, _GROWTH, _COMPLIANCE = GROUPS = (
    "Receivables", "Reaching people", "Recovery", "Promises", "Leakage", "Disputes", "Growth", "Compliance",
)  # fmt: skip
OTHER = "Other"

FIGURES: dict[str, Figure] = {
    "dso": Figure(_RECEIVABLES, "days sales outstanding", "days"),
    "dso_countback": Figure(_RECEIVABLES, "days sales outstanding, countback", "days"),
    "true_dso": Figure(_RECEIVABLES, "days sales outstanding, invoice by invoice", "days"),
    "best_possible_dso": Figure(_RECEIVABLES, "best possible DSO", "days"),
    "average_days_delinquent": Figure(_RECEIVABLES, "average days delinquent", "days"),
    "days_past_due_weighted": Figure(_RECEIVABLES, "days past due, by amount", "days"),
    "cei_percent": Figure(_RECEIVABLES, "collection effectiveness (CEI)", "percent"),
    "cei_monthly_average_percent": Figure(_RECEIVABLES, "CEI, sales by month", "percent"),
    "collection_rate": Figure(_RECEIVABLES, "collected of what fell due", "share"),
    "average_days_to_pay": Figure(_RECEIVABLES, "average days to pay", "days"),
    "invoice_cycle_days": Figure(_RECEIVABLES, "days from service to invoice", "days"),
    "collector_effectiveness": Figure(_RECEIVABLES, "collected of what was assigned", "share"),
    "coverage": Figure(_COLLECTIONS, "accounts attempted", "share"),
    "penetration": Figure(_COLLECTIONS, "accounts contacted", "share"),
    "intensity": Figure(_COLLECTIONS, "attempts per account attempted", "times"),
    "connect_rate": Figure(_COLLECTIONS, "calls answered", "share"),
    "rpc_rate_contacts": Figure(_COLLECTIONS, "right party, of contacts", "share"),
    "rpc_rate_calls": Figure(_COLLECTIONS, "right party, of calls", "share"),
    "average_handle_time": Figure(_COLLECTIONS, "average handle time", "seconds"),
    "ptp_rate_rpc": Figure(_PROMISES, "promises, of right-party contacts", "share"),
    "ptp_rate_calls": Figure(_PROMISES, "promises, of calls", "share"),
    "kept_promise_rate": Figure(_PROMISES, "promises kept, by count", "share"),
    "kept_promise_amount_rate": Figure(_PROMISES, "promises kept, by amount", "share"),
    "recovery_rate": Figure(_RECOVERY, "recovered of what failed", "share"),
    **{
        f"recovery_rate_{days}_days": Figure(_RECOVERY, f"recovered within {days} days of failing", "share")
        for days in (7, 14, 30, 60, 90)
    },
    "recovery_rate_placed": Figure(_RECOVERY, "recovered of what was placed", "share"),
    **{
        f"recovery_rate_placed_{days}_days": Figure(_RECOVERY, f"recovered within {days} days of placement", "share")
        for days in (7, 14, 30, 60, 90)
    },
    "success_rate": Figure(_RECOVERY, "accounts resolved", "share"),
    "time_to_recover_days_median": Figure(_RECOVERY, "time to recover, median", "days"),
    "time_to_recover_days_p90": Figure(_RECOVERY, "time to recover, 9 of 10", "days"),
    "cost_to_collect": Figure(_RECOVERY, "cost per amount collected", "share"),
    "retry_success_rate": Figure(_RECOVERY, "retried payments that settled", "share"),
    "revenue_leakage_rate": Figure(_LEAKAGE, "at risk, of what was billable", "share"),
    "net_revenue_leakage_rate": Figure(_LEAKAGE, "at risk and not recovered", "share"),
    "dispute_days": Figure(_DISPUTES, "days to close a dispute", "days"),
    "dispute_win_rate": Figure(_DISPUTES, "disputes won", "share"),
    "chargeback_rate_by_count": Figure(_DISPUTES, "chargebacks, of settled charges", "share"),
    "chargeback_rate_by_amount": Figure(_DISPUTES, "chargebacks, of the amount settled", "share"),
    "revenue_growth_rate": Figure(_GROWTH, "revenue growth", "share"),
    "mrr": Figure(_GROWTH, "monthly recurring revenue", "money"),
    "mrr_opening": Figure(_GROWTH, "recurring revenue at the start", "money"),
    "mrr_new": Figure(_GROWTH, "+ new", "money"),
    "mrr_expansion": Figure(_GROWTH, "+ expansion", "money"),
    "mrr_reactivated": Figure(_GROWTH, "+ reactivated", "money"),
    "mrr_contraction": Figure(_GROWTH, "− contraction", "money"),
    "mrr_churned": Figure(_GROWTH, "− churned", "money"),
    "customer_lifetime_value": Figure(_GROWTH, "customer lifetime value", "money"),
    "customer_realized_value": Figure(_GROWTH, "realized value of a customer", "money"),
    "customer_acquisition_cost": Figure(_GROWTH, "customer acquisition cost", "money"),
    "ltv_to_cac": Figure(_GROWTH, "lifetime value to acquisition cost", "times"),
    "churn_rate": Figure(_GROWTH, "customers lost", "share"),
    "churn_rate_voluntary": Figure(_GROWTH, "customers lost by their own will", "share"),
    "churn_rate_involuntary": Figure(_GROWTH, "customers lost by a failed payment", "share"),
    "churn_rate_unknown": Figure(_GROWTH, "customers lost, reason not known", "share"),
    **{
        f"churn_after_dunning_{days}_days": Figure(_GROWTH, f"lost within {days} days of dunning", "share")
        for days in (30, 60, 90)
    },
    **{
        f"churn_of_undunned_matched_{days}_days": Figure(_GROWTH, f"the same, matched accounts, {days} days", "share")
        for days in (30, 60, 90)
    },
    "sales_conversion_rate": Figure(_GROWTH, "offers accepted", "share"),
    "opt_out_rate": Figure(_COMPLIANCE, "opt-outs, of delivered contacts", "share"),
    "complaint_rate": Figure(_COMPLIANCE, "complaints, of delivered contacts", "share"),
    "abandon_rate": Figure(_COMPLIANCE, "abandoned calls", "share"),
    "accounts_blocked_rate": Figure(_COMPLIANCE, "accounts blocked by a rule", "share"),
    "near_miss_rate": Figure(_COMPLIANCE, "one attempt below a cap", "share"),
    "breach_rate": Figure(_COMPLIANCE, "contacts that broke a rule", "share"),
    "documented_contact_share": Figure(_COMPLIANCE, "contacts fully documented", "share"),
}  # fmt: skip


_PLACES = {metric: position for position, metric in enumerate(FIGURES)}


def place(metric: str) -> int:
    """Where the figure stands among the others; those that nobody has described come last."""
    return _PLACES.get(metric, len(FIGURES))


def figure(metric: str) -> Figure:
    """How `metric` is shown; one that nobody has described keeps its name and stands under `OTHER`."""
    if metric in FIGURES:
        return FIGURES[metric]
    unit: Unit = "share" if metric.endswith(("_rate", "_ratio", "_share")) else "times"
    return Figure(OTHER, metric.replace("_", " "), unit)


def written(value: Any, unit: Unit, currency: str | None) -> str:
    """A number as the page shows it, with its unit; a dash where there is none."""
    if value is None or value != value:  # NaN is the one value that differs from itself
        return DASH
    return _written(value, unit, currency).replace("-", "−")


def _written(value: Any, unit: Unit, currency: str | None) -> str:
    match unit:
        case "days":
            return f"{value:,.1f} days"
        case "percent":
            return f"{value:,.1f} %"
        case "share":
            return f"{100 * value:,.1f} %"
        case "seconds":
            return f"{value:,.0f} s"
        case "money":
            # four digits before the point leave no room for cents in a table of a phone's width
            return f"{value:,.{2 if abs(value) < 1000 else 0}f} {currency or ''}".strip()
        case "times":
            return f"{value:,.2f}"
