"""Profiles: the YAML that says what kind of company is made up. A profile nobody has seen works if it validates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from recoup.errors import RecoupError

PROFILE_DIR = Path(__file__).parent / "profiles"
FIRST_HOUR, LAST_HOUR = 8, 20  # local hours in which a call may start; habits are given per hour of this range
HOURS = LAST_HOUR - FIRST_HOUR + 1
LEAK_CAUSES = (
    "failed_payment", "chargeback", "unbilled_service", "billing_gap", "underbilled", "invoice_error",
    "duplicate_credit", "unapplied_cash", "late_fee_not_charged", "discount_taken_late", "untouched_overdue",
    "broken_promise_not_followed", "written_off_collectable",
)  # fmt: skip

Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0)]
Cents = Annotated[int, Field(ge=0)]
CentsRange = Annotated[tuple[Cents, Cents], Field()]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _positive_sum(weights: Any, what: str) -> None:
    if not sum(weights) > 0:
        raise ValueError(f"{what} must not all be 0")


class Terms(_Strict):
    """Payment terms. `discount_rate` is granted when paid within `discount_days` of the invoice date."""

    code: str = Field(min_length=1)
    weight: Weight = 1
    business: bool = False
    net_days: int = Field(ge=0, le=120)
    discount_rate: Share | None = None
    discount_days: int | None = Field(None, ge=1)
    late_fee_cents: Cents = 0
    grace_days: int = Field(0, ge=0, le=60)


class Item(_Strict):
    """Something billed each month.

    Attributes:
        price_cents: Lowest and highest contract price: a month if `quantity` is None, else a unit.
        quantity: Mean units a month; None = a flat monthly price.
        seasonality: Swing of the quantity over the year, [0, 1].
        debt: Which debt of the account it is owed under; items of one debt share an invoice.
        share: Accounts of the product that have the item.
        months: The item ends after so many months; None = with the account.
    """

    item: str = Field(min_length=1)
    price_cents: CentsRange
    quantity: float | None = Field(None, gt=0)
    seasonality: Share = 0
    debt: str = "service"
    share: Share = 1
    months: int | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _ordered(self) -> Item:
        if self.price_cents[0] > self.price_cents[1]:
            raise ValueError(f"price_cents of {self.item} must be [lowest, highest]")
        return self


class Product(_Strict):
    """What an account is for; its `plans` name its subscription."""

    name: str = Field(min_length=1)
    weight: Weight = 1
    items: tuple[Item, ...] = Field(min_length=1)
    plans: tuple[str, ...] = ("standard",)


class Discounts(_Strict):
    """Monthly contract discounts that end: on the first flat item, `percent` of its price, for `months` months.

    Attributes:
        standing_share: Discounts that were granted without an end.
    """

    share: Share = 0.1
    standing_share: Share = 0.1
    months: tuple[int, int] = (6, 12)
    percent: tuple[Share, Share] = (0.05, 0.2)


class Payments(_Strict):
    """How money comes in. Rates are per payment unless the name says otherwise."""

    methods: dict[str, Weight]
    autopay_share: Share = 0.4
    providers: dict[str, Weight] = Field(default_factory=lambda: {"stripe": 1.0})
    decline_codes: dict[str, dict[str, Weight]] = Field(default_factory=dict)
    hard_codes: tuple[str, ...] = ()
    manual_decline_rate: Share = 0.02
    return_rate: Share = 0.006
    chargeback_rate: Share = 0.002
    chargeback_withdrawn_share: Share = 0.3
    chargeback_lost_share: Share = 0.5
    late_posting_rate: Share = 0.25
    overpay_rate: Share = 0.01
    unidentified_rate: Share = 0.003
    void_rate: Share = 0.001
    interest_rate_monthly: Share = 0
    write_off_days: int = Field(150, ge=60)
    close_days: int = Field(75, ge=30)


class Changes(_Strict):
    """How contracts change. Monthly rates: `reactivate` over accounts that left of their own will, the rest over
    active accounts."""

    upgrade_monthly: Share = 0.004
    downgrade_monthly: Share = 0.003
    reactivate_monthly: Share = 0.02
    goodwill_monthly: Share = 0.01


class Policy(_Strict):
    """What the company has decided, days; company.yml tells the pipeline the same.

    Attributes:
        unapplied_after_days: Money that matches no invoice for longer is missing.
        untouched_after_days_past_due: Whoever is past due for longer should have been contacted.
        late_billing_days: What comes on a bill so many days after its period, or a fee so many days after it was due,
            is only late.
        promise_grace_days: A promise is kept when it is paid so many days after its due date at the latest.
        broken_promise_followup_days: A broken promise should be followed by a contact within so many days.
    """

    unapplied_after_days: int = Field(7, ge=1)
    untouched_after_days_past_due: int = Field(15, ge=1)
    late_billing_days: int = Field(45, ge=32)
    promise_grace_days: int = Field(2, ge=0)
    broken_promise_followup_days: int = Field(5, ge=1)


class Payer(_Strict):
    """A latent class of payers.

    Attributes:
        on_time: Lowest and highest chance, per person, that an invoice is paid by its due date.
        decline: Chance that an automatic payment fails.
        hazard: Daily chance of paying once past due, lowest and highest per person, without any contact.
        lift: Added daily chance after a right-party conversation; negative = the call puts the person off.
        partial: Share of late payments that pay only a part.
        keeps_promise: Chance that a promise is kept.
    """

    share: Weight
    on_time: tuple[Share, Share]
    decline: Share
    hazard: tuple[Share, Share]
    lift: tuple[Annotated[float, Field(ge=-1, le=1)], Annotated[float, Field(ge=-1, le=1)]]
    partial: Share = 0.25
    keeps_promise: Share = 0.6
    promises: Share = 0.4


class Habit(_Strict):
    """A latent class of answering: chance that a call is picked up, per local hour 8..20."""

    share: Weight
    weekday: Annotated[tuple[Share, ...], Field(min_length=HOURS, max_length=HOURS)]
    weekend: Annotated[tuple[Share, ...], Field(min_length=HOURS, max_length=HOURS)]


class Contacting(_Strict):
    """The company's former habit: whom it called, how often, and the randomized arm beside it.

    Attributes:
        slips_monthly: Calls a month that should not have been made, at most one a day.
    """

    holdout_share: Share = 0.1
    explore_share: Share = 0.1
    first_days_past_due: int = Field(3, ge=1)
    attempt_rate: Share = 0.16
    habit_hours: tuple[Annotated[int, Field(ge=FIRST_HOUR, le=LAST_HOUR)], ...] = (10, 11, 14, 15)
    late_hours: tuple[Annotated[int, Field(ge=FIRST_HOUR, le=LAST_HOUR)], ...] = (17, 18)
    agents: int = Field(12, ge=1)
    sms_days: tuple[int, ...] = (5, 20)
    email_days: tuple[int, ...] = (2, 12)
    inbound_rate: Share = 0.003
    max_attempts_7_days: int = Field(7, ge=1)
    slips_monthly: float = Field(1.5, ge=0, le=30)


class Life(_Strict):
    """What happens to people. Monthly rates are over active accounts, the rest per right-party conversation."""

    hardship_monthly: Share = 0.003
    hardship_months: tuple[int, int] = (3, 8)
    bankruptcy_monthly: Share = 0.0003
    death_monthly: Share = 0.0002
    fraud_monthly: Share = 0.0002
    active_duty_monthly: Share = 0.0002
    disasters_yearly: Share = 0.7
    stop_request: Share = 0.02
    dispute: Share = 0.03
    attorney: Share = 0.004
    inconvenient_time: Share = 0.02
    complaint: Share = 0.005
    plan: Share = 0.04


class People(_Strict):
    """Who the customers are.

    Attributes:
        hour_spread: How far a person's chance of answering strays from the habit's, hour by hour: standard deviation
            of its logarithm.
    """

    business_share: Share = 0.08
    several_accounts: Share = 0.06
    co_signer: Share = 0.06
    spouse: Share = 0.05
    work_phone: Share = 0.2
    home_phone: Share = 0.3
    email: Share = 0.8
    moved_number: Share = 0.12
    wrong_number: Share = 0.08
    dead_number: Share = 0.05
    hour_spread: Share = 0.3
    paydays: dict[str, Weight] = Field(default_factory=lambda: {"first": 0.25, "fifteenth": 0.2, "friday": 0.55})


class Profile(_Strict):
    """A kind of company. See the YAML files beside this module.

    Attributes:
        leaks: Chance of a leak per occasion, by cause; the causes that follow from how people and the company behave
            (failed_payment, untouched_overdue, …) need none.
        innocents_per_leak: How many lookalikes are put in for each leak that is put in.
    """

    name: str = Field(min_length=1)
    growth_monthly: float = Field(0.005, ge=-0.2, le=0.5)
    churn_monthly: Share = 0.008
    tax_rate: Share = 0.0
    price_rise_yearly: Share = 0.03
    collector_role: str = Field("third_party", pattern="^(first_party|third_party|debt_buyer)$")
    cad_share: Share = 0.0
    regions: dict[str, Weight]
    segments: dict[str, Weight] = Field(default_factory=lambda: {"residential": 1.0})
    terms: tuple[Terms, ...] = Field(min_length=1)
    products: tuple[Product, ...] = Field(min_length=1)
    grouped_debts: tuple[str, ...] = ()
    discounts: Discounts = Discounts()
    payments: Payments
    payers: dict[str, Payer]
    habits: dict[str, Habit]
    contacting: Contacting = Field(default_factory=lambda: Contacting.model_validate({}))
    life: Life = Life()
    people: People = People()
    changes: Changes = Changes()
    policy: Policy = Field(default_factory=lambda: Policy.model_validate({}))
    leaks: dict[str, Share] = Field(default_factory=dict)
    innocents_per_leak: float = Field(2.5, ge=1.5, le=20)

    @model_validator(mode="after")
    def _consistent(self) -> Profile:
        for what, weights in (
            ("regions", self.regions.values()), ("segments", self.segments.values()),
            ("weights of products", [p.weight for p in self.products]),
            ("weights of payment methods", self.payments.methods.values()),
            ("shares of payers", [p.share for p in self.payers.values()]),
            ("shares of habits", [h.share for h in self.habits.values()]),
            ("paydays", self.people.paydays.values()),
            ("weights of terms for persons", [t.weight for t in self.terms if not t.business]),
        ):  # fmt: skip
            _positive_sum(weights, what)
        codes = [t.code for t in self.terms]
        if len(set(codes)) != len(codes):
            raise ValueError("terms codes must differ")
        for product in self.products:
            if len({i.item for i in product.items}) != len(product.items):
                raise ValueError(f"items of product {product.name} must differ")
        if unknown := set(self.leaks) - set(LEAK_CAUSES):
            raise ValueError(f"unknown leak cause {sorted(unknown)[0]!r}; known: {', '.join(LEAK_CAUSES)}")
        if unknown := set(self.people.paydays) - {"first", "fifteenth", "friday"}:
            raise ValueError(f"unknown payday {sorted(unknown)[0]!r}; known: first, fifteenth, friday")
        if unknown := set(self.payments.methods) - {"card", "ach", "check"}:
            raise ValueError(f"unknown payment method {sorted(unknown)[0]!r}; known: card, ach, check")
        if len({i.debt for p in self.products for i in p.items}) > 4:
            raise ValueError("at most 4 kinds of debt")
        if self.contacting.holdout_share + self.contacting.explore_share > 1:
            raise ValueError("holdout_share and explore_share together exceed 1")
        return self

    def leak_rate(self, cause: str) -> float:
        """Rate of a leak cause per occasion; 0 where the profile does not name it."""
        return self.leaks.get(cause, 0.0)

    def innocent_rate(self, cause: str) -> float:
        """Rate per occasion of what only looks like a leak of that cause."""
        return min(self.leak_rate(cause) * self.innocents_per_leak, 0.5)


def load_profile(name: str) -> Profile:
    """Read a profile that ships with the product (`utility`) or a YAML file of the caller's (`./mine.yml`).

    `random:SEED` draws one (see `random_profile`).

    Raises:
        RecoupError: The profile does not exist, is not YAML, or a value in it is wrong; names file and key.
    """
    if name.startswith("random:"):
        from recoup.synthetic.random_profile import random_profile

        if not name.removeprefix("random:").isdecimal():
            raise RecoupError(f"The profile {name!r} needs a whole number after the colon: random:17, say.")
        return random_profile(int(name.removeprefix("random:")))
    path = Path(name) if name.endswith((".yml", ".yaml")) else PROFILE_DIR / f"{name}.yml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in PROFILE_DIR.glob("*.yml")))
        raise RecoupError(
            f"There is no profile {name!r}: take one of {known}, random:SEED, or the path of a .yml file."
        )
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        where = " ".join(str(error).split())
        raise RecoupError(f"The profile {path} is not readable as YAML: {where}.") from None
    if not isinstance(content, dict):
        raise RecoupError(f"The profile {path} is empty or not a mapping: start from one of {PROFILE_DIR}.")
    try:
        profile = Profile.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the profile"
        raise RecoupError(
            f"The profile {path} is wrong at {place}: {first['msg'].removeprefix('Value error, ')}."
        ) from None
    from recoup.synthetic.geography import known_regions

    if unknown := set(profile.regions) - known_regions():
        raise RecoupError(
            f"The profile {path} is wrong at regions: {sorted(unknown)[0]!r} is not a region that geography.yml knows."
        )
    return profile
