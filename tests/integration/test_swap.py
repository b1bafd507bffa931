"""Loading a new version of a served model never fails a request."""

import threading

import numpy as np

import wire
from networks import Constant, script

SWAPS, CALLERS = 100, 8


class Caller(threading.Thread):
    """Calls until told to stop; keeps what went wrong and which versions answered."""

    def __init__(self, address, stop):
        super().__init__()
        self.client, self.stop = wire.Client(address), stop
        self.failures, self.versions, self.calls = [], set(), 0

    def run(self):
        x = np.ones((3, 2), dtype=np.float32)
        message = wire.request("swapped", {"x": x})
        while not self.stop.is_set():
            try:
                answer = self.client.server.Infer(message, timeout=60)
                values = {float(v) for a in wire.arrays(answer).values() for v in a.reshape(-1)}
                if values != {float(answer.model_version)}:
                    self.failures.append(f"version {answer.model_version} answered {values}")
                self.versions.add(int(answer.model_version))
            except Exception as error:  # whatever it is, it counts
                self.failures.append(repr(error))
            self.calls += 1
        self.client.close()


def test_hundred_swaps_under_eight_callers_fail_nothing(models, start, connect):
    for number in range(1, SWAPS + 2):
        script(Constant(number), models / "swapped" / "files" / f"{number}.pt")
    script(Constant(1), models / "swapped" / "1" / "model.pt")
    daemon = start(models=models)
    client = connect(daemon)
    stop = threading.Event()
    callers = [Caller(daemon.grpc, stop) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    try:
        for number in range(2, SWAPS + 2):
            loaded = client.load("swapped", path=f"swapped/files/{number}.pt", version=number)
            assert loaded.version == number and loaded.is_default
    finally:
        stop.set()
        for caller in callers:
            caller.join()
    failures = [failure for caller in callers for failure in caller.failures]
    seen = set().union(*(caller.versions for caller in callers))
    calls = sum(caller.calls for caller in callers)
    print(f"{calls} calls, {SWAPS} swaps, {len(seen)} versions seen")
    assert not failures, failures[:5]
    assert len(seen) > SWAPS // 4, "the callers hardly ran beside the swaps"
    assert client.infer("swapped", {"x": np.ones((1, 1), np.float32)})["output_0"][0, 0] == SWAPS + 1
    assert daemon.alive()


def test_a_failed_load_leaves_the_old_version_serving(models, start, connect, refused):
    script(Constant(1), models / "m" / "1" / "model.pt")
    (models / "m" / "broken.pt").write_bytes(b"not a model")
    client = connect(start(models=models))
    refused("FAILED_PRECONDITION", lambda: client.load("m", path="m/broken.pt", version=2), "broken.pt")
    assert client.infer("m", {"x": np.ones((1, 1), np.float32)})["output_0"][0, 0] == 1
