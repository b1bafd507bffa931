// SHA-256 of data that comes in pieces.

#ifndef SCONCE_SERVER_FORMATS_IO_SHA256_H_
#define SCONCE_SERVER_FORMATS_IO_SHA256_H_

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace sconce {

// Confined to one thread.
class Sha256 {
 public:
  static absl::StatusOr<Sha256> Start();

  absl::Status Add(std::string_view bytes);
  // Hexadecimal. Ends the computation.
  absl::StatusOr<std::string> Finish();

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const;
  };
  using Context = std::unique_ptr<EVP_MD_CTX, Free>;

  explicit Sha256(Context context) : context_(std::move(context)) {}

  Context context_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_IO_SHA256_H_
