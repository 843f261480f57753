"""The figures as Markdown: tables, and the targets with what was reached."""
import datetime
import os
import pathlib
import platform
import re
import subprocess
from dataclasses import dataclass, field

BEGIN, END = "<!-- figures: written by benches/compare --write -->", "<!-- end of figures -->"
OLD = "python-muranoclient"
MIB = 1 << 20


@dataclass
class Figures:
    """Everything that was measured."""

    rows: list = field(default_factory=list)
    starts: dict = field(default_factory=dict)
    commands: list = field(default_factory=list)
    servers: list = field(default_factory=list)
    calls: dict = field(default_factory=dict)
    decoding: dict = field(default_factory=dict)
    floor: object = None

    def services(self):
        return list(dict.fromkeys(row.service for row in self.rows))

    def row(self, service, operation, tool):
        """The row of a tool; `operation` is a part of its title."""
        rows = (row for row in self.rows if (row.service, row.tool) == (service, tool))
        return next(row for row in rows if operation in row.operation)


def table(heads, rows):
    """Markdown; all columns but those of words are aligned to the right."""
    rows = [[str(cell) for cell in row] for row in rows]
    columns = [[row[number] for row in rows] for number in range(len(heads))]
    sides = ["---:" if all(re.match(r"\d", cell) for cell in column) else "---" for column in columns]
    return "\n".join("| " + " | ".join(line) + " |" for line in [heads, sides, *rows])


def duration(seconds):
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f} µs"


def size(count):
    return f"{count / MIB:.1f} MiB"


def times(ratio):
    return f"{ratio:.0f}×" if ratio >= 20 else f"{ratio:.1f}×" if ratio >= 2 else f"{ratio:.2f}×"


def machine():
    information = pathlib.Path("/proc/cpuinfo").read_text()
    processor = re.search(r"^model name\s*: (.*)$", information, flags=re.MULTILINE)
    version = {name: subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()[1]
               for name, words in {"rustc": ["rustc", "--version"], "curl": ["curl", "--version"]}.items()}
    processor = processor.group(1) if processor else platform.machine()
    return (f"{datetime.date.today()}, {os.cpu_count()} × {processor}, {platform.system()} {platform.release()}, "
            f"load {os.getloadavg()[0]:.1f} at the end; rustc {version['rustc']}, curl {version['curl']}, "
            f"{OLD} 2.8.0 on CPython 3.11.")


def comparison(found):
    """One table: each operation, each service, each tool."""
    lines = []
    for row in found.rows:
        ours = found.row(row.service, row.operation, "murano").cost
        ratios = times(row.cost.wall / ours.wall), times(row.cost.cpu / ours.cpu)
        lines.append([row.operation, row.service, row.tool, duration(row.cost.wall), duration(row.cost.cpu),
                      size(row.cost.memory), row.requests, *ratios])
    heads = ["Operation", "Service", "Tool", "Wall", "CPU", "Memory", "Requests", "Wall ÷ murano", "CPU ÷ murano"]
    return table(heads, lines)


def library(found):
    lines = [[at_once, f"{calls.per_second['sdk']:,.0f}", f"{calls.per_second['reqwest']:,.0f}", f"{calls.part * 100:.0f} %",
              f"{calls.allocations['sdk']:.0f}", f"{calls.allocations['reqwest']:.0f}"]
             for at_once, calls in sorted(found.calls.items())]
    calls = table(["At once", "SDK, calls/s", "reqwest, calls/s", "SDK ÷ reqwest", "SDK, allocations per call",
                   "reqwest, allocations per call"], lines)
    words = {"packages": "2,000 packages", "model": "environment with 500 applications", "typed": "types of the SDK",
             "json": "plain JSON"}
    lines = [[words[what], words[how], duration(time), f"{count:,.0f}"] for (what, how), (time, count) in
             ((name.split("_"), figures) for name, figures in found.decoding.items())]
    return f"{calls}\n\n{table(['Answer', 'Read into', 'Time', 'Allocations'], lines)}"


def starts(found):
    lines = [[tool, duration(time), times(time / found.starts["murano"])] for tool, time in found.starts.items()]
    return table(["Tool", "First byte after", "÷ murano"], lines)


def memory(found):
    lines = [[f"`{words[:60]}`", size(count)] for count, words in found.commands[:5]]
    text = f"{len(found.commands)} command lines; the five largest:\n\n{table(['Command', 'Memory'], lines)}"
    if found.servers:
        count, words = found.servers[0]
        text += (f"\n\nOf the {len(found.servers)} with a sandbox inside the process the largest is `{words[:60]}` "
                 f"with {size(count)}.")
    return text


def targets(found):
    """What was aimed at, and what was reached."""
    lines = []

    def add(text, wanted, reached, met):
        lines.append([text, wanted, reached, "met" if met else "**missed**"])

    for service in found.services():
        old, *of_curl = (found.row(service, "env list", tool).cost for tool in (OLD, "curl", "curl, with a login"))
        of_ours = [found.row(service, "env list", tool).cost for tool in ("murano", "murano, with a login")]
        for name, ours, curl in zip(("kept token", "with a login"), of_ours, of_curl):
            title = f"CPU of `env list`, {name}, {service}"
            add(f"{title}: part of {OLD}'s", "≤ 1/50", f"1/{old.cpu / ours.cpu:.0f}", ours.cpu * 50 <= old.cpu)
            add(f"{title}: of curl's", "≤ 2×", times(ours.cpu / curl.cpu), ours.cpu <= 2 * curl.cpu)
        part = of_ours[0].wall / of_curl[0].wall
        add(f"wall time of `env list`, kept token, {service}: of curl's", "≤ 1.1×", times(part), part <= 1.1)
    others = (row.cost.memory for row in found.rows if row.tool.startswith("murano") and not is_transfer(row))
    largest = max(found.commands[0][0], *others)
    add("peak memory of every command that asks a service", "< 15 MiB", size(largest), largest < 15 * MIB)
    largest = max(row.cost.memory for row in found.rows if is_transfer(row))
    add("peak memory of any transfer", "< 40 MiB", size(largest), largest < 40 * MIB)
    parts = {at_once: calls.part for at_once, calls in found.calls.items()}
    least = min(parts, key=parts.get)
    title = f"throughput of the SDK, least at {least} at once: of the HTTP library's"
    add(title, "≥ 90 %", f"{parts[least] * 100:.0f} %", parts[least] >= 0.9)
    for service in found.services():
        ours, theirs = (found.row(service, "30 packages", tool).cost.wall for tool in ("murano", OLD))
        title = f"import of 30 packages, {service}: part of {OLD}'s time"
        add(title, "≤ 1/3", f"1/{theirs / ours:.1f}", ours * 3 <= theirs)
    return table(["What", "Target", "Reached", ""], lines)


def is_transfer(row):
    return row.tool.startswith("murano") and re.search("`package (import|download)", row.operation)


def markdown(found):
    floor = (f"Of the wall time of each process {duration(found.floor.wall)}, and of its CPU {duration(found.floor.cpu)}, "
             "are what any process takes: those of `true`.")
    return "\n\n".join(["## Targets", targets(found), "## Commands", machine(), comparison(found), floor,
                        "## From the command line to the first byte of a request", starts(found),
                        "## Peak memory of every command", memory(found), "## Library", library(found)])


def write(document, text):
    """Replaces what stands between the two markers."""
    whole = document.read_text()
    before, _, rest = whole.partition(BEGIN)
    _, _, after = rest.partition(END)
    document.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
