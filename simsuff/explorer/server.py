"""The explorer's page and its numbers over HTTP, for browsers on this computer alone."""

import json
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import simsuff
from simsuff.divergences import DIVERGENCES
from simsuff.explorer.assessment import STATEMENTS
from simsuff.explorer.state import CONTROLS, Settings, explore
from simsuff.kernels.threads import one_thread

LOOPBACK = "127.0.0.1"

# The page brings all it needs: nothing is loaded from anywhere, and only its own server is asked.
POLICY = "; ".join(
    [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "script-src 'unsafe-inline'",
        "connect-src 'self'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)


class ExplorerServer(ThreadingHTTPServer):
    """Serves the page at / and the numbers of one position of the sliders at /numbers?name=value&…, on 127.0.0.1.

    Parameters
    ----------
    port : 0 for any that is free.

    Raises
    ------
    OSError : where the port is taken.
    """

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__((LOOPBACK, port), _Handler)
        self.page = page().encode()

    def serve_forever(self, poll_interval: float = 0.5) -> None:
        """Answer until `shutdown`. Products of this size take a second thread of BLAS ten times as long."""
        with one_thread():
            super().serve_forever(poll_interval)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that has left is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.server_port}/"


def page() -> str:
    """The page with the ranges and the starting position of its sliders."""
    about = {
        "controls": [{**vars(control), "whole": control.is_whole} for control in CONTROLS],
        "divergences": list(DIVERGENCES),
        "start": vars(Settings()),
        "statements": STATEMENTS,
        "version": simsuff.__version__,
    }
    # No text of a script element may hold "</script" or "<!--".
    text = json.dumps(about, ensure_ascii=False).replace("<", "\\u003c")
    return files("simsuff.explorer").joinpath("page.html").read_text("utf-8").replace("{{about}}", text)


class _Handler(BaseHTTPRequestHandler):
    """Answers GET, and nobody who came by another name than that of this computer."""

    server: ExplorerServer
    server_version, sys_version = "simsuff", ""
    # Seconds after which a connection that says nothing is closed.
    timeout = 30

    def do_GET(self) -> None:
        # A name of somewhere else that leads here is how a page from there would read the answers (DNS rebinding).
        port = self.server.server_port
        if self.headers.get("Host") not in (f"{LOOPBACK}:{port}", f"localhost:{port}"):
            self._answer(HTTPStatus.FORBIDDEN, "text/plain", b"The explorer answers this computer only.\n")
            return
        asked = urlsplit(self.path)
        if asked.path == "/":
            self._answer(HTTPStatus.OK, "text/html", self.server.page)
        elif asked.path == "/numbers":
            self._answer_numbers(asked.query)
        else:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"The explorer's page is at /.\n")

    def _answer_numbers(self, query: str) -> None:
        try:
            words = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
            status, found = HTTPStatus.OK, explore(Settings.of(words))
        except ValueError as error:
            status, found = HTTPStatus.BAD_REQUEST, {"error": str(error)}
        self._answer(status, "application/json", json.dumps(found, allow_nan=False).encode())

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        headers = {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(body)),
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing: a line for each move of a slider helps nobody."""
