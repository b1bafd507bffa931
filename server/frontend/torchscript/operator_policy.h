// Which operators a model may call. A model computes; it has no business with files, processes or
// the network.

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_OPERATOR_POLICY_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_OPERATOR_POLICY_H_

#include <optional>
#include <string>
#include <string_view>

namespace sconce {

// Why the operator ("aten::save") is refused; nothing when it is allowed. Names within an allowed
// namespace that LibTorch does not have are left to LibTorch, which refuses them by name.
std::optional<std::string> RefusalOfOperator(std::string_view space, std::string_view name);

// The same for native classes ("quantized" of torch.classes.quantized.Conv2dPackedParamsBase).
std::optional<std::string> RefusalOfNativeClass(std::string_view space);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_OPERATOR_POLICY_H_
