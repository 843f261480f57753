use murano_sdk::packages::{ListPackages, PackageKind};

use crate::{cx::Cx, manual::examples, output::OutputArgs};

/// Search the packages of the catalog
#[derive(clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
#[command(before_help = examples!(
    "murano package list --owned",
    "murano package list --category Web -f json",
))]
pub(crate) struct Args {
    /// Has one of these words in any of its texts; several are apart by commas
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,
    /// Has exactly this name
    #[arg(long)]
    name: Option<String>,
    /// Has exactly this fully qualified name
    #[arg(long)]
    fqn: Option<String>,
    /// Has this id; repeated, any of them
    #[arg(long)]
    id: Vec<String>,
    /// Is an Application or a Library
    #[arg(long = "type", value_name = "TYPE", value_parser = ["Application", "Library"], ignore_case = true)]
    kind: Option<String>,
    /// Is in this category; repeated, in any of them
    #[arg(long)]
    category: Vec<String>,
    /// Has this tag; repeated, any of them
    #[arg(long)]
    tag: Vec<String>,
    /// Has this class
    #[arg(long, value_name = "CLASS")]
    class_name: Option<String>,
    /// Belongs to the project
    #[arg(long)]
    owned: bool,
    /// Disabled ones too
    #[arg(long)]
    include_disabled: bool,
    /// What a member would see, for administrators, who otherwise see everything
    #[arg(long)]
    catalog: bool,
    /// Sort on the server; repeated, by the next key among equals
    #[arg(long, value_name = "KEY", value_parser = ["name", "fqn", "created"])]
    order_by: Vec<String>,
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
    limit: usize,
    /// Start after the package of this id
    #[arg(long, value_name = "ID")]
    marker: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

/// Packages that the server gives at once at most.
const LARGEST_PAGE: usize = 100;

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let limit = if args.limit == 0 {
        usize::MAX
    } else {
        args.limit
    };
    let page = u32::try_from(limit.min(LARGEST_PAGE))?;
    let found = query(&args, cx.client()?.packages().list()).page_size(page);
    let mut found = found.pager();
    let mut list = cx.list(&args.output)?;
    for _ in 0..limit {
        match found.next().await? {
            Some(package) => list.push(&package)?,
            None => break,
        }
    }
    list.print()
}

fn query(args: &Args, mut list: ListPackages) -> ListPackages {
    if let Some(words) = &args.search {
        list = list.search(words);
    }
    if let Some(name) = &args.name {
        list = list.name(name);
    }
    if let Some(name) = &args.fqn {
        list = list.fqn(name);
    }
    if let Some(kind) = &args.kind {
        let library = kind.eq_ignore_ascii_case("library");
        list = list.kind(if library {
            &PackageKind::Library
        } else {
            &PackageKind::Application
        });
    }
    if let Some(class) = &args.class_name {
        list = list.class_name(class);
    }
    if let Some(id) = &args.marker {
        list = list.marker(id.as_str());
    }
    list = args.id.iter().fold(list, |list, id| list.id(id.as_str()));
    list = args.category.iter().fold(list, ListPackages::category);
    list = args.tag.iter().fold(list, ListPackages::tag);
    list = args.order_by.iter().fold(list, ListPackages::order_by);
    list.owned(args.owned)
        .include_disabled(args.include_disabled)
        .catalog(args.catalog)
        .descending(args.descending)
}
