//! `murano package`: packages of the catalog.

mod check;
mod create;
mod delete;
mod deps;
mod download;
mod form;
mod import;
mod list;
mod logo;
mod save;
mod show;
mod ui;
mod update;

use murano_sdk::packages::Package;

pub(crate) use self::ui::definition;
use serde_json::json;

use crate::{cx::Cx, output::columns};

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    List(list::Args),
    Show(show::Args),
    Check(check::Args),
    Create(create::Args),
    // Here `-c` means categories, as it always has.
    #[command(mut_arg("columns", |argument| argument.short(None)))]
    Import(import::Args),
    Update(update::Args),
    Delete(delete::Args),
    Download(download::Args),
    Save(save::Args),
    Deps(deps::Args),
    Ui(ui::Args),
    Form(form::Args),
    Logo(logo::Args),
}

pub(crate) async fn run(verb: Verb, cx: &Cx) -> anyhow::Result<()> {
    match verb {
        Verb::List(args) => list::run(args, cx).await,
        Verb::Show(args) => show::run(args, cx).await,
        Verb::Check(args) => check::run(args, cx).await,
        Verb::Create(args) => create::run(args, cx).await,
        Verb::Import(args) => import::run(args, cx).await,
        Verb::Update(args) => update::run(args, cx).await,
        Verb::Delete(args) => delete::run(args, cx).await,
        Verb::Download(args) => download::run(args, cx).await,
        Verb::Save(args) => save::run(args, cx).await,
        Verb::Deps(args) => deps::run(args, cx).await,
        Verb::Ui(args) => ui::run(args, cx).await,
        Verb::Form(args) => form::run(args, cx).await,
        Verb::Logo(args) => logo::run(args, cx).await,
    }
}

columns!(Package: Package {
    id                   "ID"          brief => |p| p.id.as_str().into(),
    name                 "Name"        brief => |p| p.name.as_str().into(),
    fully_qualified_name "FQN"         brief => |p| p.fully_qualified_name.as_str().into(),
    author               "Author"      brief => |p| p.author.as_str().into(),
    enabled              "Active"      brief => |p| p.enabled.into(),
    is_public            "Is Public"   brief => |p| p.is_public.into(),
    type                 "Type"        brief => |p| p.kind.as_str().into(),
    owner_id             "Project"     full  => |p| json!(p.owner_id),
    description          "Description" full  => |p| p.description.as_str().into(),
    categories           "Categories"  full  => |p| json!(p.categories),
    tags                 "Tags"        full  => |p| json!(p.tags),
    class_definitions    "Classes"     full  => |p| json!(p.class_definitions),
    supplier             "Supplier"    full  => |p| p.supplier.clone(),
    created              "Created"     full  => |p| json!(p.created),
    updated              "Updated"     full  => |p| json!(p.updated),
});
