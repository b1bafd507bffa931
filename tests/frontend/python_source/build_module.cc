// build_module JOBS.json: what the front end makes of Python classes, each saved as a TorchScript
// archive with the values that __init__ gave its parameters. For suites that compare them with
// PyTorch.
//
// JOBS: [{"out": "x.pt", "class": "Net", "init": "{...}", "define": {"a.b": "1"}, "files":
// ["model.py"]}], or with "stored": "whole.pth", a pickled model, instead of a class, or with
// "weights": "net.pth", which class and arguments have to fit. Prints one line of JSON for each:
// {"ok": true, "notes": [...], "seconds": 0.1} or
// {"ok": false, "error": "..."}.

#include <torch/csrc/jit/api/module.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "server/base/status_macros.h"
#include "server/formats/weights/weights_file.h"
#include "server/frontend/python_source/python_source.h"

namespace {

using nlohmann::json;

std::string ReadAll(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

absl::StatusOr<sconce::BuiltModule> Build(const sconce::PythonSource& source,
                                          const std::string& stored, const std::string& file) {
  if (!file.empty()) {
    SCONCE_ASSIGN_OR_RETURN(const auto weights, sconce::WeightsFile::Open(file, {}));
    return sconce::BuildModule(source, weights->tensors(), weights->torch_file());
  }
  if (stored.empty()) return sconce::BuildModule(source, {});
  SCONCE_ASSIGN_OR_RETURN(const auto weights, sconce::WeightsFile::Open(stored, {}));
  if (weights->module() == nullptr) return absl::FailedPreconditionError("no pickled model");
  return sconce::BuildStoredModule(source, *weights->torch_file(), *weights->module());
}

json Run(const json& job) {
  sconce::PythonSource source;
  source.class_name = job.value("class", "");
  source.arguments = job.value("init", "");
  source.definitions = job.value("define", std::map<std::string, std::string>());
  for (const std::string path : job["files"]) source.files.push_back({path, ReadAll(path)});
  const auto began = std::chrono::steady_clock::now();
  const auto built = Build(source, job.value("stored", ""), job.value("weights", ""));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (!built.ok()) return {{"ok", false}, {"error", built.status().message()}};
  try {
    built->module.save(job["out"].get<std::string>());
  } catch (const std::exception& error) {
    return {{"ok", false}, {"error", std::string("save: ") + error.what()}};
  }
  return {{"ok", true}, {"notes", built->notes}, {"seconds", took.count()}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: build_module JOBS.json\n";
    return 2;
  }
  for (const json& job : json::parse(std::ifstream(argv[1]))) {
    std::cout << Run(job).dump(-1, ' ', false, json::error_handler_t::replace) << std::endl;
  }
  return 0;
}
