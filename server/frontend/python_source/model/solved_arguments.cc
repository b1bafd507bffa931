#include "server/frontend/python_source/model/solved_arguments.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "server/frontend/python_source/interpreter/classes.h"

namespace sconce::python {
namespace {

constexpr size_t kMostUnknowns = 4;
constexpr int64_t kSmallNumbers = 16;
constexpr size_t kMostSizes = 40;
constexpr size_t kImpossible = std::numeric_limits<size_t>::max();

// The sizes that most of the weights have, and what counts layers.
std::vector<int64_t> CandidatesIn(const Shapes& weights) {
  std::map<int64_t, size_t> uses;
  for (const auto& [name, shape] : weights) {
    for (const int64_t size : shape) ++uses[size];
  }
  std::vector<std::pair<size_t, int64_t>> ranked;
  for (const auto& [size, count] : uses) ranked.emplace_back(count, size);
  std::sort(ranked.rbegin(), ranked.rend());
  std::set<int64_t> candidates;
  for (size_t i = 0; i < std::min(ranked.size(), kMostSizes); ++i) {
    if (ranked[i].second > 0) candidates.insert(ranked[i].second);
  }
  for (int64_t small = 1; small <= kSmallNumbers; ++small) candidates.insert(small);
  return {candidates.begin(), candidates.end()};
}

Arguments WithNumbers(Arguments arguments, const std::vector<std::string>& names,
                      const std::vector<int64_t>& numbers) {
  for (size_t i = 0; i < names.size(); ++i) arguments.keywords.emplace_back(names[i], numbers[i]);
  return arguments;
}

class Solver {
 public:
  Solver(Interpreter& interpreter, const Value& callee, const Arguments& given,
         const std::vector<std::string>& missing, const Shapes& weights, uint64_t budget)
      : interpreter_(interpreter),
        attempt_(interpreter),
        budget_(budget),
        callee_(callee),
        given_(given),
        missing_(missing),
        weights_(weights),
        candidates_(CandidatesIn(weights)),
        numbers_(missing.size(), candidates_.back()) {}

  uint64_t spent() const { return attempt_.steps() + trials_ * StepsOfTrial(); }

  std::optional<std::vector<int64_t>> Solve() {
    // One number after the other, each as near to the weights as it gets; each round may help the
    // next.
    for (size_t round = 0; round <= missing_.size(); ++round) {
      size_t worst = 0;
      bool are_alone = true;
      for (size_t i = 0; i < missing_.size(); ++i) {
        const Choice choice = Choose(i);
        worst = std::max(worst, choice.differences);
        if (choice.differences == kImpossible) continue;
        numbers_[i] = choice.number;
        are_alone &= choice.is_alone;
      }
      // Each was the only one to fit beside the others: the weights say all of them.
      if (worst == 0) return are_alone && IsOnly() ? std::optional(numbers_) : std::nullopt;
      if (spent() > budget_) return std::nullopt;
    }
    return std::nullopt;
  }

 private:
  struct Choice {
    int64_t number = 0;
    size_t differences = kImpossible;
    bool is_alone = true;
  };

  Choice Choose(size_t i) {
    Choice choice;
    const int64_t before = numbers_[i];
    for (const int64_t candidate : candidates_) {
      if (spent() > budget_) return {};
      numbers_[i] = candidate;
      const size_t differences = Differences();
      if (differences == choice.differences) choice.is_alone = false;
      if (differences < choice.differences) choice = {candidate, differences, true};
    }
    numbers_[i] = before;
    return choice;
  }

  // What is near, and what has the same sum or product, fits no more: not heads * width, and not a
  // size of which only the tenth part counts.
  bool IsOnly() {
    const std::vector<int64_t> found = numbers_;
    const auto fits = [&](size_t i, int64_t a, size_t j, int64_t b) {
      numbers_ = found;
      numbers_[i] = a;
      numbers_[j] = b;
      const bool is_other = numbers_ != found && a > 0 && b > 0;
      const bool fit = is_other && Differences() == 0;
      numbers_ = found;
      return fit;
    };
    for (size_t i = 0; i < found.size(); ++i) {
      const int64_t a = found[i];
      for (const int64_t near : {a - 2, a - 1, a + 1, a + 2, a * 2, a / 2}) {
        if (fits(i, near, i, near)) return false;
      }
      for (size_t j = 0; j < found.size(); ++j) {
        const int64_t b = found[j];
        if (j == i) continue;
        if (fits(i, a + 1, j, b - 1) || fits(i, b, j, a)) return false;
        for (const int64_t factor : {2, 3, 5, 7}) {
          if (b % factor == 0 && fits(i, a * factor, j, b / factor)) return false;
        }
      }
    }
    return spent() <= budget_;
  }

  size_t Differences() {
    if (spent() > budget_) return kImpossible;
    ++trials_;
    const auto module = interpreter_.Call(callee_, WithNumbers(given_, missing_, numbers_));
    if (!module.ok() || !IsModule(*module)) return kImpossible;
    return CountDifferences(*module, weights_);
  }

  // Comparing names and shapes is work too.
  uint64_t StepsOfTrial() const { return 100 + weights_.size() * 4; }

  Interpreter& interpreter_;
  Interpreter::Attempt attempt_;
  const uint64_t budget_;
  uint64_t trials_ = 0;
  const Value& callee_;
  const Arguments& given_;
  const std::vector<std::string>& missing_;
  const Shapes& weights_;
  const std::vector<int64_t> candidates_;
  std::vector<int64_t> numbers_;
};

}  // namespace

std::optional<SolvedModule> SolveArguments(Interpreter& interpreter, const Value& callee,
                                           const Arguments& given,
                                           const std::vector<std::string>& missing,
                                           const Shapes& weights, uint64_t& budget) {
  if (missing.empty() || missing.size() > kMostUnknowns || weights.empty()) return std::nullopt;
  std::optional<std::vector<int64_t>> numbers;
  {
    Solver solver(interpreter, callee, given, missing, weights, budget);
    numbers = solver.Solve();
    budget -= std::min(budget, solver.spent());
  }
  if (!numbers.has_value()) return std::nullopt;
  auto module = interpreter.Call(callee, WithNumbers(given, missing, *numbers));
  if (!module.ok()) return std::nullopt;
  SolvedModule solved{*std::move(module), {}};
  for (size_t i = 0; i < missing.size(); ++i) {
    solved.numbers.emplace_back(missing[i], (*numbers)[i]);
  }
  return solved;
}

}  // namespace sconce::python
