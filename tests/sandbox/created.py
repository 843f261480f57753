#!/usr/bin/env python3
"""Compares the packages that two clients make of the same files, and what they say where they refuse.

Usage: created.py CLOUDS_YAML OLD_CLIENT NEW_CLIENT. Compared are the names and contents of all files and the
values of the manifest. Not compared: how the archive is packed, times, and the logo that neither was given.
"""
import ast
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

import yaml

FILES = {
    "classes/Shop.yaml": "Namespaces: {=: com.example.shop, std: io.murano}\nName: Shop\nExtends: std:Application\n"
                         "Methods: {deploy: {Body: [Return: !yaql $.name]}}\n",
    "classes/sub/Till.yaml": "Namespaces: {=: com.example.shop}\nName: Till\nExtends: Drawer\n",
    "classes/Drawer.yaml": "Namespaces: {=: com.example.shop}\nName: Drawer\n",
    "list/Shop.yaml": "Namespaces: {=: a, std: io.murano}\nName: Shop\nExtends: [std:Object, std:Application]\n",
    "library/Tool.yaml": "Namespaces: {=: com.example, o: com.other}\nName: o:Tool\n",
    "bare/Tool.yaml": "Name: Tool\n",
    "documents/Both.yaml": "Namespaces: {=: a}\nName: One\n---\nName: Two\n",
    "unnamed/Tool.yaml": "Namespaces: {=: com.example}\n",
    "broken/Tool.yaml": "Name: [\n",
    "two/A.yaml": "Namespaces: {=: a, std: io.murano}\nName: A\nExtends: std:Application\n",
    "two/B.yaml": "Namespaces: {=: a, std: io.murano}\nName: B\nExtends: std:Application\n",
    "resources/scripts/run.sh": "#!/bin/sh\n",
    "resources/empty": "",
    "form.yaml": "Version: 2\nApplication: {?: {type: com.example.shop.Shop}}\nForms: []\n",
    "logo.png": "\x89PNG\r\n\x1a\n",
    "my-heat_template.yaml": "heat_template_version: 2013-05-23\ndescription: |\n  A \"thing\":\n  two lines\n"
                             "parameters: {size: {type: number}}\nresources: {}\n",
    "plain.template": "resources: {}\n",
    "text.yaml": "just text\n",
}
TEMPLATE = ("--template", "my-heat_template.yaml")
SHOP = ("-c", "classes", "-u", "form.yaml")
LIBRARY = ("-c", "library", "--type", "Library")

# What both make, and both refuse in the same words.
SAME = [
    SHOP,
    (*SHOP, "-r", "resources", "-l", "logo.png", "-n", "My shop", "--description", "Sells: things", "--tags", "a", "yes"),
    (*SHOP, "-f", "com.example.Other", "-a", "No: one", "--type", "Application"),
    (*SHOP, "--type", "Library", "-n", "1.0", "--description", ""),
    ("-c", "list", "-u", "form.yaml", "-l", "nowhere.png"),
    (*LIBRARY, "-f", "com.example.Tools", "-n", "Tools"),
    TEMPLATE,
    (*TEMPLATE, "-r", "resources", "-l", "logo.png", "--tags", "a", "-a", "me", "--description", "x"),
    (*TEMPLATE, "--name", "my cool-APP", "-u", "nowhere", "--type", "Nonsense"),
    (*TEMPLATE, "--full-name", "a.b.C"),
    ("-t", "plain.template"),
    (),
    (*SHOP, *TEMPLATE),
    ("-c", "nowhere", "--type", "Library", "-f", "a.b"),
    ("-c", "empty", "--type", "Library", "-f", "a.b"),
    ("-c", "unnamed", "--type", "Library", "-f", "a.b"),
    ("-c", "broken", "--type", "Library", "-f", "a.b"),
    ("-c", "two", "-u", "form.yaml"),
    LIBRARY,
    ("-c", "library"),
    ("-c", "classes"),
    ("-c", "classes", "-u", "nowhere"),
    ("-c", "classes", "--type", "Nonsense"),
    (*SHOP, "-r", "form.yaml"),
    (*TEMPLATE, "-r", "nowhere"),
    ("-t", "nowhere"),
    ("-t", "classes/Shop.yaml.not"),
    ("-t", "broken/Tool.yaml"),
]
# What the old client does wrong: arguments, what is wrong with what it does, and whether ours makes a package.
BETTER = [
    ((*LIBRARY, "-f", "com.example.Tools"), "null for the name, which no server takes", True),
    (("-c", "classes/", "-u", "form.yaml"), "file names without their first letter", True),
    (("-c", "bare", "--type", "Library", "-f", "a.b"), "a crash for a class without namespaces", True),
    (("-c", "documents", "--type", "Library", "-f", "a.b"), "one class a file only", True),
    (("-c", "two", "-u", "form.yaml", "-f", "a.B"), "one application class even where the name is given", True),
    ((*SHOP, "-d", "Sells"), "a log of its requests for a description", True),
    (("-t", "text.yaml"), "a crash for a template that is a text", False),
]


