// Python's arithmetic on known numbers.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_NUMBERS_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_NUMBERS_H_

#include "absl/status/statusor.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// Both are bool, int or float. Integers stay within 64 bits: beyond is an OverflowError.
absl::StatusOr<Value> NumberBinary(BinaryOperator op, const Value& left, const Value& right);
bool NumberCompare(CompareOperator op, const Value& left, const Value& right);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_NUMBERS_H_
