use crate::{cx::Cx, find, manual::examples, output::RecordArgs};

/// Show a package
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano package show com.example.Greeter",
))]
pub(crate) struct Args {
    /// Id, fully qualified name or name
    package: String,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let package = find::package(cx, &args.package).await?;
    cx.print_record(&package, &args.output)
}
