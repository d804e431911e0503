"""`segport completion`: what a shell reads to complete commands and names."""

from __future__ import annotations

import click


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print what a shell needs to complete commands, options and the workspace's names with tab.

    For bash, put this into ~/.bashrc: eval "$(segport completion bash)"

    For zsh, put this into ~/.zshrc, below compinit: eval "$(segport completion zsh)"

    For fish, put this into ~/.config/fish/config.fish: segport completion fish | source
    """
    from click.shell_completion import get_completion_class

    from tui.cli.root import VARIABLE, root
    from tui.cli.shells import install

    install()
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(root, {}, "segport", VARIABLE).source())
