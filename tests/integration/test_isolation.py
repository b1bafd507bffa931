"""Callers never see each other, and a model is always served in eval mode."""

import concurrent.futures
import importlib.util
import pathlib
import shutil

import numpy as np
import torch

import wire
from networks import Buffered, Constant, Counter, Moody, Writer, script


def silero():
    """The real streaming model of the silero-vad package; its package code is not needed."""
    origin = importlib.util.find_spec("silero_vad").origin
    return pathlib.Path(origin).parent / "data" / "silero_vad.jit"


def test_silero_vad_starts_from_its_saved_state_for_every_caller(models, start, connect):
    shutil.copy(silero(), models / "vad.jit")
    chunk = torch.rand(1, 512, generator=torch.Generator().manual_seed(3)) * 0.1
    with torch.inference_mode():
        fresh = torch.jit.load(silero()).eval()
        expected = fresh(chunk, 16000).item()
        assert abs(fresh(chunk, 16000).item() - expected) > 1e-4, "the model keeps no state: this tests nothing"
    client = connect(start(models=models))
    info = client.get("vad")
    assert info.stateful and any("state" in note for note in info.notes), info
    inputs = {"x": chunk.numpy(), "sr": np.array(16000, np.int64).reshape(1)}

    def call(_):
        (value,) = client.infer("vad", inputs).values()
        return float(value.reshape(-1)[0])

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(call, range(64)))
    assert max(abs(answer - expected) for answer in answers) <= 1e-5, answers


def test_buffers_and_attributes_written_by_forward_do_not_leak(models, start, connect):
    script(Counter(), models / "counter.pt")
    client = connect(start(models=models))
    assert client.get("counter").stateful

    def call(value):
        total, calls = client.infer("counter", {"x": np.full(4, value, np.float32)}).values()
        return value, total.tolist(), calls.reshape(-1).tolist()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for value, total, calls in pool.map(call, range(100)):
            assert total == [value] * 4 and calls == [1]


def test_outputs_that_alias_buffers_or_inputs_are_copies(models, start, connect):
    script(Buffered(), models / "buffered.pt")
    script(Writer(), models / "writer.pt")
    client = connect(start(models=models))

    def call(value):
        x = np.full((512,), value, np.float32)
        kept, same = client.infer("buffered", {"x": x}).values()
        (written,) = client.infer("writer", {"x": x}).values()
        return kept.tolist() == [0, 1, 2, 3] and (same == value).all() and (written == value + 1).all()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert all(pool.map(call, range(200)))


def test_a_model_saved_in_training_mode_is_served_in_eval_mode(models, start, connect):
    torch.manual_seed(1)
    model = Moody().train()
    for _ in range(5):
        model(torch.randn(16, 8) * 3 + 1)
    x = torch.randn(6, 8)
    torch.jit.script(model).save(str(models / "moody.pt"))
    assert torch.jit.load(str(models / "moody.pt")).training
    with torch.no_grad():
        expected = model.eval()(x).numpy()
        in_training = model.train()(x)
    assert (in_training.numpy() - expected).max() > 0.1, "the modes do not differ: this tests nothing"
    client = connect(start(models=models))
    first = client.infer("moody", {"x": x.numpy()})["output"]
    second = client.infer("moody", {"x": x.numpy()})["output"]
    assert np.abs(first - expected).max() <= 1e-5
    assert (first == second).all()


def test_versions_live_side_by_side_and_unload_one_by_one(models, start, connect, refused):
    for number in (1, 2):
        script(Constant(number), models / "pair" / str(number) / "model.pt")
    (models / "pair" / "config.pbtxt").write_text('name: "pair"\nversion_policy { all {} }\n')
    client = connect(start(models=models))
    x = {"x": np.ones((1, 1), np.float32)}
    answer = lambda version: client.infer("pair", x, version=version)["output_0"][0, 0]
    assert (answer(""), answer("1"), answer("2")) == (2, 1, 2)
    client.unload("pair", version=2)
    assert answer("") == 1
    refused("UNAVAILABLE", lambda: answer("2"), "2")
    client.unload("pair")
    refused("UNAVAILABLE", lambda: answer(""), "pair")
    assert client.load("pair").state == wire.sconce.MODEL_STATE_READY
