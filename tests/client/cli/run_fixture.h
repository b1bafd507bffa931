// `sconce` in the test's own process, with a daemon to talk to.

#ifndef SCONCE_TESTS_CLIENT_CLI_RUN_FIXTURE_H_
#define SCONCE_TESTS_CLIENT_CLI_RUN_FIXTURE_H_

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "client/cli/run.h"
#include "tests/client/fake_model_server.h"

namespace sconce::testing {

class RunFixture : public ::testing::Test {
 protected:
  void SetUp() override { server_.models["iris"] = IrisModel(); }

  int Sconce(const std::vector<std::string>& arguments) {
    std::vector<const char*> argv{"sconce", "--server", address_.c_str()};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    std::ostringstream out;
    std::ostringstream err;
    const int code = cli::Run(static_cast<int>(argv.size()), argv.data(), out, err);
    out_ = out.str();
    err_ = err.str();
    return code;
  }

  nlohmann::json Json() const { return nlohmann::json::parse(out_); }

  FakeModelServer server_;
  std::string address_ = server_.address();
  std::string out_;
  std::string err_;
};

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_CLIENT_CLI_RUN_FIXTURE_H_
