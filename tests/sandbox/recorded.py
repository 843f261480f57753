#!/usr/bin/env python3
"""Compares the answers of a running sandbox with those recorded from a real Murano, member by member.

Usage: recorded.py CLOUDS_YAML [FOLDER]. The sandbox's answers stay in the folder when one is named.
"""
import dataclasses
import json
import pathlib
import re
import sys
import tempfile

tests = pathlib.Path(__file__).resolve().parents[1]
sys.dont_write_bytecode = True
sys.path.insert(0, str(tests / "real-murano/recording"))

import scenes  # noqa: E402
from tape import Tape, Tidy  # noqa: E402
from wire import Site  # noqa: E402


@dataclasses.dataclass
class Exclusion:
    """What is not compared, and why. What `old` matches is replaced before the comparison."""

    what: str
    why: str
    place: str
    """Matches the place in the case, such as `action-result.body.isException`."""
    old: str
    new: str
    met: int = 0
    """How many values it was found in, on both sides."""

    def apply(self, place, text):
        if not re.search(self.place, place):
            return text
        text, count = re.subn(self.old, self.new, text)
        self.met += count > 0
        return text


# The values are JSON texts: strings have their quotes, and a line ends with a backslash and an n.
# Ids, request ids, tokens, addresses and server paths are replaced by the recorder already, and
# consistently: which of them are the same is compared. So is the order of every list but the three
# that the recorder sorts, because the server has no order for them.
EXCLUSIONS = [
    Exclusion("times", "calls are made when they are made; that there is a time, and how it is written, is compared",
              r"", r"20\d\d-\d\d-\d\d([T ])\d\d:\d\d:\d\d", r"0000-00-00\g<1>00:00:00"),
    Exclusion("durations", "seconds since a deployment",
              r"^instance-statistics-.*\.duration$", r"^\d+$", "<seconds>"),
    Exclusion("load", "figures of a host and of the calls it happened to get; that they are numbers is compared",
              r"^stats\..*\.(\w+_count|\w+_per_second|cpu_percent|average_response_time)$",
              r"^\d+(\.\d+)?(e-?\d+)?$", "<number>"),
    Exclusion("calls of each project", "as above; how many projects there are, and how they are written, is compared",
              r"^stats\..*\.requests_per_tenant$", r": \d+", ": <number>"),
    Exclusion("frames", "files and lines of Python and MuranoPL on the server, where the sandbox has none",
              r"", r'(Traceback \(most recent call last\):)\\n.*"$', r'\g<1>"'),
    Exclusion("words of the YAML parser", "another parser complains in other words about the same file",
              r"^error-400-package-upload-manifest-not-yaml\.body\.message$",
              r"(Unable to load due to ').*('<br />)", r"\g<1><complaint>\g<2>"),
]


def leaves(value, place):
    """All values that are not containers, and empty containers, as JSON texts by their places."""
    if isinstance(value, dict) and value:
        for key, member in value.items():
            yield from leaves(member, f"{place}.{key}")
    elif isinstance(value, list) and value:
        for at, item in enumerate(value):
            yield from leaves(item, f"{place}[{at}]")
    else:
        yield place, json.dumps(value, ensure_ascii=False)


def flat(name, case):
    """A case as texts by place, without what is excluded."""
    response = case["response"]
    compared = {
        "route": case["route"],
        "request": case["request"],
        "status": response["status"],
        "headers": response["headers"],
        "body_is": response.get("body_is", "json"),
        "body": response["body"],
    }
    texts = {}
    for place, text in leaves(compared, name):
        for exclusion in EXCLUSIONS:
            text = exclusion.apply(place, text)
        texts[place] = text
    # The ids are counted again, without those that went with a traceback.
    tidy = Tidy([])
    return {place: tidy.text(text) for place, text in texts.items()}


def differences(real, imitated):
    for place in real | imitated:
        if real.get(place) != imitated.get(place):
            yield f"{place}\n      real:    {real.get(place)}\n      sandbox: {imitated.get(place)}"


def answers_of(clouds, folder):
    site = Site(clouds)
    tape = Tape(pathlib.Path(folder), site, "/nonexistent")
    scenes.play(site, tape)
    tape.write()
    return tape.recorded


def main(clouds, folder=None):
    with tempfile.TemporaryDirectory() as scratch:
        imitated = answers_of(clouds, folder or scratch)
    real = {path.stem: json.loads(path.read_text()) for path in sorted((tests / "data/recorded").glob("*.json"))}
    passed = failed = values = 0
    for name in sorted(real | imitated):
        if name in real and name in imitated:
            expected = flat(name, real[name])
            values += len(expected)
            found = list(differences(expected, flat(name, imitated[name])))
        else:
            found = [f"{name} is {'not recorded' if name not in real else 'not answered'}"]
        passed, failed = (passed + 1, failed) if not found else (passed, failed + 1)
        for difference in found:
            print(f"WRONG {difference}")
    print(f"{len(real)} exchanges with {values} values; left out of them:")
    for exclusion in EXCLUSIONS:
        print(f"  {exclusion.what} ({exclusion.met // 2}): {exclusion.why}")
        if not exclusion.met:
            print("WRONG there are none: remove the exclusion")
            failed += 1
    print(f"test result: {'ok' if not failed else 'FAILED'}. {passed} passed; {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
