"""A real sconced on free ports, and a plain client of its wire protocol. Shared by the integration and interop suites."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"
DEMO = DATA / "demo"
START_SECONDS = 60


def program(name):
    """The path of `sconced` or `sconce`: ctest names it, else it is looked for in build/release."""
    named = os.environ.get(name.upper() + "_PATH")
    if named:
        return named
    found = [p for p in sorted((ROOT / "build" / "release").rglob(name))
             if p.is_file() and os.access(p, os.X_OK)]
    if not found:
        raise FileNotFoundError(f"{name} is not built; set {name.upper()}_PATH or build it")
    return str(found[0])


def free_port():
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Daemon:
    """sconced as a child process. `log` is the file that has its output."""

    def __init__(self, log, *flags, models=None, grpc=None, http=None, environment=None, **popen):
        self.grpc = grpc or f"127.0.0.1:{free_port()}"
        self.http = http or f"127.0.0.1:{free_port()}"
        self.log = pathlib.Path(log)
        command = [program("sconced"), "--grpc", self.grpc, "--http", self.http]
        if models is not None:
            command += ["--models", str(models)]
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen(
                command + [str(flag) for flag in flags], stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})}, **popen)

    def text(self):
        return self.log.read_text(errors="replace")

    def get(self, path):
        """Status and body of an HTTP page."""
        try:
            with urllib.request.urlopen(f"http://{self.http}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def wait_ready(self, page="/readyz"):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"sconced ended with {self.process.returncode}:\n{self.text()}")
            with contextlib.suppress(OSError):
                if self.get(page)[0] == 200:
                    return self
            time.sleep(0.02)
        raise AssertionError(f"{page} is not 200 after {START_SECONDS} s:\n{self.text()}")

    def alive(self):
        return self.process.poll() is None

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds=60):
        return self.process.wait(seconds)

    def stop(self):
        """SIGTERM; returns the exit code."""
        if self.alive():
            self.terminate()
        try:
            return self.wait()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"sconced did not end after SIGTERM:\n{self.text()}")

    def cli(self, *arguments, code=0):
        """Runs `sconce` against this daemon; the JSON of its answer when --json is among the arguments."""
        done = subprocess.run([program("sconce"), "--server", self.grpc, *map(str, arguments)],
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == code, (
            f"sconce {' '.join(map(str, arguments))} ended with {done.returncode}, not {code}:\n"
            f"{done.stdout}{done.stderr}\n{self.text()}")
        if "--json" in arguments and code == 0:
            return json.loads(done.stdout)
        return done.stdout + done.stderr
