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


@dataclass
class Throughput:
    """One side with so many calls at once; the allocations are those of one call."""

    per_second: float
    allocations: float


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
    """Calls per second and allocations per call, by the number at once, then by the side."""
    times, allocations = {}, {}
    # In turns, for what else the machine does.
    for _ in range(rounds):
        for side in SIDES:
            for at_once, lines in run(program, f"calls::{side}").items():
                times.setdefault((int(at_once), side), []).append(seconds(lines))
                allocations[int(at_once), side] = allocated(lines) / CALLS
    found = {}
    for (at_once, side), measured in times.items():
        figures = Throughput(CALLS / statistics.median(measured), allocations[at_once, side])
        found.setdefault(at_once, {})[side] = figures
    return found


def decoding(program):
    """Seconds and allocations for each answer, by its name."""
    return {name: (seconds(lines), allocated(lines)) for name, lines in run(program).items()}
