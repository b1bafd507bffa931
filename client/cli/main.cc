#include <unistd.h>

#include <iostream>

#include "client/cli/run.h"

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  const int code = sconce::cli::Run(argc, argv, std::cout, std::cerr, ::isatty(STDERR_FILENO) == 1);
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "sconce: the answer could not be written\n";
    return 1;
  }
  return code;
}
