"""Bad input over the wire: each a status code and a message, and the daemon lives."""

import os
import shutil
import struct
import subprocess
import zipfile
import zlib

import numpy as np
import pytest
import torch

import wire
from daemon import DEMO, program
from networks import Methods, Picky, script

GOOD = np.ones((2, 4), np.float32)


@pytest.fixture
def served(demo):
    """The demo; afterwards the daemon must still answer."""
    daemon, client = demo
    yield daemon, client
    assert daemon.alive(), daemon.text()
    assert client.infer("iris", {"x": GOOD})["output"].shape == (2, 3)


def raw_request(datatype="FP32", shape=(2, 4), raw=None, name="x"):
    message = wire.oip.ModelInferRequest(model_name="iris")
    message.inputs.add(name=name, datatype=datatype, shape=shape)
    message.raw_input_contents.append(GOOD.tobytes() if raw is None else raw)
    return message


@pytest.mark.parametrize("case, message, words", [
    ("raw size", raw_request(raw=b"\0" * 31), ["x", "31", "32"]),
    ("empty raw", raw_request(raw=b""), ["x", "32"]),
    ("negative shape", raw_request(shape=(-1, 4)), ["x", "-1"]),
    ("overflowing shape", raw_request(shape=(1 << 62, 1 << 62)), ["x"]),
    ("overflow to small", raw_request(shape=(1 << 32, 1 << 32, 32)), ["x"]),
    ("overflow to zero bytes", raw_request(shape=(1 << 62, 4), raw=b""), ["x"]),
    ("unknown datatype", raw_request(datatype="FP33"), ["FP33"]),
    ("datatype case", raw_request(datatype="fp32"), ["fp32"]),
    ("unknown name", raw_request(name="y"), ["y", "x"]),
    ("empty name", raw_request(name=""), []),
    ("many dimensions", raw_request(shape=(1,) * 5000 + (2, 4)), ["x"]),
    ("bytes length beyond the end", raw_request("BYTES", (1,), struct.pack("<I", 1 << 31) + b"ab"), ["x"]),
    ("bytes too few elements", raw_request("BYTES", (2,), struct.pack("<I", 1) + b"a"), ["x"]),
])
def test_a_malformed_tensor_is_refused(served, refused, case, message, words):
    _, client = served
    refused("INVALID_ARGUMENT", lambda: client.server.Infer(message), *words)
    refused("INVALID_ARGUMENT", lambda: client.oip.ModelInfer(message), *words)


def test_the_count_of_inputs_must_fit(served, refused):
    _, client = served
    none = wire.oip.ModelInferRequest(model_name="iris")
    refused("INVALID_ARGUMENT", lambda: client.server.Infer(none), "x")
    twice = raw_request()
    twice.inputs.add(name="x", datatype="FP32", shape=(2, 4))
    twice.raw_input_contents.append(GOOD.tobytes())
    refused("INVALID_ARGUMENT", lambda: client.server.Infer(twice), "x")
    more = raw_request()
    more.inputs.add(name="z", datatype="FP32", shape=(2, 4))
    more.raw_input_contents.append(GOOD.tobytes())
    refused("INVALID_ARGUMENT", lambda: client.server.Infer(more), "z")


def test_raw_contents_must_be_one_an_input_and_alone(served, refused):
    _, client = served
    extra = raw_request()
    extra.raw_input_contents.append(b"1234")
    refused("INVALID_ARGUMENT", lambda: client.server.Infer(extra), "raw_input_contents")
    both = raw_request()
    both.inputs[0].contents.fp32_contents.extend([1.0] * 8)
    refused("INVALID_ARGUMENT", lambda: client.server.Infer(both), "x")
    neither = wire.oip.ModelInferRequest(model_name="iris")
    neither.inputs.add(name="x", datatype="FP32", shape=(2, 4))
    refused("INVALID_ARGUMENT", lambda: client.server.Infer(neither), "x")
    wrong_field = wire.oip.ModelInferRequest(model_name="iris")
    tensor = wrong_field.inputs.add(name="x", datatype="FP32", shape=(2, 4))
    tensor.contents.int_contents.extend([1] * 8)
    refused("INVALID_ARGUMENT", lambda: client.server.Infer(wrong_field), "x")


