use crate::{cx::Cx, manual::examples};

/// Forget what a group of instances stands in maintenance; services from 2020 on
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano maintenance group-unset web",
))]
pub(crate) struct Args {
    /// Id of the group
    group: String,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let found = cx
        .client()?
        .maintenance()
        .instance_group(args.group.as_str());
    found.unset().await?;
    cx.ui()
        .note(format!("constraints of group {} are forgotten", args.group));
    Ok(())
}
