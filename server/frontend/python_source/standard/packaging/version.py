"""Versions that models compare torch's with."""


def _numbers(text):
    numbers = []
    for part in text.split("+")[0].split("."):
        digits = ""
        for letter in part:
            if not letter.isdigit():
                break
            digits += letter
        numbers.append(int(digits) if digits else 0)
    return numbers + [0] * (3 - len(numbers))


class Version:
    def __init__(self, version):
        self.text = version
        self.release = tuple(_numbers(version))
        self.major, self.minor, self.micro = self.release[:3]

    def _of(self, other):
        return (other if isinstance(other, Version) else Version(other)).release

    def __lt__(self, other):
        return self.release < self._of(other)

    def __le__(self, other):
        return self.release <= self._of(other)

    def __gt__(self, other):
        return self.release > self._of(other)

    def __ge__(self, other):
        return self.release >= self._of(other)

    def __eq__(self, other):
        return self.release == self._of(other)

    def __str__(self):
        return self.text


parse = Version
