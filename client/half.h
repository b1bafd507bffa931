// The two 16-bit floating point formats, which C++20 has no types for.

#ifndef SCONCE_CLIENT_HALF_H_
#define SCONCE_CLIENT_HALF_H_

#include <cstdint>

namespace sconce {

// IEEE 754 binary16 (FP16). Rounds to the nearest, ties to even; beyond 65504 + half a step comes
// infinity. Straight from double: a detour over float could round twice.
uint16_t HalfFromDouble(double value);
float FloatFromHalf(uint16_t bits);

// The upper half of a float (BF16). Rounds to the nearest, ties to even.
uint16_t Bfloat16FromFloat(float value);
float FloatFromBfloat16(uint16_t bits);

}  // namespace sconce

#endif  // SCONCE_CLIENT_HALF_H_
