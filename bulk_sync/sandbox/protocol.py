"""How can a server lose a connection on purpose? uvicorn's HTTP protocol, with a handle on the socket."""

from __future__ import annotations

import socket
import struct

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bulk_sync.sandbox.app import CONNECTION


class Connection(HttpToolsProtocol):
    """One connection. ASGI knows no way to end one without an answer, so each request gets this object to do it."""

    silent = False

    def on_message_begin(self) -> None:
        """Lend the request a handle on its connection."""
        super().on_message_begin()
        self.scope["extensions"] = {CONNECTION: {"handle": self}}

    def abort(self) -> None:
        """End the connection as a crash does: the client sees a reset, not an end."""
        # Linger for no time at all (SO_LINGER 1, 0): closing then sends RST instead of FIN.
        self.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if _WINDOWS else "ii", 1, 0)
        )
        self.transport.abort()

    def fall_silent(self) -> None:
        """Never answer; the server does not wait for this connection when it stops."""
        self.silent = True

    def shutdown(self) -> None:
        """The server stops: finish the request that is being served, unless it will never be."""
        if self.silent:
            self.transport.abort()
        else:
            super().shutdown()


_WINDOWS = hasattr(socket, "SIO_RCVALL")
"""There, the two numbers of SO_LINGER are 16 bits wide."""
