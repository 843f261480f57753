//! `murano completion`: scripts for shells.

use crate::{completion::Shell, cx::Cx, manual::examples};

/// Print the script that makes a shell complete commands, options and names
///
/// Save it where the shell looks for such scripts; nothing has to be evaluated when a shell starts:
///
///   bash        ~/.local/share/bash-completion/completions/murano
///   zsh         _murano in a folder of $fpath, such as /usr/local/share/zsh/site-functions
///   fish        ~/.config/fish/completions/murano.fish
///   elvish      ~/.config/elvish/lib/murano.elv, and a line `use murano` in rc.elv
///   PowerShell  a line `. ~/murano.ps1` in $PROFILE
///
/// Names of environments, templates, packages, categories and instances are those that commands have met: they are
/// kept in a small file for each login, so that the prompt never waits for a cloud.
#[derive(clap::Args)]
#[command(
    verbatim_doc_comment,
    before_help = examples!(
        "murano completion bash | install -D /dev/stdin ~/.local/share/bash-completion/completions/murano",
        "murano completion fish | install -D /dev/stdin ~/.config/fish/completions/murano.fish",
    )
)]
pub(crate) struct Args {
    /// Shell to print it for
    shell: Shell,
}

pub(crate) fn run(args: &Args, cx: &Cx) -> anyhow::Result<()> {
    Ok(cx.ui().result(args.shell.script())?)
}
