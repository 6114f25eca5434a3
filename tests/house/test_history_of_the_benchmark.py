"""The benchmark can lengthen every entity's history: it knows of each row whose it is."""

from __future__ import annotations

import re

from bench.history import BELONGS, KEYS, STANDING

from recoup.entities import ENTITIES


def test_every_entity_without_an_account_says_how_it_belongs_to_one() -> None:
    names = {entity.name: {column.name for column in entity.columns} for entity in ENTITIES}
    assert len(names) > 20
    silent = {name for name, columns in names.items() if "account_id" not in columns}
    assert silent - STANDING <= set(BELONGS)
    for name, condition in BELONGS.items():
        first = re.findall(r"(?:^|or )(\w+) in", condition)
        assert first, name
        assert set(first) <= names[name], f"{name} has no column {first}"
        assert set(first) <= KEYS
