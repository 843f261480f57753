use murano_sdk::{
    ErrorKind,
    schemas::{Property, Schemas},
};

use super::Row;
use crate::{
    cx::Cx,
    manual::examples,
    output::OutputArgs,
    report::{Failure, OrHint as _, hinted},
};

/// Show the properties of a class, and the arguments of its model builders
///
/// JSON and YAML have the whole document, unless columns are chosen.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano schema show com.example.Greeter",
    "murano schema show com.example.Greeter crowd -f json",
))]
pub(crate) struct Args {
    /// Name of the class
    class: String,
    /// Model builders to show, without the class itself
    #[arg(value_name = "METHOD")]
    methods: Vec<String>,
    /// Fully qualified name of the package that has the class
    #[arg(long, value_name = "FQN", alias = "package-name")]
    package: Option<String>,
    /// Version or range of versions of the class
    #[arg(long, value_name = "SPEC", default_value = ">=0")]
    class_version: String,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<Row>()?;
    let mut schema = cx.client()?.schema(&args.class).methods(&args.methods);
    schema = schema.version(&args.class_version);
    if let Some(package) = &args.package {
        schema = schema.package(package);
    }
    let schemas = schema.await.or_hint(ErrorKind::NotFound, || {
        format!(
            "`murano package list --class-name {}` shows the packages that have it",
            args.class
        )
    })?;
    // The service leaves out what it does not know without a word.
    let mut unknown = args.methods.iter().filter(|m| !schemas.contains_key(*m));
    if let Some(method) = unknown.next().filter(|_| cx.classic().is_none()) {
        let text = format!("class {} has no model builder `{method}`", args.class);
        let hint = format!("`murano schema show {}` shows those it has", args.class);
        return Err(hinted(Failure::NotFound(text), hint));
    }
    if args.output.wants_document() || cx.prints_like_old() {
        return cx.print_parts(
            &serde_json::to_value(&schemas)?,
            (args.output.format, &args.output.query),
        );
    }
    cx.print_list(&rows(&schemas), &args.output)
}

fn rows(schemas: &Schemas) -> Vec<Row> {
    let of_method = |(method, schema): (&String, &murano_sdk::schemas::Schema)| -> Vec<Row> {
        let rows = schema.properties.iter();
        rows.map(|(name, property)| row(method, name, property))
            .collect()
    };
    schemas.iter().flat_map(of_method).collect()
}

fn row(method: &str, name: &str, property: &Property) -> Row {
    let class = |name: &str| match property.class() {
        Some(class) if name == "muranoObject" => class.to_owned(),
        _ => name.to_owned(),
    };
    let types: Vec<String> = property.types().into_iter().map(class).collect();
    Row {
        method: method.to_owned(),
        name: name.to_owned(),
        kind: types.join(" or "),
        required: property.is_required(),
        default: property.default_value().cloned(),
        title: property.title().map(str::to_owned),
        help: property.help().map(str::to_owned),
    }
}
