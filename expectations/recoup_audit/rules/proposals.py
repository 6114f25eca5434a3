"""What the proposed lists promise together: whole, disjoint, tied to the books, and of the model's own making."""

from __future__ import annotations

from typing import ClassVar

from recoup_audit.rules.unexpected_keys import Severity, UnexpectedKeysExpectation


class ExpectListedNotToBeExcluded(UnexpectedKeysExpectation):
    """Nobody is listed and excluded at once."""

    reason: ClassVar[str] = (
        "An exclusion with a rule and a citation beside a place on the list: one of the two is wrong."
    )
    rows: ClassVar[str] = """
        select batch.account_id from batch
        where exists (
            select 1 from scores.proposed_excluded as excluded
            where excluded.list_date = {list_date} and excluded.account_id = batch.account_id
        )
    """


class ExpectListedAndExcludedToBeThePopulation(UnexpectedKeysExpectation):
    """Every past-due account is listed or excluded, and no other one is."""

    reason: ClassVar[str] = (
        "Each account that owes has a place on the list or a reason why not; one that has neither was lost on the way."
    )
    rows: ClassVar[str] = """
        , answered as (
            select account_id from batch
            union
            select account_id from scores.proposed_excluded where list_date = {list_date}
        ),
        population as (select account_id from policy.population where list_date = {list_date})
        select coalesce(answered.account_id, population.account_id) as account_id
        from answered full join population on population.account_id = answered.account_id
        where answered.account_id is null or population.account_id is null
    """


class ExpectSeqWithoutGaps(UnexpectedKeysExpectation):
    """`seq` counts from 1 without a gap or a repetition."""

    reason: ClassVar[str] = "A dialer that walks the list by seq would stop at a gap, or call somebody twice."
    rows: ClassVar[str] = """
        , placed as (select account_id, seq, row_number() over (order by seq, account_id) as place from batch)
        select account_id from placed where seq <> place
    """


class ExpectSeqToFollowTheScore(UnexpectedKeysExpectation):
    """The order is that of `priority_score`, highest first, ties by account."""

    reason: ClassVar[str] = "The order is the product: the contact that adds the most comes first."
    rows: ClassVar[str] = """
        , placed as (
            select
                account_id,
                row_number() over (order by seq, account_id) as place,
                row_number() over (order by priority_score desc, account_id) as place_by_score
            from batch
        )
        select account_id from placed where place <> place_by_score
    """


class ExpectBalanceToTieToTheAging(UnexpectedKeysExpectation):
    """Balance, past due amount, days past due and bucket are those of the aging mart, to the cent."""

    reason: ClassVar[str] = (
        "Nobody is told a figure that the ledger does not hold; a difference of a cent is a difference."
    )
    rows: ClassVar[str] = """
        select batch.account_id
        from batch left join marts.ar_aging_by_account as aging
            on aging.as_of_date = batch.as_of_date and aging.account_id = batch.account_id
            and aging.currency = batch.currency
        where (batch.balance_amount, batch.past_due_amount, batch.days_past_due, batch.aging_bucket)
            is distinct from (aging.balance_amount, aging.past_due_amount, aging.days_past_due, aging.aging_bucket)
    """


class ExpectValueToBeWhatTheContactAdds(UnexpectedKeysExpectation):
    """The score is what the contact adds: chance of the right party × (cash with it − cash without) − its cost."""

    reason: ClassVar[str] = (
        "A priority for people who would have paid anyway is the field's commonest mistake: it looks good and adds "
        "nothing. Two cents are left for rounding."
    )
    rows: ClassVar[str] = """
        select account_id from batch
        where arm = 'treated' and (
            uplift_amount <= 0 or p_pay_if_contacted < p_pay_if_not
            -- in another currency the score is converted, and the rate is not on the row
            or currency = {reporting_currency}
            and abs(priority_score - (p_right_party * uplift_amount - cost_amount)) > 0.02
        )
    """


class ExpectNoControlArm(UnexpectedKeysExpectation):
    """Nobody of the control arm is listed, and each arm is the one that was drawn."""

    reason: ClassVar[str] = (
        "The control is left alone, or nothing can be measured; `arm` is what later learning weighs by."
    )
    rows: ClassVar[str] = """
        select batch.account_id
        from batch inner join policy.experiment_arms as arms
            on arms.list_date = batch.list_date and arms.account_id = batch.account_id
        where arms.arm = 'control' or arms.arm <> batch.arm
    """


class ExpectDatesOfTheDay(UnexpectedKeysExpectation):
    """Each row is of the day's `as_of_date` and of the list date after it."""

    reason: ClassVar[str] = (
        "Windows, caps and ages are evaluated for the list date; a row of another day has other ones."
    )
    rows: ClassVar[str] = """
        select account_id from batch where as_of_date <> {as_of_date} or list_date <> as_of_date + 1
    """


class ExpectRuleVersionInForce(UnexpectedKeysExpectation):
    """Each row carries the version of the rules that the policy was built with."""

    reason: ClassVar[str] = (
        "Which rules allowed a call has to be answerable later; a list of another version was made from old policy."
    )
    rows: ClassVar[str] = """
        select account_id from batch
        where not exists (
            select 1 from policy.rule_version as v
            where v.list_date = batch.list_date and v.rule_version = batch.rule_version
        )
    """


class ExpectExcludedToBePopulation(UnexpectedKeysExpectation):
    """Every exclusion is of an account in the population."""

    reason: ClassVar[str] = "An exclusion of somebody who owes nothing is of another day, or of another list."
    rows: ClassVar[str] = """
        select distinct batch.account_id from batch
        where not exists (
            select 1 from policy.population as p
            where p.list_date = batch.list_date and p.account_id = batch.account_id
        )
    """


class ExpectControlToBeExcludedAsControl(UnexpectedKeysExpectation):
    """CONTROL is the reason of those in the control arm, and of nobody else."""

    level: ClassVar[Severity] = "critical"
    reason: ClassVar[str] = (
        "An account that was left alone without having been drawn makes list and control incomparable."
    )
    rows: ClassVar[str] = """
        select distinct batch.account_id
        from batch left join policy.experiment_arms as arms
            on arms.list_date = batch.list_date and arms.account_id = batch.account_id
        where batch.reason = 'CONTROL' and arms.arm is distinct from 'control'
    """


class ExpectBlockToEndAfterItBegins(UnexpectedKeysExpectation):
    """A block that ends does so after it began, and after the list date began."""

    level: ClassVar[Severity] = "warning"
    reason: ClassVar[str] = "Readers show until when somebody is blocked; an end before the beginning says never."
    rows: ClassVar[str] = " select distinct account_id from batch where blocked_until_utc <= blocked_from_utc"
