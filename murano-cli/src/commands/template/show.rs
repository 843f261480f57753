use crate::{cx::Cx, find, output::RecordArgs};

/// Show a template with its applications
#[derive(clap::Args)]
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
