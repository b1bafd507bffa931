// What the engine knows, in the words of sconce.v1. Pure functions.

#ifndef SCONCE_SERVER_RPC_MODEL_MESSAGES_H_
#define SCONCE_SERVER_RPC_MODEL_MESSAGES_H_

#include "proto/sconce/v1/model_server.pb.h"
#include "server/repository/repository.h"

namespace sconce {

v1::ModelVersion ModelVersionOf(const ModelInfo& info);

Repository::LoadRequest LoadRequestOf(const v1::LoadModelRequest& request);

}  // namespace sconce

#endif  // SCONCE_SERVER_RPC_MODEL_MESSAGES_H_
