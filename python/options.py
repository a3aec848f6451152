"""How a workload reads its arguments from the command line."""

from __future__ import annotations

import re
from typing import Dict, List, NoReturn, Optional, Sequence


class UsageError(Exception):
    """A command line that cannot be understood; it exits with status 2."""


class Options:
    """The words --ARGUMENT VALUE …; each argument is taken once, then finish() tells what was wrong."""

    def __init__(self, program: str, words: Sequence[str]) -> None:
        """Pair the words; raises UsageError if they are not pairs."""
        self._program = program  # the name that messages begin with
        self._given: Dict[str, str] = {}  # what has not been taken yet, in the order of the words
        self._known: List[str] = []  # what has been asked for
        self._missing: List[str] = []  # what was required but not given
        self._wrong: List[str] = []  # what is wrong with the values
        for i in range(0, len(words), 2):
            name = words[i]
            if not name.startswith("--") or name == "--" or "=" in name:
                self.fail(f"expected --ARGUMENT VALUE, got '{name}'")
            if i + 1 == len(words) or words[i + 1].startswith("--"):
                self.fail(f"argument {name}: expected a value")
            if name in self._given:
                self.fail(f"argument {name}: expected once, got twice")
            self._given[name] = words[i + 1]
        self._given.setdefault("--workers", "1")  # the only one that may be left out

    def natural(self, name: str, minimum: int, maximum: int) -> int:
        """Take an argument that is a whole number within bounds; they are below 2**53, as the result is."""
        text = self._take(name)
        if text is None:
            return minimum
        if not (text.isascii() and text.isdigit()):
            self._refuse(name, "a whole number from 0", f"'{text}'")
            return minimum
        number = float(text)  # which, unlike int, reads any number of digits
        if number < minimum:
            self._refuse(name, f"at least {minimum}", text)
        elif number > maximum:
            self._refuse(name, f"at most {maximum}", text)
        return int(min(number, maximum))

    def url(self, name: str) -> str:
        """Take an argument that is the address of a server."""
        text = self._take(name)
        if text is not None and not re.fullmatch(r"http://[0-9A-Za-z.-]+:[0-9]{1,5}(/[!-~]*)?", text):
            self._refuse(name, "http://ADDRESS:PORT[/PREFIX]", f"'{text}'")
        return text or ""

    def text(self, name: str) -> str:
        """Take an argument that is a text of at least one character."""
        text = self._take(name)
        if text == "":
            self._refuse(name, "a text", "''")
        return text or ""

    def choice(self, name: str, *valid: str) -> str:
        """Take an argument that is one of the valid words."""
        text = self._take(name)
        if text is not None and text not in valid:
            self._refuse(name, f"one of {', '.join(valid)}", f"'{text}'")
        return text or ""

    def finish(self) -> None:
        """Raise UsageError if words were left over, required ones were missing, or a value was wrong."""
        for name in self._given:
            self.fail(f"no argument '{name}': expected one of {', '.join(self._known)}")
        if self._missing:
            self.fail(f"the following arguments are required: {', '.join(self._missing)}")
        for problem in self._wrong:
            self.fail(problem)

    def fail(self, message: str) -> NoReturn:
        """End with a usage error of the program."""
        raise UsageError(f"{self._program}: {message}")

    def _take(self, name: str) -> Optional[str]:
        word = "--" + name
        self._known.append(word)
        if word not in self._given:
            self._missing.append(word)
        return self._given.pop(word, None)

    def _refuse(self, name: str, expected: str, got: str) -> None:
        self._wrong.append(f"argument --{name}: expected {expected}, got {got}")
