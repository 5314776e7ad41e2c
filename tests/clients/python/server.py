"""Runs binaries of this repository on free ports."""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[3]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
START_SECONDS_MAX = 10


class Server:
    """Runs `target/debug/<name>`, which takes its port from the environment."""

    def __init__(self, name):
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        environment = {**os.environ, "PORT": str(port)}
        self._process = subprocess.Popen(
            [TARGET / "debug" / name], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._wait_until_it_answers()

    @property
    def socket_url(self):
        return f"ws://{self.address}/socket"

    def stop(self):
        self._process.kill()
        self._process.wait()

    def _wait_until_it_answers(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError("the server did not start")
            time.sleep(0.02)

    def _answers(self):
        try:
            urllib.request.urlopen(f"http://{self.address}/plain").close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