def test_what_the_model_itself_refuses_names_the_reason(models, start, connect, refused):
    script(Picky(), models / "picky.pt")
    client = connect(start(models=models))
    message = refused("INTERNAL", lambda: client.infer("picky", {"x": -GOOD}), "only positive sums")
    assert "networks.py" in message, f"no source line in: {message}"
    assert client.infer("picky", {"x": GOOD})["output"].shape == (2, 4)


def test_declared_types_and_shapes_are_checked_before_the_model_runs(models, start, connect, refused):
    folder = models / "declared"
    shutil.copytree(DEMO / "models" / "digits", folder)
    (folder / "config.pbtxt").write_text(
        'name: "declared"\nplatform: "pytorch_libtorch"\nmax_batch_size: 8\n'
        'input [{ name: "x" data_type: TYPE_FP32 dims: [ 1, 8, 8 ] }]\n'
        'output [{ name: "output" data_type: TYPE_FP32 dims: [ 10 ] }]\n')
    client = connect(start(models=models))
    good = np.zeros((2, 1, 8, 8), np.float32)
    assert client.infer("declared", {"x": good})["output"].shape == (2, 10)
    refused("INVALID_ARGUMENT", lambda: client.infer("declared", {"x": good.astype(np.float64)}), "FP64", "FP32")
    refused("INVALID_ARGUMENT", lambda: client.infer("declared", {"x": good[:, :, :7]}), "x", "8")
    refused("INVALID_ARGUMENT", lambda: client.infer("declared", {"x": good[0]}), "x")


def test_unknown_models_versions_and_outputs(served, refused):
    _, client = served
    refused("NOT_FOUND", lambda: client.infer("iris2", {"x": GOOD}), "iris2")
    refused("NOT_FOUND", lambda: client.infer("iris", {"x": GOOD}, version="7"), "7")
    refused("INVALID_ARGUMENT", lambda: client.infer("iris", {"x": GOOD}, version="one"), "one")
    refused("INVALID_ARGUMENT", lambda: client.infer("iris", {"x": GOOD}, outputs=["logits"]), "logits")
    refused("NOT_FOUND", lambda: client.infer("iris", {"x": GOOD}, parameters={"method": "embed"}), "embed")
    refused("NOT_FOUND", lambda: client.get("iris2"), "iris2")
    refused("NOT_FOUND", lambda: client.unload("iris2"), "iris2")


def test_bytes_that_are_no_message_are_refused(served, refused):
    _, client = served
    for method in ("/sconce.v1.ModelServer/Infer", "/inference.GRPCInferenceService/ModelInfer"):
        call = client.channel.unary_unary(method)
        for body in (b"\xff" * 64, b"\x3a\xff\xff\xff\xff\x0f", b"\x2a\x05abc", b"\x0a\x05ab"):
            refused("INVALID_ARGUMENT", lambda call=call, body=body: call(body, timeout=20))


def test_a_message_over_the_limit_is_refused(models, start, connect, refused):
    shutil.copy(DEMO / "models" / "iris.pt", models)
    client = connect(start("--max-message-mib", 1, models=models))
    big = np.zeros((1 << 17, 4), np.float32)
    refused("RESOURCE_EXHAUSTED", lambda: client.infer("iris", {"x": big}))
    assert client.infer("iris", {"x": GOOD})["output"].shape == (2, 3)


@pytest.mark.parametrize("path", ["../outside.pt", "/etc/passwd", "link.pt", "linked/outside.pt",
                                  "digits/../../outside.pt"])
def test_paths_outside_the_model_folder_are_refused(demo, refused, tmp_path, path):
    daemon, client = demo
    shutil.copy(DEMO / "models" / "iris.pt", tmp_path / "outside.pt")
    (tmp_path / "demo" / "link.pt").symlink_to(tmp_path / "outside.pt")
    (tmp_path / "demo" / "linked").symlink_to(tmp_path)
    refused("INVALID_ARGUMENT", lambda: client.load("escaped", path=path))
    refused("INVALID_ARGUMENT", lambda: client.load("escaped", path="iris.pt", skeleton=path))
    assert client.infer("iris", {"x": GOOD})["output"].shape == (2, 3)
    assert daemon.alive()


