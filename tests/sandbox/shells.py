"""Types lines with a tab at the prompt of a shell and looks at the command that comes of them.

Usage: shells.py PROGRAM CLOUDS FOLDER

The shell finds a `murano` that answers completion with PROGRAM, and writes down what else it is called
with. So what counts is the command that the shell runs, not how its screen looks.
"""

import os
import pty
import resource
import select
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time

PROGRAM, CLOUDS, FOLDER = sys.argv[1:]
SCRIPTS = os.path.join(os.getcwd(), "completions")
# Others may give such names to what everybody sees.
EVIL = "odd: $(touch ran) `touch ran` \\n \"q\" 'r' ; touch ran"
# What is typed up to the tab, and what has to be run.
LINES = [
    ("murano categ\tlist", "category list"),
    ("murano env sh\t", "env show"),
    ("murano env create fair --regi\tR", "env create fair --region R"),
    ("murano env list --format js\t", "env list --format json"),
    ("murano env show dep\t", "env show depot"),
    ("murano environment-sh\tshop", "environment-show shop"),
    ("murano environment-show dep\t", "environment-show depot"),
    ("murano env show my\t", "env show my shop"),
    ("murano env show od\t", "env show " + EVIL),
    ("murano env show 'od\t", "env show " + EVIL),
    ('murano env show "od\t', "env show " + EVIL),
    ("murano --os-cloud sandbox-alt env show ot\t", "--os-cloud sandbox-alt env show other"),
    ("murano template create t --app mod\t", "template create t --app model.json"),
    ("murano nonsense x\t", "nonsense x"),
]
# How long a tab may take, in seconds of the processor: a wall clock would measure the other tests, too.
LONGEST = 0.05


class Shell:
    """A shell at a terminal of its own."""

    def __init__(self, arguments, environment):
        self.name = arguments[0]
        self.calls = os.path.join(FOLDER, "calls-" + self.name)
        environment = environment | {"CALLS": self.calls}
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(environment["HOME"])
            os.execvpe(arguments[0], arguments, environment)
        self.seen = b""
        self.told = []
        self.passed = 0

    def rest(self, longest):
        """Reads until nothing has come for a while."""
        end, quiet = time.time() + longest, 0.25
        while time.time() < end:
            ready, _, _ = select.select([self.terminal], [], [], quiet)
            if not ready:
                return
            try:
                self.seen += os.read(self.terminal, 65536)
            except OSError:
                return

    def type(self, text):
        os.write(self.terminal, text.encode())

    def line(self, text):
        """What `murano` is called with when this line is typed."""
        before = self.called()
        for part in filter(None, text.replace("\t", "\t\0").split("\0")):
            self.type(part)
            self.rest(3)
        self.type("\r")
        for _ in range(100):
            self.rest(0.1)
            after = self.called()
            if len(after) > len(before):
                return after[-1]
        return None

    def called(self):
        """The command lines so far, without the program."""
        try:
            with open(self.calls, encoding="utf-8") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def play(self):
        """Types all lines, and remembers what is not as it has to be."""
        select.select([self.terminal], [], [], 10)
        self.rest(3)
        for typed, wanted in LINES:
            # Where it has to add quotes it asks first.
            asks = self.name == "elvish" and (" my" in typed or "od\t" in typed)
            got = self.line(typed + "\0\r" if asks else typed)
            if got == wanted:
                self.passed += 1
            else:
                screen = self.seen[-600:].decode(errors="replace")
                self.told.append(f"{typed!r} became {got!r}, not {wanted!r}\n{screen}")
        # What elvish says itself where nothing can be offered.
        seen = self.seen.replace(b"no candidates", b"").lower()
        for word in [b"not found", b"exception", b"panic", b"no such file"]:
            if word in seen:
                self.told.append(f"shows an error\n{seen.decode(errors='replace')}")

    def end(self):
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.terminal)


