use crate::{cx::Cx, manual::examples, report::Failure};

/// Print the token that calls are made with, for use in other programs
///
/// Whoever has it can do what you can, until it expires or `murano logout` ends it.
#[derive(clap::Args)]
#[command(before_help = examples!("murano auth token"))]
pub(crate) struct Args {}

pub(crate) async fn run(Args {}: Args, cx: &Cx) -> anyhow::Result<()> {
    let info = cx.client()?.token_info().await?;
    let token = info.token.ok_or_else(|| {
        Failure::NotFound(
            "there is no token: neither Keystone nor a token is configured".to_owned(),
        )
    })?;
    Ok(cx.ui().result(&format!("{}\n", token.expose()))?)
}
