// Names and shapes of a model's weights: what a class and a file must agree on.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_STATE_SHAPES_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_STATE_SHAPES_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "server/formats/tensors/stored_tensor.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

using Shapes = std::map<std::string, std::vector<int64_t>>;

Shapes ShapesOf(const std::vector<StoredTensor>& weights);
Shapes ShapesOf(const Value& module);

// Keys that one side lacks, and those of other shapes. One of several names of a tensor is enough:
// safetensors' save_model() writes tied weights once.
size_t CountDifferences(const Value& module, const Shapes& file);

// A line each, the first dozen: "fc.weight is (3, 4) in the file and (3, 8) in Net".
std::vector<std::string> DescribeDifferences(const Value& module, const std::string& class_name,
                                             const Shapes& file);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_STATE_SHAPES_H_
