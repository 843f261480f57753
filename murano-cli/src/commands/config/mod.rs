//! `murano config`: what the program goes by.

mod show;

use crate::cx::Cx;

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    Show(show::Args),
}

pub(crate) fn run(verb: Verb, cx: &Cx) -> anyhow::Result<()> {
    match verb {
        Verb::Show(args) => show::run(&args, cx),
    }
}
