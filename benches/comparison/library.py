"""The benchmarks of the library: built, run, and read."""
import json
import re
import statistics
import subprocess
from dataclasses import dataclass

from measure import Failed

UNITS = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0}
# As in benches/calls.rs.
CALLS = 256
SIDES = ("sdk", "reqwest")
# Turns of the two sides in each round of the measurements, and what divan measures in one of them. Short turns and
# many of them: what else the machine does then hits both sides alike.
TURNS, SAMPLES = 4, "25"


@dataclass
class Throughput:
    """So many calls at once: of each side the calls per second and the allocations of one call, and the part of the HTTP
    library's calls that the SDK makes."""

    per_second: dict
    allocations: dict
    part: float


def build(root, murano):
    """Builds the benchmarks, and the program where none is given; the executables by their names."""
    if not murano:
        words = ["cargo", "build", "--release", "--locked", "--package", "murano-cli", "--message-format",
                 "json-render-diagnostics"]
        murano = executables(words, root)["murano"]
    names = ["bare", "cloud", "calls", "decode"]
    words = ["cargo", "bench", "--locked", "--package", "murano-sdk", "--no-run", "--message-format",
             "json-render-diagnostics", *(word for name in names for word in ("--bench", name))]
    found = executables(words, root)
    if missing := set(names) - set(found):
        raise Failed(f"not built: {', '.join(sorted(missing))}")
    return {**found, "murano": murano}


def executables(words, root):
    """Runs cargo; what it has built, by the names."""
    built = subprocess.run(words, cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout
    messages = [json.loads(line) for line in built.splitlines()]
    return {message["target"]["name"]: message["executable"] for message in messages if message.get("executable")}


def run(program, *words):
    """The benchmarks with what divan prints of each: pairs of the first column and the medians, line by line."""
    done = subprocess.run([program, "--bench", "--color", "never", *words], check=True, capture_output=True, text=True)
    found = []
    for line in done.stdout.splitlines():
        # The tree of names is drawn with the character that parts the columns.
        line = re.sub(r"^[│ ]*", "", line)
        if named := re.match(r"[├╰]─ (\S+)", line):
            found.append((named.group(1), []))
            line = line[named.end():]
        columns = [column.strip() for column in line.split("│")]
        if found and len(columns) > 3:
            found[-1][1].append((columns[0], columns[2]))
    return {name: lines for name, lines in found if lines[0][1]}


def seconds(lines):
    number, unit = lines[0][1].split()
    return float(number) * UNITS[unit]


def allocated(lines):
    """How often memory was asked for, to begin with or to grow."""
    labels = [label for label, _ in lines]
    return sum(float(lines[labels.index(label) + 1][1]) for label in ("alloc:", "grow:") if label in labels)


def calls(program, rounds):
    """The throughput, by the number at once."""
    times, allocations = {}, {}
    for turn in range(rounds * TURNS):
        # Neither is always the first.
        for side in SIDES if turn % 2 == 0 else SIDES[::-1]:
            for at_once, lines in run(program, f"calls::{side}", "--sample-count", SAMPLES).items():
                times.setdefault(int(at_once), {}).setdefault(side, []).append(seconds(lines))
                allocations.setdefault(int(at_once), {})[side] = allocated(lines) / CALLS
    return {at_once: throughput(measured, allocations[at_once]) for at_once, measured in times.items()}


def throughput(measured, allocations):
    """From the seconds of each turn, by the side. The sides are compared turn by turn, so that a change of the machine's
    speed between two turns is not taken for a difference."""
    ours, theirs = (measured[side] for side in SIDES)
    per_second = {side: CALLS / statistics.median(times) for side, times in measured.items()}
    return Throughput(per_second, allocations, statistics.median(their / our for our, their in zip(ours, theirs)))


def decoding(program):
    """Seconds and allocations for each answer, by its name."""
    return {name: (seconds(lines), allocated(lines)) for name, lines in run(program).items()}