class Client:
    def __init__(self, program, variables, folder):
        self.program, self.variables, self.folder = program, variables, folder

    def create(self, arguments, name):
        """Whether it succeeded, what it said, and the archive."""
        out = self.folder / name
        command = [self.program, "package-create", *arguments, "-o", str(out)]
        done = subprocess.run(command, env=self.variables, cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=180)
        said = [line for line in done.stdout.splitlines() if not line.endswith("\x1b[00m")]
        said = "\n".join(said) + done.stderr.strip()
        if re.match(r"b['\"]", said):
            said = ast.literal_eval(said).decode()
        return done.returncode == 0, said.replace(str(out), "OUT"), out


def content(archive, has_logo):
    """The files of a package; the manifest as data."""
    with zipfile.ZipFile(archive) as package:
        files = {name: package.read(name) for name in package.namelist()}
    files["manifest.yaml"] = yaml.safe_load(files["manifest.yaml"])
    if not has_logo:
        # Each has one of its own, and the old one has none for templates whose logo is missing.
        files.pop("logo.png", None)
    return files


def difference(old, new, arguments, number):
    """What is not the same, or nothing."""
    did, said, old_out = old.create(arguments, f"old-{number}.zip")
    does, says, new_out = new.create(arguments, f"new-{number}.zip")
    if (did, said) != (does, says):
        return f"old: {did} {said!r}\n      new: {does} {says!r}"
    if not did:
        return new_out.exists() and "an archive of a package that was refused"
    has_logo = "logo.png" in arguments
    was, now = content(old_out, has_logo), content(new_out, has_logo)
    return was != now and f"old: {was}\n      new: {now}"


def improvement(old, new, arguments, makes, number):
    """What is not as it should be, or nothing."""
    did, said, old_out = old.create(arguments, f"old-{number}.zip")
    does, says, new_out = new.create(arguments, f"new-{number}.zip")
    if does != makes:
        return f"new: {does} {says!r}"
    if said == says and (not does or content(old_out, False) == content(new_out, False)):
        return f"no difference any more: {said!r}"
    if does:
        checked = subprocess.run([new.program, "package", "check", str(new_out)], env=new.variables,
                                 capture_output=True, text=True)
        return checked.returncode and checked.stdout
    return None


def main(clouds, old_program, new_program):
    text = pathlib.Path(clouds).read_text()
    login = dict(re.findall(r"^\s+(\w+): (\S+)$", text.split("sandbox-demo2")[0], flags=re.MULTILINE))
    variables = {key: value for key, value in os.environ.items() if not key.startswith(("OS_", "MURANO_"))}
    variables |= {f"OS_{key.upper()}": value for key, value in login.items()} | {"PYTHONWARNINGS": "ignore"}
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(2) as pool:
        folder = pathlib.Path(scratch).resolve()
        for name, written in FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(written, encoding="latin-1")
        (folder / "empty").mkdir()
        old, new = Client(old_program, variables, folder), Client(new_program, variables, folder)
        todo = [(arguments, "", pool.submit(difference, old, new, arguments, number))
                for number, arguments in enumerate(SAME)]
        todo += [(arguments, f": not {wrong}", pool.submit(improvement, old, new, arguments, makes, len(SAME) + number))
                 for number, (arguments, wrong, makes) in enumerate(BETTER)]
        failed = 0
        for arguments, wrong, check in todo:
            found = check.result()
            failed += bool(found)
            print("WRONG" if found else "ok   ", "package-create", *arguments, wrong)
            if found:
                print(f"      {found}")
    print(f"test result: {'ok' if not failed else 'FAILED'}. {len(todo) - failed} passed; {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
