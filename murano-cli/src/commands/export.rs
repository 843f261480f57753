//! `murano export`: what is deployed, as a file for `murano apply`.

use crate::{
    cx::Cx,
    find,
    manual::examples,
    output::{self, Format},
};

/// Describe an environment or a template in a file for `murano apply`
///
/// Without ids, and without what the service adds; applications refer to each other by name. Values of properties
/// that are secret by their names, such as `password`, are left out: a file that does not mention them leaves them
/// as they are.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano export shop > shop.yaml",
    "murano export --template market",
))]
pub(crate) struct Args {
    /// Name or id of the environment
    #[arg(required_unless_present = "template")]
    env: Option<String>,
    /// Name or id of a template, in place of an environment
    #[arg(long, value_name = "NAME", conflicts_with = "env")]
    template: Option<String>,
    /// Write passwords and the like, too
    #[arg(long)]
    show_secrets: bool,
    /// How to print
    #[arg(short, long, value_name = "FORMAT", default_value = "yaml", value_parser = ["yaml", "json"])]
    #[arg(help_heading = "Output")]
    format: String,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let export = match (&args.template, &args.env) {
        (Some(template), _) => {
            let template = find::template(cx, template).await?;
            cx.client()?.template(&template.id).export()
        }
        // The parser sees to it that one of them is there.
        (None, env) => {
            let env = env.as_deref().unwrap_or_default();
            find::environment(cx, env).await?.export()
        }
    };
    let exported = export.show_secrets(args.show_secrets).await?;
    let format = if args.format == "json" {
        Format::Json
    } else {
        Format::Yaml
    };
    cx.ui()
        .result(&output::text_of(&exported.document.to_value(), format))?;
    if !exported.left_out.is_empty() {
        let left_out = exported.left_out.join(", ");
        cx.ui().note(format!(
            "left out because it is secret: {left_out}; --show-secrets writes it"
        ));
    }
    Ok(())
}
