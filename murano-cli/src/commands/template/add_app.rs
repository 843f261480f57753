use super::read_apps;
use crate::{
    commands::app::{App, model},
    cx::Cx,
    find,
    manual::examples,
    output::OutputArgs,
};

/// Add applications to a template
///
/// Either from a file with one object model or a list of them, as JSON: ids are added where they are
/// missing, ===id1=== becomes an id. Or made of a class and its properties.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano template add-app stall Greeter --name third --set size=3",
    "murano template add-app stall greeter.json",
))]
pub(crate) struct Args {
    /// Name or id of the template
    template: String,
    #[command(flatten)]
    model: model::ModelArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Here the first argument of a model may be a file, too.
pub(super) fn first_argument(argument: clap::Arg) -> clap::Arg {
    argument.value_name("FILE-OR-TYPE").help(
        "Object models, as JSON; - is standard input. Or class of the application, or name or id \
         of the package that has it",
    )
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<App>()?;
    let template = find::template(cx, &args.template).await?;
    let mut model = args.model;
    let apps = match model.take_file(cx.classic().is_some())? {
        Some(file) => read_apps(cx, &file)?,
        None => vec![model::build(cx, model).await?],
    };
    let services = cx.client()?.template(&template.id).services();
    services.add_many(&apps).await?;
    let apps: Vec<App> = apps.into_iter().map(App).collect();
    cx.print_list(&apps, &args.output)
}
