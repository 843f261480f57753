use crate::{cx::Cx, manual::examples, output::OutputArgs};

/// List the categories of the catalog
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano category list",
    "murano category list -f value -c name",
))]
pub(crate) struct Args {
    /// Sort on the server; repeated, by the next key among equals
    #[arg(
        long,
        value_name = "KEY",
        value_parser = ["name", "created", "updated", "package_count", "id"]
    )]
    sort_key: Vec<String>,
    /// Sort downwards on the server
    #[arg(long)]
    descending: bool,
    /// Show at most this many; 0 shows all
    #[arg(
        long,
        value_name = "NUMBER",
        default_value = "0",
        hide_default_value = true
    )]
    limit: u32,
    /// Start after the category of this id
    #[arg(long, value_name = "ID")]
    marker: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let mut list = cx.client()?.categories().list();
    if !args.sort_key.is_empty() {
        list = list.sort_by(args.sort_key.join(","));
    }
    let is_whole = args.marker.is_none();
    if let Some(id) = args.marker {
        list = list.marker(id);
    }
    list = list.descending(args.descending);
    if args.limit == 0 && is_whole {
        return cx.print_all(&list.await?, &args.output);
    }
    let found = if args.limit == 0 {
        list.await?
    } else {
        let limit = usize::try_from(args.limit)?;
        list.page_size(args.limit).pager().take(limit).await?
    };
    cx.print_list(&found, &args.output)
}
