"""Public clients of gRPC's standard services: reflection and health."""

import shutil

import grpc
import numpy as np
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from daemon import DEMO


@pytest.fixture(scope="module")
def channel(serve):
    daemon = serve({}, prepare=lambda folder: shutil.copy(DEMO / "models" / "iris.pt", folder))
    with grpc.insecure_channel(daemon.grpc) as channel:
        yield channel


def test_reflection_lists_every_service(channel):
    services = set(ProtoReflectionDescriptorDatabase(channel).get_services())
    assert services >= {"inference.GRPCInferenceService", "sconce.v1.ModelServer", "grpc.health.v1.Health",
                        "grpc.reflection.v1alpha.ServerReflection"}


@pytest.mark.parametrize("service, method", [("inference.GRPCInferenceService", "ModelInfer"),
                                             ("sconce.v1.ModelServer", "Infer")])
def test_a_client_that_knows_only_reflection_can_infer(channel, service, method):
    pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    call = pool.FindServiceByName(service).FindMethodByName(method)
    request = GetMessageClass(call.input_type)(model_name="iris")
    x = np.load(DEMO / "heldout" / "iris_inputs.npy")
    request.inputs.add(name="x", datatype="FP32", shape=x.shape)
    request.raw_input_contents.append(x.tobytes())
    answer = channel.unary_unary(f"/{service}/{method}", request_serializer=lambda m: m.SerializeToString(),
                                 response_deserializer=GetMessageClass(call.output_type).FromString)(request, timeout=30)
    expected = np.load(DEMO / "heldout" / "iris_expected.npy")
    got = np.frombuffer(answer.raw_output_contents[0], np.float32).reshape(expected.shape)
    assert np.abs(got - expected).max() <= 1e-5


def test_reflection_describes_every_method(channel):
    pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    names = {m.name for m in pool.FindServiceByName("sconce.v1.ModelServer").methods}
    assert names == {"Infer", "LoadModel", "UnloadModel", "ListModels", "GetModel", "SaveCheckpoint",
                     "PullCheckpoint"}


def test_health_answers_check_and_watch(channel):
    health = health_pb2_grpc.HealthStub(channel)
    serving = health_pb2.HealthCheckResponse.SERVING
    assert health.Check(health_pb2.HealthCheckRequest(), timeout=10).status == serving
    assert next(health.Watch(health_pb2.HealthCheckRequest(), timeout=10)).status == serving
    with pytest.raises(grpc.RpcError) as caught:
        health.Check(health_pb2.HealthCheckRequest(service="no.such.Service"), timeout=10)
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND


def test_an_unknown_method_is_unimplemented(channel):
    with pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary("/sconce.v1.ModelServer/Nothing")(b"", timeout=10)
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED
