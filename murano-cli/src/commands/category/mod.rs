//! `murano category`: categories of the catalog.

mod create;
mod delete;
mod list;
mod show;

use murano_sdk::categories::{Category, CategoryPackage};
use serde_json::{Value, json};

use crate::{cx::Cx, output::columns};

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Show(show::Args),
    Create(create::Args),
    Delete(delete::Args),
}

pub(crate) async fn run(verb: Verb, cx: &Cx) -> anyhow::Result<()> {
    match verb {
        Verb::List(args) => list::run(args, cx).await,
        Verb::Show(args) => show::run(args, cx).await,
        Verb::Create(args) => create::run(args, cx).await,
        Verb::Delete(args) => delete::run(args, cx).await,
    }
}

/// Names of the packages; lists do not say them.
fn packages(category: &Category) -> Value {
    let names = |packages: &Vec<CategoryPackage>| -> Vec<Value> {
        packages.iter().map(|p| p.name.as_str().into()).collect()
    };
    json!(category.packages.as_ref().map(names))
}

columns!(Category: Category {
    id            "ID"       brief => |c| c.id.as_str().into(),
    name          "Name"     brief => |c| c.name.as_str().into(),
    package_count "Count"    full  => |c| c.package_count.into(),
    packages      "Packages" full  => packages,
    created       "Created"  full  => |c| json!(c.created),
    updated       "Updated"  full  => |c| json!(c.updated),
});
