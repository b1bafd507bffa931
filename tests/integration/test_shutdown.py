"""Start and end of the process."""

import os
import re
import socket
import threading
import time

import numpy as np
from grpc_health.v1 import health_pb2, health_pb2_grpc

import wire
from networks import Busy, script

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def busy_rounds(client, seconds):
    """How many rounds take about so long here and now."""
    x, rounds, took = np.eye(128, dtype=np.float32), 500, 0.0
    while True:
        began = time.monotonic()
        client.infer("busy", {"x": x, "rounds": np.array([rounds], np.int64)})
        took = time.monotonic() - began
        if took > 0.2:
            return int(rounds * seconds / took)
        rounds *= 3


def test_sigterm_finishes_what_is_in_flight(models, start, connect):
    script(Busy(), models / "busy.pt")
    daemon = start(models=models)
    client = connect(daemon)
    x = np.eye(128, dtype=np.float32)
    inputs = {"x": x, "rounds": np.array([busy_rounds(client, 2.0)], np.int64)}

    states = health_pb2_grpc.HealthStub(client.channel).Watch(health_pb2.HealthCheckRequest())
    assert next(states).status == SERVING
    in_flight = client.server.Infer.future(wire.request("busy", inputs), timeout=60)
    used = cpu_seconds(daemon)
    wait_until(lambda: cpu_seconds(daemon) > used + 0.1)  # it is being computed
    began = time.monotonic()
    daemon.terminate()
    assert next(states).status == NOT_SERVING
    assert not in_flight.done(), "the slow call was over before the daemon said NOT_SERVING"
    assert wire.arrays(in_flight.result())["output"].shape == (128, 128)
    assert daemon.wait() == 0, daemon.text()
    assert time.monotonic() - began < 30


def cpu_seconds(daemon):
    fields = open(f"/proc/{daemon.process.pid}/stat").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_sigint_ends_it_as_well(demo):
    daemon, _ = demo
    daemon.process.send_signal(2)
    assert daemon.wait() == 0, daemon.text()


def test_a_busy_grpc_port_fails_with_its_name(models, start):
    first = start(models=models)
    second = start(models=models, grpc=first.grpc, ready=False)
    assert second.wait() not in (0, None)
    assert first.grpc in second.text() and re.search("in use|busy", second.text(), re.I), second.text()
    assert first.alive() and first.get("/healthz")[0] == 200


def test_a_busy_http_port_fails_with_its_name(models, start):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        address = f"127.0.0.1:{held.getsockname()[1]}"
        daemon = start(models=models, http=address, ready=False)
        assert daemon.wait() not in (0, None)
    assert address in daemon.text(), daemon.text()


def test_a_missing_model_folder_fails_with_its_name(tmp_path, start):
    daemon = start(models=tmp_path / "nowhere", ready=False)
    assert daemon.wait() not in (0, None)
    assert "nowhere" in daemon.text()


def test_an_unknown_flag_is_a_usage_error(start, models):
    daemon = start("--modles", "x", models=models, ready=False)
    assert daemon.wait() == 2 and "--modles" in daemon.text()


def test_health_and_pages_say_that_it_serves(demo):
    daemon, client = demo
    health = health_pb2_grpc.HealthStub(client.channel)
    assert health.Check(health_pb2.HealthCheckRequest()).status == SERVING
    assert daemon.get("/healthz")[0] == 200 and daemon.get("/readyz")[0] == 200
    status, page = daemon.get("/")
    assert status == 200 and "<html" in page.lower()
    assert daemon.get("/nothing-here")[0] == 404


def test_many_clients_may_stay_connected_at_the_end(demo):
    daemon, _ = demo
    clients = [wire.Client(daemon.grpc) for _ in range(20)]
    x = np.ones((1, 4), np.float32)
    threads = [threading.Thread(target=c.infer, args=("iris", {"x": x})) for c in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert daemon.stop() == 0
    for client in clients:
        client.close()
