{{ config(tags=['marts']) }}

with

control_totals as (
    select * from {{ ref('ar_control_total') }}
    where as_of_date = {{ as_of_date() }}
),

rolled as (
    select
        currency,
        closing_amount,
        opening_amount + invoices_amount + fees_and_interest_amount + debit_adjustments_amount + reversals_amount
        - applications_amount - applied_credits_amount - write_offs_amount as expected_closing_amount,
        control_total_amount,
        closing_amount - unapplied_cash_amount - unapplied_credit_amount as expected_control_total_amount
    from control_totals
),

different as (
    select * from rolled
    where closing_amount <> expected_closing_amount or control_total_amount <> expected_control_total_amount
)

select * from different