@pytest.mark.parametrize("path", ["../out.pt", "/tmp/out-of-the-folder.pt", "", "a/../../out.pt"])
def test_checkpoints_stay_in_their_folder(served, refused, path):
    _, client = served
    refused("INVALID_ARGUMENT",
            lambda: client.save("iris", wire.sconce.CHECKPOINT_FORMAT_TORCHSCRIPT, path))
    assert not os.path.exists("/tmp/out-of-the-folder.pt")


@pytest.mark.parametrize("name", ["../iris", "a/b", "", ".", "..", "a\nb", "x" * 5000])
def test_names_that_are_no_names_are_refused(served, refused, name):
    _, client = served
    refused("INVALID_ARGUMENT", lambda: client.load(name, path="iris.pt"))


def damage(source, target, change):
    data = bytearray(source.read_bytes())
    change(data)
    target.write_bytes(bytes(data))


def entry_ranges(path):
    """Where the data of each entry of an archive lies."""
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            with open(path, "rb") as file:
                file.seek(info.header_offset + 26)
                name, extra = struct.unpack("<HH", file.read(4))
            begin = info.header_offset + 30 + name + extra
            if info.compress_size:
                yield info.filename, begin, begin + info.compress_size


def same_content(one, other, name):
    try:
        with zipfile.ZipFile(one) as a, zipfile.ZipFile(other) as b:
            return a.read(name) == b.read(name)
    except (zipfile.BadZipFile, zlib.error):
        return False


