//! `murano sandbox`: an imitated cloud on this computer.

mod demo;
mod reset;
mod serve;

use crate::cx::Cx;

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    Demo(demo::Args),
    Reset(reset::Args),
    Serve(serve::Args),
}

pub(crate) async fn run(verb: Verb, cx: &Cx) -> anyhow::Result<()> {
    match verb {
        Verb::Demo(args) => demo::run(args, cx).await,
        Verb::Reset(args) => reset::run(args, cx).await,
        Verb::Serve(args) => serve::run(args, cx).await,
    }
}
