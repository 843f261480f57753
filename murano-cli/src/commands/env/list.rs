use crate::{cx::Cx, manual::examples, output::OutputArgs};

/// List the environments of the project
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano env list",
    "murano env list -f json -c name -c status",
))]
pub(crate) struct Args {
    /// Show the environments of every project (administrators only)
    #[arg(long)]
    all_tenants: bool,
    /// Show the environments of this project (administrators only)
    #[arg(long, value_name = "ID", conflicts_with = "all_tenants")]
    tenant: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let mut list = cx
        .client()?
        .environments()
        .list()
        .all_projects(args.all_tenants);
    let is_own = !args.all_tenants && args.tenant.is_none();
    if let Some(project) = args.tenant {
        list = list.project(project);
    }
    let mut output = args.output;
    if args.all_tenants {
        output = output.or_columns(&["id", "name", "tenant_id", "status", "created", "updated"]);
    }
    let found = list.await?;
    if is_own {
        cx.print_all(&found, &output)
    } else {
        cx.print_list(&found, &output)
    }
}
