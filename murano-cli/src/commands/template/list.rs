use murano_sdk::templates::Visibility;

use crate::{cx::Cx, manual::examples, output::OutputArgs};

/// List the templates of the project, and the public ones of all
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano template list",
    "murano template list --public -f value -c name",
))]
pub(crate) struct Args {
    /// Show the public ones of all projects
    #[arg(long)]
    public: bool,
    /// Show the private ones of the project
    #[arg(long, conflicts_with = "public")]
    private: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let which = match (args.public, args.private) {
        (true, _) => Visibility::Public,
        (_, true) => Visibility::Private,
        _ => Visibility::All,
    };
    let found = cx.client()?.templates().list(which).await?;
    if args.public || args.private {
        cx.print_list(&found, &args.output)
    } else {
        cx.print_all(&found, &args.output)
    }
}
