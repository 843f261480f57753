use murano_sdk::ui::{Definition, Field, Form, Kind};
use serde::Serialize;
use serde_json::{Value, json};

use super::ui;
use crate::{
    cx::Cx,
    manual::examples,
    output::{OutputArgs, columns, printable},
};

/// Show the questions of the form of a package
///
/// `murano app add --interactive` asks them, a file for `--answers` answers them.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano package form Stand",
    "murano package form Stand --blank > answers.yaml",
))]
pub(crate) struct Args {
    /// Id, fully qualified name or name
    package: String,
    /// Print a file of answers to fill in, as YAML, with the defaults
    #[arg(long)]
    blank: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// A question of a form.
#[derive(Serialize)]
struct Question {
    form: String,
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    label: Option<String>,
    required: bool,
    default: Option<Value>,
    choices: Vec<String>,
    description: Option<String>,
}

columns!(Question {
    form        "Form"        brief => |q| q.form.as_str().into(),
    name        "Name"        brief => |q| q.name.as_str().into(),
    type        "Type"        brief => |q| q.kind.into(),
    required    "Required"    brief => |q| q.required.into(),
    default     "Default"     brief => |q| json!(q.default),
    label       "Label"       brief => |q| json!(q.label),
    choices     "Choices"     full  => |q| json!(q.choices),
    description "Description" full  => |q| json!(q.description),
});

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<Question>()?;
    let (_, text) = ui::definition(cx, &args.package).await?;
    let definition = Definition::parse(&text)?;
    if args.blank {
        return Ok(cx.ui().result(&printable(&definition.blank()?))?);
    }
    let mut questions = Vec::new();
    // Defaults may come from those before them.
    let mut answers = definition.answers();
    for form in definition.forms() {
        for field in &form.fields {
            let default = definition.default_of(form, field, &answers)?;
            if let Some(Ok(value)) = default.as_ref().map(|value| field.check(value)) {
                answers.set(&form.name, &field.name, value);
            }
            if !field.hidden {
                questions.push(question(form, field, default));
            }
        }
    }
    cx.print_list(&questions, &args.output)
}

fn question(form: &Form, field: &Field, default: Option<Value>) -> Question {
    Question {
        form: form.name.clone(),
        name: field.name.clone(),
        kind: word(&field.kind),
        label: field.label.clone(),
        required: field.required,
        default,
        choices: field.choices.iter().map(|one| one.value.clone()).collect(),
        description: field.description.clone().or_else(|| field.help.clone()),
    }
}

/// A kind of answers as definitions name it.
fn word(kind: &Kind) -> &'static str {
    match kind {
        Kind::String => "string",
        Kind::Text => "text",
        Kind::Password => "password",
        Kind::Integer => "integer",
        Kind::Boolean => "boolean",
        Kind::Choice => "choice",
        Kind::ClusterIp => "clusterip",
        Kind::DatabaseList => "databaselist",
        Kind::Flavor => "flavor",
        Kind::KeyPair => "keypair",
        Kind::Image { .. } => "image",
        Kind::AvailabilityZone => "azone",
        Kind::Network => "network",
        Kind::SecurityGroup => "securitygroup",
        Kind::Volume => "volume",
        Kind::DnsZone => "zone",
        Kind::Application { .. } => "application",
        _ => "other",
    }
}
