"""The server's settings fit the machine."""

from __future__ import annotations

import pytest

from recoup.warehouse.machine import server_settings

GIGABYTE = 1024**3


def megabytes(value: str) -> int:
    assert value.endswith("MB")
    return int(value.removesuffix("MB"))


@pytest.mark.parametrize("memory", [GIGABYTE // 2, 2 * GIGABYTE, 8 * GIGABYTE, 512 * GIGABYTE])
def test_shared_memory_takes_a_modest_part_of_any_machine(memory: int):
    values = server_settings(memory, 100 * GIGABYTE, GIGABYTE)
    assert megabytes(values["shared_buffers"]) * 1024**2 <= memory // 8
    assert megabytes(values["work_mem"]) <= 64


def test_the_measured_machine_gets_the_measured_settings():
    values = server_settings(23 * GIGABYTE, 100 * GIGABYTE, GIGABYTE)
    assert (values["shared_buffers"], values["work_mem"], values["max_wal_size"]) == ("2048MB", "64MB", "8192MB")


def test_a_small_disk_is_not_filled_with_the_log_of_changes():
    assert megabytes(server_settings(64 * GIGABYTE, 8 * GIGABYTE, GIGABYTE)["max_wal_size"]) == 1024


@pytest.mark.parametrize(("shared", "kind"), [(None, "mmap"), (64 * 1024**2, "mmap"), (GIGABYTE, "posix")])
def test_a_containers_small_shared_memory_is_not_relied_on(shared: int | None, kind: str):
    assert server_settings(8 * GIGABYTE, 100 * GIGABYTE, shared)["dynamic_shared_memory_type"] == kind


def test_statements_stay_out_of_the_servers_log():
    values = server_settings(8 * GIGABYTE, 100 * GIGABYTE, None)
    assert values["log_min_error_statement"] == "panic"
    assert values["log_error_verbosity"] == "terse"
