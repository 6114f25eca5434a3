"""The source tables of a profile: every canonical entity, with the company's own key prefixes and code words."""

from __future__ import annotations

from recoup.entities import MEDIA, STATUSES, entity
from recoup.synthetic import world as w
from recoup.synthetic.profile import Profile
from recoup.synthetic.rows import Code, Date, Decimal, Encoder, Flag, Id, Ids, Instant, Layout, Text, Whole

PREFIXES = {
    "person_id": "P", "account_id": "A", "debt_id": "D", "contact_point_id": "C", "invoice_id": "I", "line_id": "L",
    "payment_id": "Y", "application_id": "X", "credit_id": "J", "adjustment_id": "J", "dispute_id": "Q",
    "attempt_id": "T", "promise_id": "R", "plan_id": "N", "offer_id": "O", "agent_id": "E", "subscription_id": "S",
    "retry_of": "Y", "reverses": "X",
}  # fmt: skip
CLOSE_REASONS = ("moved", "price", "competitor", "service", "nonpayment", "contact")
ATTEMPT_CHANNELS = ("voice", "sms", "email", "letter", "voicemail")
DISPOSITIONS = (
    "NA", "B", "A", "AA", "DC", "DROP", "CALLBK", "DNC", "PTP", "RPC", "WRONG", "NI", "XFER", "DEC", "DELIVRD",
    "UNDELIV", "OPTOUT", "REPLY", "SENT", "BOUNCE", "OPEN", "UNSUB",
)  # fmt: skip
CAMPAIGNS = ("habit", "explore", "reminder", "inbound", "list")
ADJUSTMENT_KINDS = ("credit", "late_fee", "interest", "write_off", "recovery", "refund", "debit")
CREDIT, LATE_FEE, INTEREST, WRITE_OFF, RECOVERY, REFUND, DEBIT = range(7)
REASONS = (
    "early_payment_discount", "goodwill", "billing_error", "late_payment", "monthly_interest", "uncollectible",
    "paid_after_write_off", "overpayment", "returned_item_fee", "dispute_resolved", "late_fee_waived",
)  # fmt: skip
OUTCOMES = ("won", "lost", "credited", "rejected", "withdrawn")
WON, LOST, CREDITED, REJECTED, WITHDRAWN = range(5)
CONSENT_STATES = ("given", "refused", "revoked")
PURPOSES = ("servicing", "collection", "solicitation")
LANGUAGES = ("en", "es", "fr", "zh", "vi", "ru", "ar", "hi", "ko", "el")
EVIDENCE = ("call_recording", "web_form", "letter", "court_notice", "provider_notice", "contract")
ROLES = ("obligor", "co_signer", "spouse", "guardian", "executor", "third_party")
EXTRA_LINES = ("late_fee", "rounding")
PLAN_STATUSES = ("active", "completed", "broken")
OFFERS = ("settlement", "upgrade", "retention_discount")
OFFER_OUTCOMES = ("accepted", "declined")
CHANNELS = ("sales_team", "web_ads", "referral", "voice", "sms", "email", "agency_placement")
SLIPS = ("too_late", "at_work", "too_soon_after_a_conversation", "after_a_stop_request")
BROKEN_RULES = ("REGF_HOURS", "REGF_WORK", "REGF_COOLDOWN", "REGF_CEASE", "OWN_DNC", "FL_FCCPA")
SKILLS = ("en", "es", "fr", "hardship", "disputes", "settlement")


def _keyed(name: str, column: str) -> Encoder | None:
    return Id(PREFIXES[column]) if column in PREFIXES else None


