{{
    config(
        unique_key='line_id',
        indexes=[
            {'columns': ['line_id']},
            {'columns': ['invoice_id']},
            {'columns': ['_batch_id']}
        ]
    )
}}

with

source as (
    {{ versioned_entity('ledger', 'invoice_lines') }}
),

renamed as (
    select
        line_id,
        invoice_id,
        item,
        service_from,
        service_to,
        quantity,
        unit_price_cents,
        amount_cents,
        source_recorded_at,
        known_from,
        known_to,
        _batch_id
    from source
)

select * from renamed
