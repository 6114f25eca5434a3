"""A real SFTP server on the loopback address, in a thread of the test process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh


@dataclass
class Server:
    """What a test may ask of it.

    Attributes:
        host_key: `<type> <base64>`, for the connection.
        opened: Paths that were opened for writing, in order.
    """

    port: int
    host_key: str
    opened: list[str] = field(default_factory=list)


class _OnePassword(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("recoup", "secret")


@contextmanager
def sftp_server(root: Path) -> Iterator[Server]:
    """Serve `root` to the user recoup with the password secret."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    opened: list[str] = []

    class Files(asyncssh.SFTPServer):
        def __init__(self, channel: asyncssh.SSHServerChannel) -> None:
            super().__init__(channel, chroot=str(root))

        def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
            if pflags & asyncssh.FXF_WRITE:
                opened.append(path.decode())
            return super().open(path, pflags, attrs)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[key], server_factory=_OnePassword, sftp_factory=Files
        )

    acceptor = asyncio.run_coroutine_threadsafe(listen(), loop).result(30)
    try:
        host_key = " ".join(key.export_public_key().decode().split()[:2])
        yield Server(acceptor.get_port(), host_key, opened)
    finally:

        async def close() -> None:
            acceptor.close()
            await acceptor.wait_closed()

        asyncio.run_coroutine_threadsafe(close(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()
