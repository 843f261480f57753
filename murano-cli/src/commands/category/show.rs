use crate::{cx::Cx, find, manual::examples, output::RecordArgs};

/// Show a category and which packages are in it
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano category show Web",
))]
pub(crate) struct Args {
    /// Name or id
    category: String,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let category = find::category(cx, &args.category).await?;
    cx.print_record(&category, &args.output)
}
