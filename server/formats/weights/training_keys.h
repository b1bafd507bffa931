// What the keys of checkpoints say about what is behind them.

#ifndef SCONCE_SERVER_FORMATS_WEIGHTS_TRAINING_KEYS_H_
#define SCONCE_SERVER_FORMATS_WEIGHTS_TRAINING_KEYS_H_

#include <string_view>

namespace sconce {

// State of an optimizer, a scheduler, a gradient scaler.
bool NamesTrainingState(std::string_view key);
// What training keeps beside the model: random numbers' state, metrics, losses, logs.
bool NamesSideValues(std::string_view key);
// Averages of the weights over the training: "ema", "swa", "teacher". Of keys joined by dots, any.
bool NamesAverages(std::string_view key);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_WEIGHTS_TRAINING_KEYS_H_
