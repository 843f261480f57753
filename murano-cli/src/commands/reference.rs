//! `murano reference`: docs/reference.md.

use crate::{cx::Cx, manual::markdown};

/// Print the reference of all commands, as Markdown
#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args, cx: &Cx) -> anyhow::Result<()> {
    let text = markdown::reference();
    Ok(cx.ui().result(&text)?)
}
