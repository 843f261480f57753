use crate::{cx::Cx, find, manual::examples, output::RecordArgs};

/// Show a template with its applications
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano template show market",
))]
pub(crate) struct Args {
    /// Name or id
    template: String,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let template = find::template(cx, &args.template).await?;
    cx.print_record(&template, &args.output)
}
