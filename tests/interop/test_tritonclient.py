"""Unmodified tritonclient[grpc]: everything it offers on the calls that Sconce serves."""

import json
import queue
import shutil
import time

import ml_dtypes
import numpy as np
import pytest
import torch
import tritonclient.grpc as triton
from torch import Tensor, nn
from tritonclient.utils import InferenceServerException

from conftest import as_inputs
from daemon import DEMO

X = np.load(DEMO / "heldout" / "iris_inputs.npy")
EXPECTED = np.load(DEMO / "heldout" / "iris_expected.npy")


class Echo(nn.Module):
    def forward(self, x: Tensor):
        return x


class Join(nn.Module):
    def forward(self, left: str, right: str):
        return left + right


class Slow(nn.Module):
    def forward(self, x: Tensor, rounds: int):
        for _ in range(rounds):
            x = torch.tanh(torch.mm(x, x))
        return x


def demo_files(folder):
    shutil.copy(DEMO / "models" / "iris.pt", folder)
    shutil.copytree(DEMO / "models" / "digits", folder / "digits")


@pytest.fixture(scope="module")
def daemon(serve):
    return serve({"echo": Echo(), "join": Join(), "slow": Slow()}, prepare=demo_files)


@pytest.fixture(scope="module")
def client(daemon, triton_of):
    return triton_of(daemon)


def test_server_and_model_say_that_they_are_there(client):
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready("iris") and client.is_model_ready("iris", "1")
    assert not client.is_model_ready("nobody")


def test_server_metadata(client):
    metadata = client.get_server_metadata(as_json=True)
    assert metadata["name"] == "sconce" and metadata["version"]
    assert "model_repository" in metadata["extensions"]


def test_model_metadata(client):
    metadata = client.get_model_metadata("iris", as_json=True)
    assert metadata["name"] == "iris" and metadata["versions"] == ["1"]
    assert metadata["platform"] == "pytorch_libtorch"
    assert [t["name"] for t in metadata["inputs"]] == ["x"]
    assert [t["name"] for t in metadata["outputs"]] == ["output"]


def test_model_config(client):
    config = client.get_model_config("digits", as_json=True)["config"]
    assert config["name"] == "digits"


def test_statistics_count_what_ran(client, infer):
    def counted():
        (stats,) = client.get_inference_statistics("iris", "1", as_json=True)["model_stats"]
        return int(stats.get("inference_count", 0)), stats
    before, _ = counted()
    for _ in range(3):
        infer(client, "iris", {"x": X})
    after, stats = counted()
    assert after >= before + 3
    assert int(stats["inference_stats"]["success"]["ns"]) > 0
    assert {m["name"] for m in client.get_inference_statistics(as_json=True)["model_stats"]} >= {"iris", "digits"}


def test_repository_index(client):
    models = client.get_model_repository_index(as_json=True)["models"]
    assert {m["name"]: m["state"] for m in models}.items() >= {"iris": "READY", "digits": "READY"}.items()


def test_infer_agrees_with_pytorch(client, infer):
    assert np.abs(infer(client, "iris", {"x": X})["output"] - EXPECTED).max() <= 1e-5
    assert np.abs(infer(client, "iris", {"x": X}, model_version="1", request_id="7")["output"] - EXPECTED).max() <= 1e-5


def test_request_id_and_selected_outputs_come_back(client):
    answer = client.infer("iris", as_inputs({"x": X}), request_id="id-1",
                          outputs=[triton.InferRequestedOutput("output")])
    response = answer.get_response()
    assert response.id == "id-1" and response.model_name == "iris" and response.model_version == "1"


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.uint16, np.uint32, np.uint64, np.int8, np.int16, np.int32,
                                   np.int64, np.float16, np.float32, np.float64])
def test_every_datatype_goes_there_and_back(client, infer, dtype):
    x = np.array([[0, 1, 2], [3, 100, 1]]).astype(dtype)
    got = infer(client, "echo", {"x": x})["output"]
    assert got.dtype == dtype and (got == x).all()


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.uint64, np.float16, np.float64])
def test_extreme_values_go_there_and_back(client, infer, dtype):
    limits = np.finfo(dtype) if np.issubdtype(dtype, np.floating) else np.iinfo(dtype)
    x = np.array([limits.min, limits.max], dtype)
    assert (infer(client, "echo", {"x": x})["output"] == x).all()


def test_infinities_and_nan_survive(client, infer):
    x = np.array([np.inf, -np.inf, np.nan, -0.0], np.float32)
    assert infer(client, "echo", {"x": x})["output"].tobytes() == x.tobytes()


def test_bf16_goes_there_and_back(client, infer):
    x = np.array([1.0, -2.5, 3.140625, np.inf], ml_dtypes.bfloat16)
    got = infer(client, "echo", {"x": x}, datatypes={"x": "BF16"})["output"]
    assert (got.astype(np.float32) == x.astype(np.float32)).all()


