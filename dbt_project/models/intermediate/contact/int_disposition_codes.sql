with

mapped as (
    select
        dialer,
        upper(trim(disposition_raw)) as code,
        disposition,
        is_live_answer,
        is_right_party,
        is_promise
    from {{ ref('disposition_map') }}
),

spoken_here as (
    -- whose codes the log holds; where company.yml does not say, anybody's
    select *
    from mapped
    {% if var('disposition_dialers') %}
    where
        dialer in (
            {% for dialer in var('disposition_dialers') %}
            '{{ dialer }}'{{ ',' if not loop.last }}
            {% endfor %}
        )
    {% endif %}
),

undisputed as (
    -- a code that two dialers use for different things says nothing: it is reported, not guessed
    select
        code,
        min(disposition) as disposition,
        bool_and(is_live_answer) as is_live_answer,
        bool_and(is_right_party) as is_right_party,
        bool_and(is_promise) as is_promise
    from spoken_here
    group by code
    having count(distinct row(disposition, is_live_answer, is_right_party, is_promise)) = 1
),

named_by_company as (
    select *
    from (
        values
        (null::text, null::text)
        {% for own in var('company_dispositions') %}
        , (upper(trim('{{ own[0] | replace("'", "''") }}')), '{{ own[1] }}')
        {% endfor %}
    ) as named (code, disposition)
    where code is not null
),

companys_own as (
    -- what the canonical disposition means stands in the generic rows
    select
        named_by_company.code,
        mapped.disposition,
        mapped.is_live_answer,
        mapped.is_right_party,
        mapped.is_promise
    from named_by_company
    inner join mapped
        on mapped.dialer = 'generic' and mapped.code = upper(named_by_company.disposition)
),

codes as (
    select * from companys_own
    union all
    select * from undisputed
    where code not in (select companys_own.code from companys_own)
)

select * from codes
