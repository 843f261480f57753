use std::time::Duration;

use murano_sdk::maintenance::InstanceConstraints;

use super::{project, seconds};
use crate::{cx::Cx, follow, manual::examples};

/// Say what an instance stands in maintenance; services from 2020 on
///
/// What was said before is replaced as a whole.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano maintenance instance-set 3f2c --name web-1 --group g1 --max-interruption 30s --lead-time 2m",
))]
pub(crate) struct Args {
    /// Id of the instance
    instance: String,
    /// Name of the instance
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    name: String,
    /// Id of the group the instance is in
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    group: String,
    /// Longest interruption it stands, such as 90s
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = follow::duration)]
    max_interruption: Duration,
    /// Time the project needs before, such as 2m
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = follow::duration)]
    lead_time: Duration,
    /// How it is moved: MIGRATE, `LIVE_MIGRATE`, `OWN_ACTION`, or what the workflow knows
    #[arg(long, value_name = "TYPE", default_value = "MIGRATE")]
    migration: String,
    /// Something stands in for it meanwhile
    #[arg(long)]
    mitigation: bool,
    /// Id of the project; without it that of the login
    #[arg(long, value_name = "ID")]
    project: Option<String>,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let project = project(cx, args.project).await?;
    let mut wanted = InstanceConstraints::new(project, args.name).group(args.group);
    wanted.max_interruption_time = seconds(args.max_interruption);
    wanted.lead_time = seconds(args.lead_time);
    wanted.migration_type = args.migration;
    wanted.resource_mitigation = args.mitigation;
    let instance = cx.client()?.maintenance().instance(args.instance.as_str());
    instance.set(&wanted).await?;
    cx.ui()
        .note(format!("constraints of instance {} are set", args.instance));
    Ok(())
}
