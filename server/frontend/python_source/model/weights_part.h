// A file may hold more than the model: the state of Lightning's module has its network's weights
// under "model.", that of AveragedModel under "module.", beside a counter.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_WEIGHTS_PART_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_WEIGHTS_PART_H_

#include <string>
#include <vector>

#include "server/frontend/python_source/model/state_shapes.h"

namespace sconce::python {

struct WeightsPart {
  std::string name;  // "model": of the weights whose names begin with "model."
  Shapes shapes;     // by their names without it
};

// The parts that may be a model: those with half of all weights or more, and such parts of these.
std::vector<WeightsPart> PartsOf(const Shapes& weights);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_WEIGHTS_PART_H_
