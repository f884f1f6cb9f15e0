"""A running explorer for the tests of its answers and of its page."""

import threading

import pytest

from simsuff.explorer.server import ExplorerServer


@pytest.fixture(scope="module")
def server():
    with ExplorerServer() as running:
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield running
        running.shutdown()
