use murano_sdk::templates::Template;

use super::to_change;
use crate::{
    cx::Cx,
    find::{self, Kind},
    manual::examples,
    output::RecordArgs,
    report::Failure,
};

/// Change name, description or visibility of a template
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano template update stall booth --description 'A small one'",
))]
pub(crate) struct Args {
    /// Name or id
    template: String,
    /// New name, unique in the project
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Show it to all projects; they can change and delete it, too
    #[arg(long, conflicts_with = "private")]
    public: bool,
    /// Show it to the project only
    #[arg(long)]
    private: bool,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<Template>()?;
    if args.name.is_none() && args.description.is_none() && !args.public && !args.private {
        let text = "nothing is to be changed: give a NAME, --description, --public or --private";
        return Err(Failure::Usage(text.to_owned()).into());
    }
    let template = find::template(cx, &args.template).await?;
    let template = to_change(cx, &args.template, template).await?;
    let handle = cx.client()?.template(&template.id);
    // The service wants a name whatever is changed.
    let mut update = handle.update(args.name.unwrap_or(template.name));
    if let Some(text) = args.description {
        update = update.description(text);
    }
    if args.public || args.private {
        update = update.public(args.public);
    }
    let mut updated = update.await?;
    cx.names().remove(Kind::Template, &args.template);
    // The answer lacks them.
    updated.services = updated.services.or(template.services);
    cx.print_record(&updated, &args.output)
}
