#include "server/formats/pickle/json_pickle.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace sconce {

using nlohmann::json;

const PickleValue* PickleJson(const json& value, PickleBuilder& builder) {
  switch (value.type()) {
    case json::value_t::boolean:
      return builder.Bool(value.get<bool>());
    case json::value_t::number_integer:
      return builder.Int(value.get<int64_t>());
    case json::value_t::number_unsigned:
      return builder.Unsigned(value.get<uint64_t>());
    case json::value_t::number_float:
      return builder.Float(value.get<double>());
    case json::value_t::string:
      return builder.String(value.get_ref<const std::string&>());
    case json::value_t::array: {
      PickleBuilder::Values items;
      for (const json& item : value) items.push_back(PickleJson(item, builder));
      return builder.List(std::move(items));
    }
    case json::value_t::object: {
      PickleBuilder::Values entries;
      for (const auto& [key, item] : value.items()) {
        entries.push_back(builder.String(key));
        entries.push_back(PickleJson(item, builder));
      }
      return builder.Dict(std::move(entries));
    }
    default:
      return builder.None();
  }
}

}  // namespace sconce
