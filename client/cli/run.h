// `sconce` as a function, so that tests can call it.

#ifndef SCONCE_CLIENT_CLI_RUN_H_
#define SCONCE_CLIENT_CLI_RUN_H_

#include <ostream>

namespace sconce::cli {

// Returns the exit code: 0 done, 1 refused or failed, 2 wrong usage. Answers go to `out`, errors
// to `err`; with --json an error goes to `out` as well, as {"error": {"code", "message"}}. Long
// work shows on `err` how far it is: a bar on a terminal, a line now and then elsewhere.
int Run(int argc, const char* const* argv, std::ostream& out, std::ostream& err,
        bool err_is_terminal = false);

}  // namespace sconce::cli

#endif  // SCONCE_CLIENT_CLI_RUN_H_
