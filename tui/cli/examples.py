"""An example for every command, shown under its `--help`; a test reads each as the shell would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLES: Final[dict[str, Sequence[str]]] = {
    "init": ["segport init newsletter"],
    "segment list": ["segport segment list --json"],
    "segment show": ["segport segment show customers --sample 5"],
    "segment rows": ["segport segment rows customers --after 100 --limit 20"],
    "segment growth": ["segport segment growth customers"],
    "connection list": ["segport connection list"],
    "connection add": [
        "segport connection add Autopilot --key-file ~/autopilot.key --agree",
        "segport connection add Autopilot --key-file - --agree --usable-by contributors",
    ],
    "connection show": ["segport connection show autopilot"],
    "connection lists": ["segport connection lists Autopilot"],
    "connection test": ["segport connection test autopilot"],
    "connection edit": ["segport connection edit autopilot --rate 10 --limit 50000"],
    "connection key": ["segport connection key autopilot --key-file ~/new.key"],
    "connection withdraw": ["segport connection withdraw autopilot --yes"],
    "connection remove": ["segport connection remove autopilot --detach"],
    "export list": ["segport export list --json"],
    "export show": ["segport export show weekly"],
    "export add": [
        "segport export add Weekly --connection Autopilot --segment customers",
        'segport export add Win --connection Autopilot --segment "Win back=Won" --field Email=mail',
    ],
    "export edit": ["segport export edit weekly --field Phone=tel --guard adds=1000"],
    "export duplicate": ["segport export duplicate weekly --name Monthly"],
    "export attach": ["segport export attach weekly autopilot"],
    "export detach": ["segport export detach weekly monthly"],
    "export pause": ["segport export pause weekly"],
    "export unpause": ["segport export unpause weekly"],
    "export plan": ["segport export plan weekly", "segport export plan weekly --full --json"],
    "export preview": ["segport export preview weekly"],
    "export run": [
        "segport export run weekly --limit 10",
        "segport export run weekly --detach",
    ],
    "export reset": ["segport export reset weekly"],
    "export remove": ["segport export remove weekly"],
    "run list": ["segport run list --export weekly --since 7d --state failed"],
    "run show": ["segport run show 12 --plan"],
    "run watch": ["segport run watch 12"],
    "run approve": ["segport run approve 12"],
    "run cancel": ["segport run cancel 12", "segport run cancel 12 --force"],
    "run resume": ["segport run resume 12"],
    "run rejects": ["segport run rejects 12 --csv rejects.csv"],
    "run excluded": ["segport run excluded 12 --csv -"],
    "run requests": ["segport run requests 12 --trouble"],
    "run request": ["segport run request 12 3", "segport run request 12 3 --curl"],
    "run retry": ["segport run retry 12 --plan", "segport run retry 12"],
    "run totals": ["segport run totals --days 30 --export weekly"],
    "why": ["segport why ann@example.com"],
    "forget": ["segport forget ann@example.com --look", "segport forget ann@example.com"],
    "retention show": ["segport retention show"],
    "retention set": ["segport retention set --plans 90 --rejects 90 --logs off"],
    "retention apply": ["segport retention apply --dry-run"],
    "schedule set": [
        "segport schedule set weekly --at 06:00 --weekly mon,thu --zone Europe/Berlin",
        'segport schedule set weekly --every "4 h"',
        "segport schedule set weekly monthly --off",
    ],
    "schedule show": ["segport schedule show weekly"],
    "schedule refresh": ["segport schedule refresh --at 05:00 --daily"],
    "schedule due": ["segport schedule due"],
    "schedule run": ["segport schedule run"],
    "alert list": ["segport alert list --all"],
    "alert acknowledge": ["segport alert acknowledge weekly --kind rejects"],
    "alert show": ["segport alert show"],
    "alert set": [
        "segport alert set --email ops@example.com --from me@example.com --server smtp.example.com",
        "segport alert set --user segport --password-file ~/smtp.password",
        "segport alert set --webhook https://hooks.example.com/{secret} --token-file ~/hook.token",
        "segport alert set --on failed --on guard --on 'did not start'",
    ],
    "alert test": ["segport alert test email"],
    "operator list": ["segport operator list"],
    "serve-operator": ["segport --workspace /srv/segport/workspace serve-operator alice"],
    "operator add": [
        "segport operator add alice --role administrator --key alice.pub",
        "segport operator add @marketing --role contributor",
    ],
    "operator role": ["segport operator role ann administrator"],
    "operator remove": ["segport operator remove ann"],
    "audit list": ["segport audit list --who ann --since 7d"],
    "audit verify": ["segport audit verify", "segport audit verify --known 41:8d3f..."],
    "sandbox": ["segport sandbox"],
    "sandbox modes": ["segport sandbox modes", "segport sandbox --mode bulk_map=false"],
    "sandbox show": ["segport sandbox show --email ann@example.com"],
    "demo": ["segport demo", "segport demo --headless"],
    "completion": ['eval "$(segport completion bash)"'],
    "keys": ["segport keys", "segport keys --json"],
    "doctor": ["segport doctor"],
}


def show_examples(command: click.Command, path: str) -> None:
    """Put the examples under the help of a command, and of those under it."""
    told = EXAMPLES.get(path)
    if told and command.epilog is None:
        word = "Example:" if len(told) == 1 else "Examples:"
        # click's mark for lines that are not to be filled up.
        command.epilog = "\b\n" + "\n".join([word, *(f"  {line}" for line in told)])
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            show_examples(each, f"{path} {name}")
