#include "server/runtime/input_addresses.h"

#include <charconv>
#include <optional>
#include <string>

#include "absl/strings/str_format.h"

namespace sconce {
namespace {

constexpr std::string_view kPositionPrefix = "INPUT__";

// The element when `name` is the argument itself ("") or a part of it.
std::optional<std::string_view> ElementOf(const Argument& argument, std::string_view name) {
  const std::string& own = argument.spec.name;
  if (name.substr(0, own.size()) != own) return std::nullopt;
  if (name.size() == own.size()) return std::string_view();
  const bool part = HasElements(argument.kind) && name[own.size()] == '.';
  if (!part || name.size() == own.size() + 1) return std::nullopt;
  return name.substr(own.size() + 1);
}

std::optional<InputAddress> FindByName(const Signature& signature, std::string_view name) {
  std::optional<InputAddress> part;
  for (size_t i = 0; i < signature.inputs.size(); ++i) {
    const auto element = ElementOf(signature.inputs[i], name);
    if (!element) continue;
    // An argument of exactly that name ("xs.0" by configuration) wins over the part of another.
    if (element->empty()) return InputAddress{i, *element};
    if (!part) part = InputAddress{i, *element};
  }
  return part;
}

// INPUT__1, INPUT__1.0: the argument's index may be out of range.
std::optional<InputAddress> ParsePosition(std::string_view name) {
  if (name.substr(0, kPositionPrefix.size()) != kPositionPrefix) return std::nullopt;
  const std::string_view rest = name.substr(kPositionPrefix.size());
  const size_t dot = rest.find('.');
  const auto index = ParseIndex(rest.substr(0, dot));
  if (!index || dot + 1 == rest.size()) return std::nullopt;
  if (dot == std::string_view::npos) return InputAddress{*index, {}};
  return InputAddress{*index, rest.substr(dot + 1)};
}

absl::Status CheckPosition(const Signature& signature, const std::string& name,
                           const InputAddress& position) {
  if (position.argument >= signature.inputs.size()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("input %s: there are only %d inputs", name, signature.inputs.size()));
  }
  if (!position.element.empty() && !HasElements(signature.inputs[position.argument].kind)) {
    return absl::InvalidArgumentError(absl::StrFormat("unknown input %s", name));
  }
  return absl::OkStatus();
}

}  // namespace

bool HasElements(ArgumentKind kind) {
  return kind == ArgumentKind::kTensorList || kind == ArgumentKind::kTensorTuple ||
         kind == ArgumentKind::kTensorDict;
}

std::optional<size_t> ParseIndex(std::string_view text) {
  size_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  return index;
}

absl::StatusOr<std::vector<InputAddress>> AddressInputs(const Signature& signature,
                                                        const std::vector<NamedValue>& inputs) {
  std::vector<InputAddress> addresses;
  addresses.reserve(inputs.size());
  const NamedValue* named = nullptr;
  const NamedValue* positional = nullptr;
  for (const NamedValue& input : inputs) {
    auto address = FindByName(signature, input.name);
    (address ? named : positional) = &input;
    if (!address) {
      address = ParsePosition(input.name);
      if (!address) {
        return absl::InvalidArgumentError(absl::StrFormat("unknown input %s", input.name));
      }
      if (absl::Status status = CheckPosition(signature, input.name, *address); !status.ok()) {
        return status;
      }
    }
    addresses.push_back(*address);
  }
  if (named != nullptr && positional != nullptr) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s is a name and %s a position: name all inputs or none", named->name, positional->name));
  }
  return addresses;
}

}  // namespace sconce
