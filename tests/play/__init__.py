"""A small town and a dialer that plays against the contact check on a simulated clock; no dbt, no Airflow."""
