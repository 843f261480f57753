use murano_sdk::{ErrorKind, environments::EnvironmentHandle};

use crate::{cx::Cx, find, manual::examples, output::DocumentArgs, report::OrHint as _};

/// Show the object model of an environment, or a part of it
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano env model-show shop",
    "murano env model-show shop /services/0/size",
))]
pub(crate) struct Args {
    /// Name or id
    env: String,
    /// Part to show, such as /services/0/name; elements of lists by index or object id
    #[arg(value_name = "PATH", default_value = "/", hide_default_value = true)]
    part: String,
    /// The same as PATH
    #[arg(long, value_name = "PATH", hide = true)]
    path: Option<String>,
    /// Show the model as this session has it
    #[arg(long, value_name = "ID", alias = "session-id")]
    session: Option<String>,
    #[command(flatten)]
    output: DocumentArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let part = args.path.unwrap_or(args.part);
    let get = async |env: EnvironmentHandle| {
        let mut model = env.model().path(&part);
        if let Some(session) = &args.session {
            model = model.session(session.as_str());
        }
        model.await.or_hint(ErrorKind::NotFound, || {
            format!("`murano env model-show {}` shows the whole model", args.env)
        })
    };
    let model = find::in_environment(cx, &args.env, get).await?;
    cx.print_parts(&model, (args.output.format(), &args.output.query))
}
