import shutil
import warnings

import grpc
import pytest
import torch

import daemon as daemon_module
import wire

warnings.filterwarnings("ignore", category=FutureWarning)  # torch.jit is what this is about
torch.set_num_threads(1)


@pytest.fixture
def models(tmp_path):
    """An empty model folder."""
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


@pytest.fixture
def start(tmp_path):
    """start(*flags, models=FOLDER, ready=True) -> Daemon. All of them end with the test, alive until then."""
    started = []

    def launch(*flags, ready=True, **more):
        daemon = daemon_module.Daemon(tmp_path / f"sconced-{len(started)}.log", *flags, **more)
        started.append(daemon)
        return daemon.wait_ready() if ready else daemon

    yield launch
    for daemon in started:
        if daemon.alive():
            assert daemon.stop() == 0, daemon.text()


@pytest.fixture
def connect():
    """connect(daemon) -> Client."""
    clients = []

    def open_client(daemon):
        clients.append(wire.Client(daemon.grpc))
        return clients[-1]

    yield open_client
    for client in clients:
        client.close()


@pytest.fixture
def demo(start, connect, tmp_path):
    """Daemon and client on a copy of the demo repository."""
    folder = tmp_path / "demo"
    shutil.copytree(daemon_module.DEMO / "models", folder)
    shutil.copy(daemon_module.DEMO / "weights" / "digits_state_dict.pth", folder / "digits")
    daemon = start("--checkpoints", _made(tmp_path / "checkpoints"), models=folder)
    return daemon, connect(daemon)


def _made(folder):
    folder.mkdir()
    return folder


@pytest.fixture
def refused():
    """refused(CODE, call, *words): the call ends with that status, and its message has every word."""

    def check(code, call, *words):
        with pytest.raises(grpc.RpcError) as caught:
            call()
        error = caught.value
        assert error.code() == getattr(grpc.StatusCode, code), f"{error.code()}: {error.details()}"
        assert error.details(), "a status without a message"
        for word in words:
            assert word.lower() in error.details().lower(), f"no {word!r} in: {error.details()}"
        return error.details()

    return check
