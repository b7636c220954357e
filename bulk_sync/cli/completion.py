"""`bulk-sync completion`: what a shell needs to complete commands, options, files and the names of runs."""

from __future__ import annotations

import os

import click
from click.shell_completion import CompletionItem, ShellComplete, add_completion_class, get_completion_class

from bulk_sync.cli import COMPLETION
from bulk_sync.cli.output import say

SHELLS = ("bash", "zsh", "fish", "powershell")

_POWERSHELL = """\
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $env:%(complete_var)s = "powershell_complete"
    $env:COMP_WORDS = ($commandAst.CommandElements | ForEach-Object { $_.ToString() }) -join "`n"
    $env:COMP_WORD = $wordToComplete
    %(prog_name)s | ForEach-Object {
        $type, $value, $help = $_ -split "`t", 3
        if ($type -eq "file" -or $type -eq "dir") {
            [System.Management.Automation.CompletionCompleters]::CompleteFilename($wordToComplete)
        } else {
            if (-not $help) { $help = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, "ParameterValue", $help)
        }
    }
    Remove-Item Env:%(complete_var)s, Env:COMP_WORDS, Env:COMP_WORD
}
"""


class _PowerShell(ShellComplete):
    """PowerShell, which click does not know: words in COMP_WORDS, one a line, the unfinished one in COMP_WORD."""

    name = "powershell"
    source_template = _POWERSHELL

    def get_completion_args(self) -> tuple[list[str], str]:
        words, unfinished = os.environ["COMP_WORDS"].split("\n"), os.environ.get("COMP_WORD", "")
        return (words[1:-1] if unfinished else words[1:]), unfinished

    def format_completion(self, item: CompletionItem) -> str:
        return f"{item.type}\t{item.value}\t{item.help or ''}"


add_completion_class(_PowerShell)


@click.command("completion", short_help="Print the completion script for your shell.")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    r"""Print what a shell needs to complete bulk-sync's commands, options and run names.

    \b
    bash:        echo 'eval "$(bulk-sync completion bash)"' >> ~/.bashrc
    zsh:         echo 'eval "$(bulk-sync completion zsh)"' >> ~/.zshrc
    fish:        bulk-sync completion fish > ~/.config/fish/completions/bulk-sync.fish
    powershell:  bulk-sync completion powershell >> $PROFILE
    """
    found = get_completion_class(shell)
    if found is not None:
        say(found(context.find_root().command, {}, "bulk-sync", COMPLETION).source())
