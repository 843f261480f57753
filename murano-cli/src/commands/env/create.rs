use murano_sdk::{
    ErrorKind,
    environments::{Environment, existing_network},
};

use crate::{cx::Cx, manual::examples, output::RecordArgs, report::OrHint as _};

/// Create an environment
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano env create depot",
    "murano env create depot --description 'All there is' --region RegionOne",
))]
pub(crate) struct Args {
    /// Name, unique in the project
    name: String,
    /// Region of the cloud to deploy to
    #[arg(long)]
    region: Option<String>,
    /// What it is for; cannot be changed later
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Name or id of an existing network that applications join by default
    #[arg(long, value_name = "NETWORK")]
    join_net_id: Option<String>,
    /// Name or id of an existing subnetwork that applications join by default
    #[arg(long, value_name = "SUBNETWORK")]
    join_subnet_id: Option<String>,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<Environment>()?;
    let client = cx.client()?;
    let mut create = client.environments().create(&args.name);
    if let Some(region) = args.region {
        create = create.region(region);
    } else if cx.classic().is_some() {
        create = create.no_region();
    }
    if let Some(text) = args.description {
        create = create.description(text);
    }
    let (network, subnetwork) = (args.join_net_id.as_deref(), args.join_subnet_id.as_deref());
    if network.is_some() || subnetwork.is_some() {
        create = create.default_networks(existing_network(network, subnetwork));
    }
    let created = create.await.or_hint(ErrorKind::Conflict, || {
        format!(
            "`murano env show {}` shows the one that is there",
            args.name
        )
    })?;
    // The answer lacks the status; without it the record is still true.
    let shown = client
        .environment(&created.id)
        .get()
        .await
        .unwrap_or(created);
    cx.print_record(&shown, &args.output)
}
