// How long it takes to have the tensors of a file in memory, against the least that could be asked:
// reading the file once from the page cache and copying it once.
//
//   sconce_read_weights FILE ROUNDS    one line of JSON; the rounds take turns, the middle counts

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "server/formats/libtorch/tensor_memory.h"
#include "server/formats/weights/weights_file.h"

namespace {

double Seconds(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

double Middle(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

double ReadAndCopy(const std::string& path) {
  const auto began = std::chrono::steady_clock::now();
  const int fd = open(path.c_str(), O_RDONLY);
  const off_t size = lseek(fd, 0, SEEK_END);
  const std::unique_ptr<char[]> read_to(new char[static_cast<size_t>(size)]);
  for (off_t at = 0; at < size;) {
    const ssize_t got = pread(fd, read_to.get() + at, static_cast<size_t>(size - at), at);
    if (got <= 0) Fail("can't read " + path);
    at += got;
  }
  close(fd);
  const std::unique_ptr<char[]> copy(new char[static_cast<size_t>(size)]);
  std::memcpy(copy.get(), read_to.get(), static_cast<size_t>(size));
  // Somebody has to look at it, or nothing is copied.
  volatile char last = copy[static_cast<size_t>(size) - 1];
  (void)last;
  return Seconds(began);
}

double ReadWeights(const std::string& path) {
  const auto began = std::chrono::steady_clock::now();
  auto file = sconce::WeightsFile::Open(path, {});
  if (!file.ok()) Fail(std::string(file.status().message()));
  sconce::TensorReader reader;
  std::vector<at::Tensor> tensors;
  for (const sconce::StoredTensor& stored : (*file)->tensors()) {
    auto tensor = reader.Read(stored);
    if (!tensor.ok()) Fail(std::string(tensor.status().message()));
    tensors.push_back(*std::move(tensor));
  }
  if (!(*file)->Digest().ok()) Fail("no digest of " + path);
  return Seconds(began);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) Fail("usage: sconce_read_weights FILE ROUNDS");
  const std::string path = argv[1];
  std::vector<double> ours;
  std::vector<double> least;
  ReadWeights(path);  // into the page cache
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const long peak_kib = usage.ru_maxrss;
  for (int i = 0; i < std::atoi(argv[2]); ++i) {
    least.push_back(ReadAndCopy(path));
    ours.push_back(ReadWeights(path));
  }
  std::printf("{\"seconds\": %.4f, \"read_and_copy_seconds\": %.4f, \"peak_kib\": %ld}\n",
              Middle(ours), Middle(least), peak_kib);
}
