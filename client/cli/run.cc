#include "client/cli/run.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "client/cli/commands.h"

namespace sconce::cli {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;

void AddGlobals(CLI::App& app, Session& session) {
  app.add_option("--server", session.server, "Address of the daemon")
      ->type_name("HOST:PORT")
      ->take_last()
      ->capture_default_str();
  app.add_flag("--json", session.json, "Answer as JSON, for programs");
  app.add_option("--timeout", session.timeout_seconds,
                 "Give up after so many seconds; 0: never (default 60; load, save and pull: never)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 1e6).description(""));
}

// The first line of a status: messages of the daemon may have several.
int Report(const absl::Status& status, const Session& session, std::ostream& err) {
  if (status.ok()) return 0;
  const std::string message(status.message());
  if (session.json) {
    session.PrintJson(nlohmann::ordered_json{
        {"error", {{"code", absl::StatusCodeToString(status.code())}, {"message", message}}}});
  }
  err << "sconce: " << message << "\n";
  return kFailed;
}

}  // namespace

int Run(int argc, const char* const* argv, std::ostream& out, std::ostream& err,
        bool err_is_terminal) {
  Session session;
  session.out = &out;
  session.err = &err;
  session.err_is_terminal = err_is_terminal;
  CLI::App app("sconce: talk to a sconced daemon, and look into model files", "sconce");
  app.require_subcommand(1);
  app.set_version_flag("--version", "sconce " SCONCE_VERSION);
  // --server and --json may stand behind the subcommand too.
  app.fallthrough();
  AddGlobals(app, session);
  AddLoad(app, session);
  AddUnload(app, session);
  AddList(app, session);
  AddShow(app, session);
  AddInfer(app, session);
  AddSave(app, session);
  AddPull(app, session);
  AddConvert(app, session);
  AddInspect(app, session);
  AddBench(app, session);
  AddHealth(app, session);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    app.exit(help, out, err);
    return 0;
  } catch (const CLI::ParseError& error) {
    err << "sconce: " << error.what() << "\nsconce --help, or sconce COMMAND --help, says more.\n";
    return kUsage;
  }
  return Report(session.run(session), session, err);
}

}  // namespace sconce::cli
