// build_module OUT.pt CLASS ARGUMENTS FILE.py...: what the front end makes of a class, saved as a TorchScript archive
// with the values that __init__ gave its parameters. For tests that compare it with PyTorch.

#include <torch/csrc/jit/api/module.h>

#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "server/frontend/python_source/python_source.h"

int main(int argc, char** argv) {
  if (argc < 5) {
    std::cerr << "usage: build_module OUT.pt CLASS ARGUMENTS FILE.py...\n";
    return 2;
  }
  sconce::PythonSource source;
  source.class_name = argv[2];
  source.arguments = argv[3];
  for (int i = 4; i < argc; ++i) {
    std::ostringstream text;
    text << std::ifstream(argv[i]).rdbuf();
    source.files.push_back({argv[i], text.str()});
  }
  const auto built = sconce::BuildModule(source, {});
  if (!built.ok()) {
    std::cerr << built.status().message() << "\n";
    return 1;
  }
  for (const std::string& note : built->notes) std::cerr << "note: " << note << "\n";
  built->module.save(argv[1]);
  return 0;
}
