"""A room for kernels of a test's own: a module and a cache that other processes run from."""

import os
import subprocess
import sys

import pytest


@pytest.fixture
def room(tmp_path):
    """run(code, **variables) -> the finished process, with `folder` on the path and the cache in `folder / "cache"`."""

    class Room:
        folder = tmp_path
        cache = tmp_path / "cache"

        def run(self, code, **variables):
            path = f"{tmp_path}:{os.getcwd()}"
            setting = {
                "PYTHONPATH": path,
                "NUMBA_CACHE_DIR": str(self.cache),
                "SIMSUFF_CACHE_DIR": str(self.cache),
            }
            environment = os.environ | setting | variables
            command = [sys.executable, "-c", code]
            return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)

    return Room()