def test_a_flipped_bit_in_any_entry_is_refused(served, refused, tmp_path):
    _, client = served
    good = DEMO / "models" / "iris.pt"
    flipped = tmp_path / "demo" / "digits" / "flipped.pt"
    count = 0
    for name, begin, end in entry_ranges(good):
        for at in {begin, (begin + end) // 2, end - 1}:
            damage(good, flipped, lambda data, at=at: data.__setitem__(at, data[at] ^ 0x10))
            if same_content(good, flipped, name):
                continue  # the padding behind the last bit of a compressed entry: nothing was flipped
            try:
                refused("INVALID_ARGUMENT", lambda: client.load("flipped", path="digits/flipped.pt"), "flipped.pt")
            except BaseException:
                print(f"flipped bit in {name} at {at - begin} of {end - begin}")
                raise
            count += 1
    assert count > 20


def test_truncated_archives_are_refused(served, refused, tmp_path):
    _, client = served
    good = (DEMO / "models" / "iris.pt").read_bytes()
    target = tmp_path / "demo" / "digits" / "cut.pt"
    for size in [0, 1, 4, 100, len(good) // 2, len(good) - 22, len(good) - 1]:
        target.write_bytes(good[:size])
        with pytest.raises(Exception) as caught:
            client.load("cut", path="digits/cut.pt")
        assert caught.value.code().name in ("INVALID_ARGUMENT", "FAILED_PRECONDITION"), caught.value
        assert "cut.pt" in caught.value.details()


def test_files_that_are_no_models_say_what_they_are(served, refused, tmp_path):
    _, client = served
    folder = tmp_path / "demo" / "digits"
    (folder / "text.pt").write_text("hello, I am a text\n")
    refused("FAILED_PRECONDITION", lambda: client.load("text", path="digits/text.pt"), "text.pt")
    torch.save({"epoch": 3, "model": Methods().state_dict()}, folder / "checkpoint.pt")
    refused("FAILED_PRECONDITION", lambda: client.load("c", path="digits/checkpoint.pt"), "checkpoint.pt")
    refused("FAILED_PRECONDITION", lambda: client.load("w", path="digits/digits_state_dict.pth"), "skeleton")
    refused("NOT_FOUND", lambda: client.load("n", path="digits/nothing.pt"), "nothing.pt")


def test_weights_that_do_not_fit_list_every_key(served, refused, tmp_path):
    _, client = served
    folder = tmp_path / "demo" / "digits"
    weights = torch.load(folder / "digits_state_dict.pth", weights_only=True)
    del weights["classifier.1.bias"]
    weights["convolutions.0.weight"] = torch.zeros(16, 1, 5, 5)
    weights["classifier.99.weight"] = torch.zeros(2)
    torch.save(weights, folder / "unfit.pth")
    message = refused("FAILED_PRECONDITION", lambda: client.load(
        "digits", path="digits/unfit.pth", skeleton="digits/1/model.pt", version=2))
    for word in ("classifier.1.bias", "convolutions.0.weight", "classifier.99.weight", "5"):
        assert word in message, message
    assert client.get("digits").version == 1


class Saver(torch.nn.Module):
    def forward(self, x):
        torch.save(x, "/tmp/sconce-was-here")
        return x


class Reader(torch.nn.Module):
    def forward(self, x):
        return x + torch.from_file("/etc/passwd", False, 4, dtype=torch.float32)


@pytest.mark.parametrize("module, word", [(Saver(), "save"), (Reader(), "from_file")])
def test_code_that_reaches_files_is_refused_by_name(served, refused, tmp_path, module, word):
    _, client = served
    script(module, tmp_path / "demo" / "digits" / "hostile.pt")
    refused("FAILED_PRECONDITION", lambda: client.load("hostile", path="digits/hostile.pt"), word, "forward")
    assert not os.path.exists("/tmp/sconce-was-here")


def test_deep_nesting_is_refused(served, refused, tmp_path):
    _, client = served
    folder = tmp_path / "demo" / "digits"
    deep = b"_ = " + b"(" * 20000 + b"1" + b")" * 20000 + b"\n    return"
    changed = 0
    with zipfile.ZipFile(DEMO / "models" / "iris.pt") as source, \
            zipfile.ZipFile(folder / "deep.pt", "w") as target:
        for info in source.infolist():
            data = source.read(info)
            if info.filename.endswith(".py") and b"return" in data:
                data = data.replace(b"return", deep, 1)
                changed += 1
            target.writestr(info.filename, data)
    assert changed
    refused("INVALID_ARGUMENT", lambda: client.load("deep", path="digits/deep.pt"), "nest")


def test_one_bad_model_does_not_keep_the_others_from_serving(models, start, connect, refused):
    shutil.copy(DEMO / "models" / "iris.pt", models)
    (models / "broken.pt").write_bytes(b"PK\x03\x04 and then nothing")
    client = connect(start(models=models))
    states = {model.name: model for model in client.models()}
    assert states["iris"].state == wire.sconce.MODEL_STATE_READY
    assert states["broken"].state == wire.sconce.MODEL_STATE_FAILED and "broken.pt" in states["broken"].reason
    assert client.infer("iris", {"x": GOOD})["output"].shape == (2, 3)
    refused("UNAVAILABLE", lambda: client.infer("broken", {"x": GOOD}), "broken")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_an_unreadable_folder_is_named(start, tmp_path):
    import tempfile
    with tempfile.TemporaryDirectory(dir="/tmp") as base:
        os.chmod(base, 0o755)
        closed = os.path.join(base, "closed")
        os.mkdir(closed, 0o700)
        daemon = start(models=closed, ready=False, user=65534, group=65534, cwd="/")
        assert daemon.wait() not in (0, None)
        assert "closed" in daemon.text() and "permission" in daemon.text().lower(), daemon.text()


def test_inspect_survives_every_bad_file(tmp_path):
    good = (DEMO / "models" / "iris.pt").read_bytes()
    for name, data in {"empty": b"", "text": b"hello", "cut": good[:500], "zip": b"PK\x05\x06" + b"\0" * 18}.items():
        (tmp_path / name).write_bytes(data)
        done = subprocess.run([program("sconce"), "inspect", tmp_path / name], capture_output=True, text=True)
        assert done.returncode in (0, 1), (name, done.returncode, done.stderr)
        assert done.stdout + done.stderr
