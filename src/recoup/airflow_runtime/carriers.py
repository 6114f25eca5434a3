"""Files to SFTP servers, S3 stores and HTTP services, through the hooks of Airflow's own providers.

Airflow is imported when a carrier is made, inside a task: the connection, its password and its keys stay Airflow's.
"""

from __future__ import annotations

import hashlib
import posixpath
from importlib import import_module
from pathlib import Path
from typing import Any

from recoup.company_handover import Target, ToDirectory, ToHttp, ToS3, ToSftp
from recoup.errors import RecoupError
from recoup.handover.delivery import Carrier, DirectoryCarrier
from recoup.settings import Settings

_READ = 1024 * 1024
_SHA256 = "X-Content-SHA256"


def carrier_for(target: Target, settings: Settings) -> Carrier:
    """The carrier that a target's delivery asks for.

    Raises:
        RecoupError: Its provider's package is not installed.
    """
    match target.delivery:
        case ToDirectory() as directory:
            return DirectoryCarrier(directory, settings)
        case ToSftp() as sftp:
            return SftpCarrier(sftp)
        case ToS3() as s3:
            return S3Carrier(s3)
        case ToHttp() as http:
            return HttpCarrier(http)


class SftpCarrier:
    """Uploads beside the name and renames; what is there is read back to compare it."""

    def __init__(self, delivery: ToSftp) -> None:
        self._hook = _hook("airflow.providers.sftp.hooks.sftp", "SFTPHook", "sftp")(ssh_conn_id=delivery.connection)
        self._path = delivery.path

    def checksum(self, name: str) -> str | None:
        found = hashlib.sha256()
        with self._hook.get_managed_conn() as client:
            try:
                size = client.stat(self._there(name)).st_size
            except FileNotFoundError:
                return None
            with client.open(self._there(name), "rb") as file:
                file.prefetch(size)
                while piece := file.read(_READ):
                    found.update(piece)
        return found.hexdigest()

    def put(self, file: Path, name: str, sha256: str) -> None:
        partial = self._there(f".{name}.partial")
        with self._hook.get_managed_conn() as client:
            client.put(str(file), partial)
            client.posix_rename(partial, self._there(name))

    def _there(self, name: str) -> str:
        return posixpath.join(self._path, name)


class S3Carrier:
    """An object a file; its SHA-256 stands in its metadata, for an ETag is no checksum of a large object."""

    def __init__(self, delivery: ToS3) -> None:
        self._hook_class = _hook("airflow.providers.amazon.aws.hooks.s3", "S3Hook", "s3")
        self._delivery = delivery

    def checksum(self, name: str) -> str | None:
        found = self._hook().head_object(self._key(name), self._delivery.bucket)
        return None if found is None else str(found["Metadata"].get("sha256", "unknown"))

    def put(self, file: Path, name: str, sha256: str) -> None:
        hook = self._hook(extra_args={"Metadata": {"sha256": sha256}})
        hook.load_file(file, self._key(name), self._delivery.bucket)

    def _hook(self, **arguments: Any) -> Any:
        return self._hook_class(aws_conn_id=self._delivery.connection, **arguments)

    def _key(self, name: str) -> str:
        return posixpath.join(self._delivery.prefix, name) if self._delivery.prefix else name


class HttpCarrier:
    """PUT of the file at its name, with its checksum as a header.

    A service that gives the header back on HEAD is asked before; to one that does not, a file whose delivery was not
    recorded is put again, and PUT of the same name is the same file.
    """

    def __init__(self, delivery: ToHttp) -> None:
        self._hook_class = _hook("airflow.providers.http.hooks.http", "HttpHook", "http")
        self._delivery = delivery

    def checksum(self, name: str) -> str | None:
        response = self._run("HEAD", name, extra_options={"check_response": False})
        if response.status_code in (404, 405, 501):
            return None
        response.raise_for_status()
        told = response.headers.get(_SHA256)
        return None if told is None else str(told)

    def put(self, file: Path, name: str, sha256: str) -> None:
        headers = {_SHA256: sha256, "Content-Type": "application/octet-stream"}
        with file.open("rb") as body:
            self._run("PUT", name, data=body, headers=headers)

    def _run(self, method: str, name: str, **arguments: Any) -> Any:
        hook = self._hook_class(method=method, http_conn_id=self._delivery.connection)
        return hook.run(endpoint=posixpath.join(self._delivery.path, name), **arguments)


def _hook(module: str, name: str, extra: str) -> Any:
    try:
        return getattr(import_module(module), name)
    except ImportError as error:
        raise RecoupError(
            f"Delivery by {extra} needs a provider of Airflow's that is not installed ({error}): "
            + ("run `uv sync --extra s3`." if extra == "s3" else "bring the environment up to date with `uv sync`.")
        ) from error
