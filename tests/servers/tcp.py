"""What the small TCP servers of the tests have in common: a port, a thread for each connection, an end."""

import contextlib
import socket
import ssl
import threading


class TcpServer:
    """Listens on a free port of 127.0.0.1 from `__enter__` to `__exit__`; `serve()` is one connection.

    :param context: TLS from the start.
    """

    host = "127.0.0.1"

    def __init__(self, context: ssl.SSLContext | None = None):
        self._context = context
        self._listener = socket.create_server((self.host, 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._ended = False

    def serve(self, connection: socket.socket) -> None:
        """Talk to one client; the connection is closed afterwards."""
        raise NotImplementedError

    def __enter__(self) -> "TcpServer":
        self._start(self._accept)
        return self

    def __exit__(self, *exc_info) -> None:
        with self._lock:
            self._ended = True
            sockets = list(self._sockets)
        # A thread that waits in accept() is not woken by close() alone.
        with contextlib.suppress(OSError):
            socket.create_connection((self.host, self.port), 1).close()
        self._listener.close()
        for each in sockets:
            _shut(each)
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive()

    def remember(self, connection: socket.socket) -> None:
        """Have a socket closed at the end."""
        with self._lock:
            self._sockets.append(connection)

    def _start(self, target, *arguments) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            if self._ended:
                connection.close()
                return
            self._start(self._talk, connection)

    def _talk(self, connection: socket.socket) -> None:
        self.remember(connection)
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
                self.remember(connection)
            self.serve(connection)
        except (OSError, ValueError):
            # The client left, or the test is over.
            pass
        finally:
            _shut(connection)


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def server_context(certificate) -> ssl.SSLContext:
    """TLS for a server with a `tls.Certificate`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    return context
