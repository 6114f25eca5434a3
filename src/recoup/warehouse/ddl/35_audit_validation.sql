-- role: auditor
-- Written by the auditor: what each expectation found, and of which rows it spoke. Replaced by date and layer.
create table if not exists audit.validation_results (
    as_of_date date not null,
    layer text not null,
    suite text not null,
    expectation text not null,
    column_name text not null default '',
    severity text not null check (severity in ('critical', 'warning')),
    success boolean not null,
    observed text,
    unexpected_count bigint,
    notes text not null,
    validated_at timestamptz not null default clock_timestamp(),
    primary key (as_of_date, layer, suite, expectation, column_name)
);

-- One row an audit. `content_sha256` is the fingerprint of the rows that were read: what is published must be what was audited.
create table if not exists audit.validation_runs (
    as_of_date date not null,
    layer text not null,
    recorded_at timestamptz not null,
    is_passed boolean not null,
    expectations integer not null check (expectations > 0),
    failed_critical integer not null check (failed_critical >= 0),
    failed_warning integer not null check (failed_warning >= 0),
    content_sha256 text check (content_sha256 ~ '^[0-9a-f]{64}$'),
    validated_at timestamptz not null default clock_timestamp(),
    primary key (as_of_date, layer),
    check (is_passed = (failed_critical = 0))
);
