"""Methods of str, each with the text as its first argument."""


def rfind(text, sub):
    for i in range(len(text) - len(sub), -1, -1):
        if text[i : i + len(sub)] == sub:
            return i
    return -1


def index(text, sub):
    at = text.find(sub)
    if at < 0:
        raise ValueError("substring not found")
    return at


def rindex(text, sub):
    at = rfind(text, sub)
    if at < 0:
        raise ValueError("substring not found")
    return at


def partition(text, sep):
    at = text.find(sep)
    return (text, "", "") if at < 0 else (text[:at], sep, text[at + len(sep) :])


def rpartition(text, sep):
    at = rfind(text, sep)
    return ("", "", text) if at < 0 else (text[:at], sep, text[at + len(sep) :])


def rsplit(text, sep=None, maxsplit=-1):
    parts = text.split(sep)
    if maxsplit < 0 or len(parts) <= maxsplit + 1:
        return parts
    kept = len(parts) - maxsplit
    return [(" " if sep is None else sep).join(parts[:kept])] + parts[kept:]


def splitlines(text):
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def zfill(text, width):
    sign = text[:1] if text[:1] in ("+", "-") else ""
    return sign + "0" * (width - len(text)) + text[len(sign) :]


def ljust(text, width, fillchar=" "):
    return text + fillchar * (width - len(text))


def rjust(text, width, fillchar=" "):
    return fillchar * (width - len(text)) + text


def center(text, width, fillchar=" "):
    missing = width - len(text) if width > len(text) else 0
    left = missing // 2 + (missing & width & 1)
    return fillchar * left + text + fillchar * (missing - left)


def swapcase(text):
    return "".join([c.lower() if c.isupper() else c.upper() for c in text])


def removeprefix(text, prefix):
    return text[len(prefix) :] if text.startswith(prefix) else text


def removesuffix(text, suffix):
    return text[: len(text) - len(suffix)] if suffix and text.endswith(suffix) else text


def islower(text):
    return text == text.lower() and text != text.upper()


def isupper(text):
    return text == text.upper() and text != text.lower()


def isspace(text):
    return len(text) > 0 and text.strip() == ""
