#!/usr/bin/python3
"""Every command and every option of the help is offered by both completion scripts, at its place."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

CTL = os.environ["POSHUBCTL"]
HERE = os.path.dirname(os.path.abspath(__file__))

def ctl(*words):
    return subprocess.run([CTL, *words], text=True, stdout=subprocess.PIPE, check=True).stdout


def options_in(text):
    return set(re.findall(r"^  (--[a-z-]+)", text, re.M))


def commands():
    """[("stock", "set"), ("status",), ..] as the overview of the help lists them."""
    overview = ctl("help").split("\nAn OBJECT")[0].split("\n\n", 2)[2]
    entries = [re.match(r"  (\S+)(?: (\S+))? ", line) for line in overview.splitlines() if line]
    return [tuple(word for word in entry.groups() if word) for entry in entries]


def by_bash(script, *typed):
    """What bash offers behind these words."""
    words = " ".join(("poshubctl", *typed, "''"))
    ask = (f"{script}\nCOMP_WORDS=({words}); COMP_CWORD={len(typed) + 1}; _poshubctl\n"
           'printf "%s\\n" "${COMPREPLY[@]}"')
    out = subprocess.run(["bash", "-c", ask], text=True, stdout=subprocess.PIPE, check=True)
    return set(out.stdout.split())


def by_zsh(script, *typed):
    """The same of zsh, each with its description: word -> text. Its own function for showing them
    is replaced, and so is the one that would bind the script to the line editor."""
    words = " ".join(("poshubctl", *typed, "''"))
    ask = ('compdef() { : }; _files() { : }\n'
           '_describe() { local list=${@[-1]}; print -rl -- ${(P)list} }\n'
           f"{script}\nwords=({words}); CURRENT={len(typed) + 2}; _poshubctl")
    out = subprocess.run(["zsh", "-f", "-c", ask], text=True, stdout=subprocess.PIPE, check=True)
    return dict(line.split(":", 1) for line in out.stdout.splitlines())


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.commands = commands()
        cls.options = {c: options_in(ctl("help", *c)) for c in cls.commands}

    def shells(self):
        yield "bash", by_bash
        if shutil.which("zsh"):
            yield "zsh", by_zsh

    def test_the_help_is_read_right(self):
        self.assertIn(("stock", "sold-out"), self.commands)
        self.assertIn(("status",), self.commands)
        self.assertGreater(len(self.commands), 40)
        self.assertIn("--physical", self.options["stock", "set"])

    def test_the_shells_take_the_scripts(self):
        for shell, _ in self.shells():
            subprocess.run([shell, "-n"], input=ctl("completion", shell), text=True, check=True)

    def test_every_command_is_offered(self):
        for shell, offered in self.shells():
            script = ctl("completion", shell)
            first = offered(script)
            for group in {c[0] for c in self.commands}:
                self.assertIn(group, first, shell)
                verbs = {c[1] for c in self.commands if c[0] == group and len(c) > 1}
                if verbs:
                    self.assertEqual(verbs, {w for w in offered(script, group) if w[0] != "-"},
                                     (shell, group))

    def test_every_option_is_offered_behind_its_command(self):
        for shell, offered in self.shells():
            script = ctl("completion", shell)
            for command, options in self.options.items():
                self.assertEqual(options, {w for w in offered(script, *command) if w[0] == "-"},
                                 (shell, command))

    def test_words_and_options_in_between_do_not_confuse(self):
        for shell, offered in self.shells():
            script = ctl("completion", shell)
            self.assertIn("--physical", offered(script, "--socket", "x", "--json", "stock", "set",
                                                "1001"), shell)

    def test_zsh_says_what_a_word_does(self):
        if not shutil.which("zsh"):
            self.skipTest("zsh is not installed")
        offered = by_zsh(ctl("completion", "zsh"), "stock")
        self.assertEqual(offered["show"], "one object's row")

    def test_what_is_installed_asks_the_program(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/poshubctl", "w", encoding="ascii") as f:
                f.write(f'#!/bin/sh\nexec {CTL} "$@"\n')
            os.chmod(f.name, 0o755)
            for shell, offered in self.shells():
                with open(f"{HERE}/../completion.{shell}", encoding="ascii") as f:
                    script = f.read()
                if shell == "zsh": # to which the file is the body of the function
                    script = f"_poshubctl() {{\n{script}}}"
                script = f"PATH={folder}:$PATH\n{script}"
                self.assertIn("sold-out", offered(script, "stock"), shell)


if __name__ == "__main__":
    unittest.main()
