use crate::{cx::Cx, manual::examples, output::OutputArgs};

/// List the bare-metal instances of the project
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano instance list",
    "murano instance list --long -f json",
))]
pub(crate) struct Args {
    /// Show the instances of every project (administrators only; others see their own)
    #[arg(long, alias = "all-tenants")]
    all_projects: bool,
    /// Show power, addresses, flavor, image and place, too
    #[arg(long, alias = "detailed")]
    long: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let instances = cx.client()?.instances();
    let mut columns = vec!["uuid", "name", "status"];
    if args.all_projects {
        columns.insert(2, "project_id");
    }
    if args.long {
        let more = [
            "power_state",
            "addresses",
            "flavor",
            "image",
            "availability_zone",
        ];
        columns.extend(more);
    }
    // The plain list knows little.
    let found = if args.long || args.all_projects || args.output.names_columns() {
        let list = instances.list_details();
        list.all_projects(args.all_projects).await?
    } else {
        instances.list().await?
    };
    cx.print_list(&found, &args.output.or_columns(&columns))
}