def write(path, text):
    path = os.path.join(FOLDER, "home", path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def install(script, path):
    os.makedirs(os.path.dirname(os.path.join(FOLDER, "home", path)), exist_ok=True)
    shutil.copy(os.path.join(SCRIPTS, script), os.path.join(FOLDER, "home", path))


def bash():
    install("murano.bash", "murano.bash")
    return ["bash", "--noprofile", "--rcfile", write("bashrc", "PS1='$ '; . ~/murano.bash\n"), "-i"]


def zsh():
    install("_murano", "functions/_murano")
    write(".zshrc", "PS1='$ '\nfpath=(~/functions $fpath)\nautoload -Uz compinit && compinit -u -D\n")
    return ["zsh", "-d", "-i"]


def fish():
    install("murano.fish", ".config/fish/completions/murano.fish")
    write(".config/fish/config.fish", "function fish_prompt; echo -n '$ '; end\nset -g fish_greeting\n")
    return ["fish", "-i"]


def elvish():
    install("murano.elv", ".config/elvish/lib/murano.elv")
    write(".config/elvish/rc.elv", "use murano\n")
    return ["elvish"]


def environment():
    home = os.path.join(FOLDER, "home")
    programs = os.path.join(FOLDER, "programs")
    os.makedirs(programs, exist_ok=True)
    stand_in = os.path.join(programs, "murano")
    with open(stand_in, "w", encoding="utf-8") as file:
        file.write(
            "#!/bin/sh\n"
            f'if [ "$1" = __complete ]; then exec {shlex.quote(PROGRAM)} "$@"; fi\n'
            'printf "%s\\n" "$*" >>"$CALLS"\n'
        )
    os.chmod(stand_in, 0o755)
    return {
        "HOME": home,
        "PATH": programs + ":/usr/local/bin:/usr/bin:/bin",
        "TERM": "xterm",
        "LANG": "C.UTF-8",
        "OS_CLOUD": "sandbox",
        "OS_CLIENT_CONFIG_FILE": os.path.abspath(CLOUDS),
    }


def prepare(env):
    """Makes what there is to complete."""
    write("model.json", "{}")
    for arguments in [
        ["env", "create", "shop"],
        ["env", "create", "depot"],
        ["env", "create", "my shop"],
        ["env", "create", EVIL],
        ["--os-cloud", "sandbox-alt", "env", "create", "other"],
    ]:
        subprocess.run([PROGRAM, *arguments], env=env, check=True, stdout=subprocess.DEVNULL)


def fastest(env):
    """Seconds of the processor that the fastest of some answers takes."""
    spent = []
    for _ in range(10):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ask = [PROGRAM, "__complete", "bash", "murano env show dep", ""]
        answer = subprocess.run(ask, env=env, check=True, stdout=subprocess.PIPE, text=True)
        assert answer.stdout == "words\ndepot\n", answer.stdout
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent)


def main():
    env = environment()
    os.makedirs(env["HOME"], exist_ok=True)
    prepare(env)
    passed, failed = 0, 0
    seconds = fastest(env)
    print(f"an answer takes {seconds * 1000:.0f} ms")
    passed, failed = passed + (seconds < LONGEST), failed + (seconds >= LONGEST)
    shells = []
    for arguments in [bash(), zsh(), fish(), elvish()]:
        if shutil.which(arguments[0]):
            shells.append(Shell(arguments, env))
        else:
            print(f"{arguments[0]} is not installed: skipped")
    threads = [threading.Thread(target=shell.play) for shell in shells]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if os.path.exists(os.path.join(env["HOME"], "ran")):
        failed += 1
        print("a part of a name was run")
    for shell in shells:
        shell.end()
        print(f"{shell.name}: {shell.passed} lines")
        passed, failed = passed + shell.passed, failed + len(shell.told)
        for text in shell.told:
            print(f"{shell.name}: {text}")
    print(f"test result: {passed} passed; {failed} failed")
    sys.exit(failed > 0)


main()
