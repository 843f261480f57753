use crate::{cx::Cx, manual::examples};

/// Forget what an instance stands in maintenance; services from 2020 on
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano maintenance instance-unset web-1",
))]
pub(crate) struct Args {
    /// Id of the instance
    instance: String,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let found = cx.client()?.maintenance().instance(args.instance.as_str());
    found.unset().await?;
    cx.ui().note(format!(
        "constraints of instance {} are forgotten",
        args.instance
    ));
    Ok(())
}
