with

lines as (
    select * from {{ ref('int_leakage__lines') }}
),

prices as (
    select * from {{ ref('int_leakage__contract') }}
    where kind = 'price'
),

agreed_discounts as (
    select * from {{ ref('int_leakage__contract') }}
    where kind = 'discount'
),

usage as (
    select * from {{ ref('stg_ledger__usage') }}
),

charged as (
    select
        account_id,
        currency,
        item,
        service_from,
        service_to,
        sum(amount_cents) as billed_cents,
        max(quantity) as line_quantity,
        (array_agg(line_id order by unit_price_cents, line_id))[1] as line_id,
        min(unit_price_cents) as unit_price_cents,
        min(billed_on) as billed_on,
        min(issued_on) as issued_on
    from lines
    where has_period and is_timely and amount_cents >= 0
    group by account_id, currency, item, service_from, service_to
),

priced as (
    -- the least of the prices that held on any day of the period: a price that changed within it is no error
    select
        charged.account_id,
        charged.line_id,
        min(prices.price_cents) as price_cents,
        min(prices.period) as period
    from charged
    inner join prices
        on
            charged.account_id = prices.account_id
            and charged.item = prices.item
            and prices.from_on <= charged.service_to
            and prices.to_on >= charged.service_from
    group by charged.account_id, charged.line_id
),

delivered as (
    select
        charged.account_id,
        charged.line_id,
        sum(usage.quantity) as quantity,
        max({{ learned_on('usage.known_from') }}) as learned_on
    from charged
    inner join usage
        on
            charged.account_id = usage.account_id
            and charged.item = usage.item
            and usage.service_from >= charged.service_from
            and usage.service_to <= charged.service_to
            and {{ as_known('usage') }}
    group by charged.account_id, charged.line_id
),

compared as (
    select
        charged.*,
        priced.price_cents,
        coalesce(delivered.learned_on, charged.billed_on) as learned_on,
        charged.service_to - charged.service_from + 1 as service_days,
        priced.period = 'month' as is_monthly,
        coalesce(delivered.quantity > charged.line_quantity, false) as is_short_in_quantity,
        round(coalesce(delivered.quantity, charged.line_quantity) * priced.price_cents)::bigint as agreed_cents
    from charged
    inner join priced
        on charged.account_id = priced.account_id and charged.line_id = priced.line_id
    left join delivered
        on charged.account_id = delivered.account_id and charged.line_id = delivered.line_id
),

underpriced as (
    select
        account_id,
        currency,
        line_id,
        item,
        service_from,
        service_to,
        issued_on,
        greatest(billed_on, learned_on) as detected_on,
        (agreed_cents - billed_cents)::bigint as at_risk_cents,
        case when is_short_in_quantity then 'quantity below usage: ' else 'price below contract: ' end || item as detail
    from compared
    where
        agreed_cents - billed_cents > 1
        -- part of a month at its share of the days
        and not (
            is_monthly
            and service_days < 28
            and billed_cents between agreed_cents * service_days / 31 - 1 and agreed_cents * service_days / 28 + 1
        )
),

discount_lines as (
    -- a line below zero that is named after an item with a discount; of several the longest, which sorts last
    select
        lines.account_id,
        lines.currency,
        lines.line_id,
        lines.item,
        lines.service_from,
        lines.service_to,
        lines.issued_on,
        lines.billed_on,
        -lines.amount_cents as given_cents,
        max(agreed_discounts.item) as discounted_item
    from lines
    inner join agreed_discounts
        on
            lines.account_id = agreed_discounts.account_id
            and starts_with(lines.item, agreed_discounts.item)
    where lines.has_period and lines.is_timely and lines.amount_cents < 0
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9
),

discounts as (
    select
        discount_lines.account_id,
        discount_lines.currency,
        discount_lines.line_id,
        discount_lines.item,
        discount_lines.service_from,
        discount_lines.service_to,
        discount_lines.issued_on,
        discount_lines.billed_on,
        discount_lines.given_cents,
        coalesce(
            sum(agreed_discounts.price_cents) filter (
                where
                agreed_discounts.from_on <= discount_lines.service_to
                and agreed_discounts.to_on >= discount_lines.service_from
            ), 0
        ) as agreed_cents,
        bool_or(agreed_discounts.period = 'unit') as is_per_unit,
        bool_or(agreed_discounts.from_on <= discount_lines.service_to) as has_begun
    from discount_lines
    inner join agreed_discounts
        on
            discount_lines.account_id = agreed_discounts.account_id
            and discount_lines.discounted_item = agreed_discounts.item
    group by
        discount_lines.account_id,
        discount_lines.currency,
        discount_lines.line_id,
        discount_lines.item,
        discount_lines.service_from,
        discount_lines.service_to,
        discount_lines.issued_on,
        discount_lines.billed_on,
        discount_lines.given_cents
),

overdiscounted as (
    select
        account_id,
        currency,
        line_id,
        item,
        service_from,
        service_to,
        issued_on,
        billed_on as detected_on,
        (given_cents - agreed_cents)::bigint as at_risk_cents,
        case when agreed_cents = 0 then 'discount past its end: ' else 'discount above the agreed one: ' end || item
            as detail
    from discounts
    where
        has_begun
        and given_cents - agreed_cents > 1
        and (agreed_cents = 0 or not is_per_unit)
),

short as (
    select * from underpriced
    union all
    select * from overdiscounted
),

facts as (
    select
        'underbilled' as cause,
        account_id,
        currency,
        'invoice_lines' as subject_entity,
        line_id as subject_key,
        issued_on as arose_on,
        detected_on,
        detail,
        'subject' as role,
        'invoice_lines' as entity,
        line_id as entity_key,
        'service|' || account_id || '|' || item || '|' || service_from as anchor,
        issued_on as since_on,
        at_risk_cents
    from short
)

select * from facts
