// A program that only loads LibTorch: what sconced's memory and load times are compared with.
//
//   libtorch_alone          starts up LibTorch, prints "ready", waits for its end of input
//   libtorch_alone FILE N   milliseconds of torch::jit::load alone, N times

#include <torch/script.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 3) {
    if (at::ones({2, 2}).sum().item<float>() != 4) return 1;
    std::puts("ready");
    std::fflush(stdout);
    return std::getchar() == EOF ? 0 : 1;
  }
  std::vector<double> took;
  for (int i = 0; i < std::atoi(argv[2]); ++i) {
    const auto began = std::chrono::steady_clock::now();
    const torch::jit::Module module = torch::jit::load(argv[1], at::kCPU);
    const std::chrono::duration<double, std::milli> elapsed =
        std::chrono::steady_clock::now() - began;
    took.push_back(elapsed.count());
  }
  const double first = took.front();
  std::sort(took.begin(), took.end());
  std::printf("{\"first_ms\": %.3f, \"median_ms\": %.3f}\n", first, took[took.size() / 2]);
  return 0;
}