def layouts(profile: Profile) -> dict[str, Layout]:
    """Layout of every source table of this profile, in the order of the canonical entities."""
    items = w.item_names(profile)
    words: dict[str, tuple[str, ...]] = {
        "kind@persons": ("natural", "business"), "language": LANGUAGES,
        "product": tuple(p.name for p in profile.products), "segment": (*profile.segments, "business"),
        "region": w.places().region_names, "currency": w.CURRENCIES, "status@accounts": ("active", "closed"),
        "close_reason": CLOSE_REASONS, "terms_code": tuple(t.code for t in profile.terms), "role": ROLES,
        "kind@debts": w.debt_names(profile), "collector_role": ("first_party", "third_party", "debt_buyer"),
        "item": items, "kind@contract_prices": ("price", "discount"), "period": ("month", "unit"),
        "plan": plan_names(profile), "status@subscriptions": ("active", "cancelled"), "cancel_reason": CLOSE_REASONS,
        "status@invoices": w.INVOICE_STATUSES, "item@invoice_lines": line_names(items),
        "method": w.METHODS, "status@payments": w.PAYMENT_STATUSES, "provider": provider_names(profile),
        "decline_code": tuple(code for _, code in decline_codes(profile)) or ("unknown",),
        "kind@adjustments": ADJUSTMENT_KINDS, "reason": REASONS, "kind@disputes": ("chargeback", "billing"),
        "outcome": OUTCOMES, "status@plans": PLAN_STATUSES, "kind@costs": ("acquisition", "channel", "agency"),
        "detail@costs": CHANNELS, "kind@offers": OFFERS, "outcome@offers": OFFER_OUTCOMES,
        "from_currency": w.CURRENCIES, "to_currency": w.CURRENCIES, "medium": MEDIA, "type": w.POINT_TYPES,
        "postal_code": w.places().postal_codes, "source": ("application", "customer_update", "skip_trace"),
        "source@sentiment": ("speech_analytics", "agent_score"),
        "status@status_events": STATUSES, "evidence_ref": EVIDENCE, "purpose": PURPOSES, "state": CONSENT_STATES,
        "list": ("national", "own"), "state@number_scrubs": ("listed", "clear"),
        "channel": ATTEMPT_CHANNELS, "direction": ("outbound", "inbound"), "campaign": CAMPAIGNS,
        "disposition_raw": DISPOSITIONS, "team": w.TEAMS,
    }  # fmt: skip
    special: dict[str, Encoder] = {
        "debt_ids": Ids("D", 4), "quantity": Decimal(3), "rate": Decimal(6), "discount_rate": Decimal(4),
        "score": Decimal(3), "full_name": Text(), "address": Text(), "skills": Text(), "list_row_hash": Text(),
        "detail@status_events": Text(), "group_key": Id("G"), "team@agents": Text(),
    }  # fmt: skip
    by_type: dict[str, Encoder] = {
        "date": Date(), "timestamptz": Instant(), "bigint": Whole(), "integer": Whole(), "boolean": Flag(),
    }  # fmt: skip
    from recoup.entities import ENTITIES

    result: dict[str, Layout] = {}
    for e in ENTITIES:
        columns: dict[str, Encoder] = {}
        for c in e.columns:
            tagged = f"{c.name}@{e.name}"
            chosen = (
                special.get(tagged) or special.get(c.name)
                or (Code(words[tagged]) if tagged in words else None)
                or _keyed(e.name, c.name)
                or (Code(words[c.name]) if c.name in words else None)
                or by_type.get(c.type)
            )  # fmt: skip
            assert chosen is not None, f"no encoder for {e.name}.{c.name}"
            columns[c.name] = chosen
        columns["recorded_at"] = Instant()
        required = all(entity(e.name).column(name).required for name in e.key)
        result[e.name] = Layout(
            e.name, "contact" if "contact" in e.feeds else "ledger", columns, e.key if required else ()
        )
    return result


def line_names(items: tuple[str, ...]) -> tuple[str, ...]:
    """What a line may be for: the items, the discount of each, then `EXTRA_LINES`."""
    return (*items, *(f"{item}_discount" for item in items), *EXTRA_LINES)


def plan_names(profile: Profile) -> tuple[str, ...]:
    """Plans of all products, `product/plan`."""
    return tuple(f"{p.name}/{plan}" for p in profile.products for plan in p.plans)


def provider_names(profile: Profile) -> tuple[str, ...]:
    """Card providers, then `ach`, the bank network."""
    return (*profile.payments.providers, "ach")


def decline_codes(profile: Profile) -> tuple[tuple[str, str], ...]:
    """(provider, code) pairs; their position is the engine's decline code."""
    known = profile.payments.decline_codes
    return tuple((provider, code) for provider in provider_names(profile) for code in known.get(provider, {}))
