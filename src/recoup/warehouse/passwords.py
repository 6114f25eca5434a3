"""Passwords of the warehouse roles: from the environment, else random and kept in <home>/passwords.json (0600)."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from recoup.errors import RecoupError
from recoup.settings import Settings
from recoup.warehouse.roles import ROLES, Role


def passwords_file(settings: Settings) -> Path:
    """Where the passwords of this home are kept."""
    return settings.home / "passwords.json"


def is_known(role: Role, settings: Settings) -> bool:
    """True if the environment or the home knows the role's password."""
    return bool(os.environ.get(f"RECOUP_PASSWORD_{role.upper()}")) or role in _read(settings)


def ensure_passwords(settings: Settings) -> dict[str, str]:
    """Return the password of every role; make up and keep those that are neither set nor kept.

    Must be called under the home's lock when processes may start at once.
    """
    kept = _read(settings)
    missing = [role for role in ROLES if role not in kept]
    if missing:
        kept |= {role: secrets.token_urlsafe(24) for role in missing}
        path = passwords_file(settings)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(kept, file, indent=1)
        draft.replace(path)
    return {role: password_of(role, settings, kept) for role in ROLES}


def password_of(role: Role, settings: Settings, kept: dict[str, str] | None = None) -> str:
    """Return one role's password.

    Raises:
        RecoupError: It is neither in RECOUP_PASSWORD_<ROLE> nor in the home's file.
    """
    variable = f"RECOUP_PASSWORD_{role.upper()}"
    from_environment = os.environ.get(variable)
    if from_environment:
        return from_environment
    try:
        return (_read(settings) if kept is None else kept)[role]
    except KeyError:
        raise RecoupError(
            f"There is no password for the role {role}: run `recoup init` first, or set {variable}."
        ) from None


def _read(settings: Settings) -> dict[str, str]:
    path = passwords_file(settings)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except PermissionError:
        raise RecoupError(f"{path} belongs to another user: run recoup as that user, or set RECOUP_HOME.") from None
    except json.JSONDecodeError as error:
        raise RecoupError(
            f"{path} is damaged (line {error.lineno}): restore it from a copy, or delete {path.parent}."
        ) from error
    return {str(role): str(password) for role, password in content.items()}
