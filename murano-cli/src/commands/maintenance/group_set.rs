use std::time::Duration;

use murano_sdk::maintenance::GroupConstraints;

use super::{project, seconds};
use crate::{cx::Cx, follow, manual::examples};

/// Say what a group of instances stands in maintenance; services from 2020 on
///
/// What was said before is replaced as a whole.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano maintenance group-set g1 --name web --anti-affinity --max-impacted 2 --recovery 30s",
))]
pub(crate) struct Args {
    /// Id of the group
    group: String,
    /// Name of the group
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    name: String,
    /// Its instances are on different hosts
    #[arg(long)]
    anti_affinity: bool,
    /// Most of its instances on one host; 0 is any number
    #[arg(long, value_name = "NUMBER", default_value = "0")]
    max_per_host: u32,
    /// Most of its instances that may be down at a time
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    max_impacted: u32,
    /// Time the group needs after one of them was down, such as 30s
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = follow::duration)]
    recovery: Duration,
    /// Something stands in for them meanwhile
    #[arg(long)]
    mitigation: bool,
    /// Id of the project; without it that of the login
    #[arg(long, value_name = "ID")]
    project: Option<String>,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let project = project(cx, args.project).await?;
    let mut wanted = GroupConstraints::new(project, args.name);
    wanted.anti_affinity_group = args.anti_affinity;
    wanted.max_instances_per_host = args.max_per_host;
    wanted.max_impacted_members = args.max_impacted;
    wanted.recovery_time = seconds(args.recovery);
    wanted.resource_mitigation = args.mitigation;
    let group = cx
        .client()?
        .maintenance()
        .instance_group(args.group.as_str());
    group.set(&wanted).await?;
    cx.ui()
        .note(format!("constraints of group {} are set", args.group));
    Ok(())
}
