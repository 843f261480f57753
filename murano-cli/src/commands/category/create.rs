use murano_sdk::{ErrorKind, categories::Category};

use crate::{cx::Cx, manual::examples, output::RecordArgs, report::OrHint as _};

/// Create a category (administrators only)
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano category create Games --os-cloud sandbox-admin",
))]
pub(crate) struct Args {
    /// Name, unique in the catalog
    name: String,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<Category>()?;
    let created = cx.client()?.categories().create(&args.name).await;
    let created = created.or_hint(ErrorKind::Conflict, || {
        format!(
            "`murano category show {}` shows the one that is there",
            args.name
        )
    })?;
    cx.print_record(&created, &args.output)
}
