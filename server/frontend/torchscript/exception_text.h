// What LibTorch's exceptions say, shortened to what an operator can use: the first line of the
// reason, and the line of the model's source that failed.

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_EXCEPTION_TEXT_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_EXCEPTION_TEXT_H_

#include <exception>
#include <string>
#include <string_view>

namespace sconce {

// "mat1 and mat2 shapes cannot be multiplied (2x5 and 4x3) (model.py:12 in forward: return
// self.fc(x))"
std::string ReasonOf(const std::exception& error);

// The same of the text of an exception.
std::string ReasonOf(std::string_view text);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_EXCEPTION_TEXT_H_
