"""Running Recoup under Airflow on this machine. Airflow itself is only ever started as a process of its own."""