def test_bytes_are_strings(client, infer):
    word = lambda value: np.array([value], dtype=object)
    for left, right in [(b"ab", b"cd"), (b"", b"x"), ("grüß".encode(), b"!"), (b"a" * 100000, b"b")]:
        got = infer(client, "join", {"left": word(left), "right": word(right)})["output"]
        assert got.reshape(-1).tolist() == [left + right]


def test_zero_size_and_scalar_tensors(client, infer):
    for shape in [(0,), (0, 3), (2, 0), ()]:
        x = np.zeros(shape, np.float32)
        assert infer(client, "echo", {"x": x})["output"].shape == shape


def test_large_tensors(client, infer):
    x = np.random.default_rng(0).random((6 << 20,), np.float32)  # 24 MiB, past gRPC's own default limit
    assert (infer(client, "echo", {"x": x})["output"] == x).all()


def test_async_infer(client):
    answers = queue.Queue()
    for i in range(20):
        x = np.full((3,), i, np.float32)
        client.async_infer("echo", as_inputs({"x": x}), lambda result, error: answers.put((result, error)),
                           request_id=str(i))
    for _ in range(20):
        result, error = answers.get(timeout=30)
        assert error is None
        assert (result.as_numpy("output") == float(result.get_response().id)).all()


def test_client_timeout_is_obeyed(client):
    x = np.eye(256, dtype=np.float32)
    began = time.monotonic()
    with pytest.raises(InferenceServerException, match="(?i)deadline"):
        client.infer("slow", as_inputs({"x": x, "rounds": np.array([2000], np.int64)}), client_timeout=0.2)
    assert time.monotonic() - began < 5
    assert client.infer("slow", as_inputs({"x": x, "rounds": np.array([1], np.int64)})).as_numpy("output") is not None


def test_compression_is_understood(client):
    for algorithm in ("gzip", "deflate"):
        answer = client.infer("iris", as_inputs({"x": X}), compression_algorithm=algorithm)
        assert np.abs(answer.as_numpy("output") - EXPECTED).max() <= 1e-5


def test_unload_and_load(client, infer):
    client.unload_model("digits")
    assert not client.is_model_ready("digits")
    with pytest.raises(InferenceServerException, match="digits"):
        infer(client, "digits", {"x": np.zeros((1, 1, 8, 8), np.float32)})
    states = {m["name"]: m.get("state") for m in client.get_model_repository_index(as_json=True)["models"]}
    assert states["digits"] != "READY"
    client.load_model("digits")
    assert client.is_model_ready("digits")
    assert infer(client, "digits", {"x": np.zeros((1, 1, 8, 8), np.float32)})["output"].shape == (1, 10)


def test_load_with_a_config(client, infer):
    config = {"name": "digits", "platform": "pytorch_libtorch", "max_batch_size": 4,
              "input": [{"name": "pixels", "data_type": "TYPE_FP32", "dims": [1, 8, 8]}]}
    client.load_model("digits", config=json.dumps(config))
    try:
        metadata = client.get_model_metadata("digits", as_json=True)
        assert metadata["inputs"][0]["datatype"] == "FP32"
        assert client.get_model_config("digits").config.max_batch_size == 4
    finally:
        client.load_model("digits")


def test_errors_carry_status_and_message(client, infer):
    for code, call in [
        ("NOT_FOUND", lambda: infer(client, "nobody", {"x": X})),
        ("NOT_FOUND", lambda: client.get_model_metadata("nobody")),
        ("NOT_FOUND", lambda: client.load_model("nobody")),
        ("INVALID_ARGUMENT", lambda: infer(client, "iris", {"y": X})),
        ("INVALID_ARGUMENT", lambda: client.load_model("digits", config="{not json")),
        ("INVALID_ARGUMENT", lambda: client.load_model("digits", config='{"no_such_field": 1}')),
    ]:
        with pytest.raises(InferenceServerException) as caught:
            call()
        assert caught.value.status() == f"StatusCode.{code}", caught.value
        assert caught.value.message()


def test_reserved_parameters_are_not_in_the_way(client):
    answer = client.infer("iris", as_inputs({"x": X}), priority=1, timeout=10_000_000)
    assert answer.as_numpy("output").shape == EXPECTED.shape


def test_the_asyncio_client_works_too(daemon):
    import asyncio

    import tritonclient.grpc.aio as aio

    async def work():
        async with aio.InferenceServerClient(daemon.grpc) as client:
            answers = await asyncio.gather(*(client.infer("iris", as_inputs({"x": X})) for _ in range(10)))
            return all(np.abs(a.as_numpy("output") - EXPECTED).max() <= 1e-5 for a in answers)
    assert asyncio.run(work())
