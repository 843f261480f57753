//! `murano auth`: the tokens that are kept between commands.

mod status;
mod token;

use crate::cx::Cx;

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    Status(status::Args),
    Token(token::Args),
}

pub(crate) async fn run(verb: Verb, cx: &Cx) -> anyhow::Result<()> {
    match verb {
        Verb::Status(args) => status::run(&args, cx),
        Verb::Token(args) => token::run(args, cx).await,
    }
}
