"""What click's own completion gets wrong in bash, zsh and fish, put right.

Names of segments are words with spaces, commas and quotes in them, and options may be written with "=".
"""

from __future__ import annotations

import re
from typing import ClassVar

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ZshComplete,
    add_completion_class,
)


def install() -> None:
    """Take the place of click's."""
    for kind in (Bash, Zsh, Fish):
        add_completion_class(kind)


class Bash(BashComplete):
    """Its script splits names at spaces."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Bash takes the "=" between an option and its value for a word."""
        args, incomplete = super().get_completion_args()
        if incomplete == "=":
            incomplete = ""
        kept = [
            word
            for before, word in zip(["", *args], args, strict=False)
            if not (word == "=" and before.startswith("--"))
        ]
        return kept, incomplete

    def format_completion(self, item: CompletionItem) -> str:
        """A line of type and value."""
        # Once for the command line, and once for the `read` of click's script.
        quoted = re.sub(r"([^\w@%+=:,./-])", r"\\\\\1", item.value)
        return f"{item.type},{quoted}"


class Zsh(ZshComplete):
    """It puts what is offered in the place of the whole word."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """Values with the option that they were begun with."""
        return _whole(super().get_completions(args, incomplete), incomplete)


class Fish(FishComplete):
    """It does as well; and its script cuts what is said of a value at a comma, and sorts it."""

    source_template: ClassVar[str] = """\
function %(complete_func)s;
    set -l response (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp) \\
        COMP_CWORD=(commandline -t) %(prog_name)s);

    for completion in $response;
        set -l offer (string split -m 1 "," -- $completion);

        if test $offer[1] = "dir";
            __fish_complete_directories $offer[2];
        else if test $offer[1] = "file";
            __fish_complete_path $offer[2];
        else if test $offer[1] = "plain";
            echo $offer[2];
        end;
    end;
end;

complete --no-files --keep-order --command %(prog_name)s --arguments "(%(complete_func)s)";
"""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """Values with the option that they were begun with."""
        return _whole(super().get_completions(args, incomplete), incomplete)


def _whole(items: list[CompletionItem], incomplete: str) -> list[CompletionItem]:
    option, given, _ = incomplete.partition("=")
    if not (given and option.startswith("--")):
        return items
    return [
        CompletionItem(f"{option}={item.value}", item.type, item.help)
        if item.type == "plain"
        else item
        for item in items
    ]
