// The subcommands of `sconce`, one file each. Add...() declares a subcommand's arguments; when it
// is the one chosen, session.run is set to what it does.

#ifndef SCONCE_CLIENT_CLI_COMMANDS_H_
#define SCONCE_CLIENT_CLI_COMMANDS_H_

#include "client/cli/session.h"

namespace CLI {
class App;
}

namespace sconce::cli {

void AddLoad(CLI::App& app, Session& session);
void AddUnload(CLI::App& app, Session& session);
void AddList(CLI::App& app, Session& session);
void AddShow(CLI::App& app, Session& session);
void AddInfer(CLI::App& app, Session& session);
void AddSave(CLI::App& app, Session& session);
void AddPull(CLI::App& app, Session& session);
void AddConvert(CLI::App& app, Session& session);
void AddInspect(CLI::App& app, Session& session);
void AddBench(CLI::App& app, Session& session);
void AddHealth(CLI::App& app, Session& session);

}  // namespace sconce::cli

#endif  // SCONCE_CLIENT_CLI_COMMANDS_H_
