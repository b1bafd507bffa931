#include "server/frontend/python_source/interpreter/numbers.h"

#include <cmath>
#include <cstdint>

#include "server/frontend/python_source/interpreter/python_error.h"

namespace sconce::python {
namespace {

int64_t IntegerOf(const Value& value) {
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? 1 : 0;
  return std::get<int64_t>(value);
}

absl::Status Overflow() { return Raised("OverflowError", "an integer of more than 64 bits"); }

absl::Status ZeroDivision() { return Raised("ZeroDivisionError", "division by zero"); }

int64_t FloorDivide(int64_t a, int64_t b) {
  const int64_t quotient = a / b;
  return quotient - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

absl::StatusOr<Value> IntegerPower(int64_t base, int64_t exponent) {
  if (exponent < 0) return std::pow(static_cast<double>(base), static_cast<double>(exponent));
  int64_t result = 1;
  while (exponent > 0) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) return Overflow();
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) return Overflow();
  }
  return result;
}

absl::StatusOr<Value> IntegerBinary(BinaryOperator op, int64_t a, int64_t b) {
  int64_t result = 0;
  switch (op) {
    case BinaryOperator::kAdd:
      if (__builtin_add_overflow(a, b, &result)) return Overflow();
      return result;
    case BinaryOperator::kSubtract:
      if (__builtin_sub_overflow(a, b, &result)) return Overflow();
      return result;
    case BinaryOperator::kMultiply:
      if (__builtin_mul_overflow(a, b, &result)) return Overflow();
      return result;
    case BinaryOperator::kDivide:
      if (b == 0) return ZeroDivision();
      return static_cast<double>(a) / static_cast<double>(b);
    case BinaryOperator::kFloorDivide:
    case BinaryOperator::kModulo:
      if (b == 0) return ZeroDivision();
      if (b == -1) {
        if (op == BinaryOperator::kModulo) return int64_t{0};
        return IntegerBinary(BinaryOperator::kSubtract, 0, a);
      }
      if (op == BinaryOperator::kFloorDivide) return FloorDivide(a, b);
      return a - b * FloorDivide(a, b);
    case BinaryOperator::kPower:
      return IntegerPower(a, b);
    case BinaryOperator::kBitAnd:
      return a & b;
    case BinaryOperator::kBitOr:
      return a | b;
    case BinaryOperator::kBitXor:
      return a ^ b;
    case BinaryOperator::kLeftShift:
      if (b < 0 || b > 62 || __builtin_mul_overflow(a, int64_t{1} << b, &result)) return Overflow();
      return result;
    case BinaryOperator::kRightShift:
      if (b < 0) return Raised("ValueError", "negative shift count");
      return b > 63 ? (a < 0 ? int64_t{-1} : int64_t{0}) : a >> b;
    default:
      return Raised("TypeError", "numbers have no matrix product");
  }
}

// As Python's float_divmod: (a // b) * b + a % b is a as nearly as floats can be.
bool DiffersInSign(double rest, double b) { return rest != 0 && (rest < 0) != (b < 0); }

double FloatModulo(double a, double b) {
  const double rest = std::fmod(a, b);
  return DiffersInSign(rest, b) ? rest + b : rest;
}

double FloatFloorDivide(double a, double b) {
  const double rest = std::fmod(a, b);
  const double quotient = (a - rest) / b - (DiffersInSign(rest, b) ? 1 : 0);
  const double whole = std::floor(quotient);
  return quotient - whole > 0.5 ? whole + 1 : whole;
}

absl::StatusOr<Value> FloatBinary(BinaryOperator op, double a, double b) {
  switch (op) {
    case BinaryOperator::kAdd:
      return a + b;
    case BinaryOperator::kSubtract:
      return a - b;
    case BinaryOperator::kMultiply:
      return a * b;
    case BinaryOperator::kDivide:
      if (b == 0) return ZeroDivision();
      return a / b;
    case BinaryOperator::kFloorDivide:
      if (b == 0) return ZeroDivision();
      return FloatFloorDivide(a, b);
    case BinaryOperator::kModulo:
      if (b == 0) return ZeroDivision();
      return FloatModulo(a, b);
    case BinaryOperator::kPower:
      return std::pow(a, b);
    default:
      return Raised("TypeError", "floats have no such operator");
  }
}

}  // namespace

absl::StatusOr<Value> NumberBinary(BinaryOperator op, const Value& left, const Value& right) {
  if (Is<double>(left) || Is<double>(right))
    return FloatBinary(op, NumberOf(left), NumberOf(right));
  const bool logical = op == BinaryOperator::kBitAnd || op == BinaryOperator::kBitOr ||
                       op == BinaryOperator::kBitXor;
  auto result = IntegerBinary(op, IntegerOf(left), IntegerOf(right));
  if (result.ok() && logical && Is<bool>(left) && Is<bool>(right)) {
    return std::get<int64_t>(*result) != 0;
  }
  return result;
}

bool NumberCompare(CompareOperator op, const Value& left, const Value& right) {
  const auto compare = [op](auto a, auto b) {
    switch (op) {
      case CompareOperator::kEqual:
        return a == b;
      case CompareOperator::kNotEqual:
        return a != b;
      case CompareOperator::kLess:
        return a < b;
      case CompareOperator::kLessEqual:
        return a <= b;
      case CompareOperator::kGreater:
        return a > b;
      default:
        return a >= b;
    }
  };
  if (Is<double>(left) || Is<double>(right)) return compare(NumberOf(left), NumberOf(right));
  return compare(IntegerOf(left), IntegerOf(right));
}

}  // namespace sconce::python
