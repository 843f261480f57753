use murano_sdk::{ErrorKind, model::object_id};
use serde_json::Value;

use super::{find_app, services};
use crate::{
    commands::app::App,
    cx::Cx,
    manual::examples,
    output::{OutputArgs, RecordArgs},
    report::{Failure, hinted},
};

/// List the applications of a template, or show one or a part of it
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano template apps market",
    "murano template apps market first/size",
))]
pub(crate) struct Args {
    /// Name or id of the template
    template: String,
    /// What to show: id, name, class or index of an application, and a part of it behind slashes,
    /// such as shop/instance/flavor
    path: Option<String>,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let path = args.path.as_deref().unwrap_or_default().trim_matches('/');
    let (services, apps) = services(cx, &args.template).await?;
    if path.is_empty() {
        let apps: Vec<App> = apps.into_iter().map(App).collect();
        return cx.print_list(&apps, &OutputArgs::from(args.output));
    }
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let is_index = first.bytes().all(|byte| byte.is_ascii_digit());
    let first = match find_app(&args.template, &apps, first) {
        Ok(app) => object_id(app).unwrap_or(first),
        Err(_) if is_index => first,
        Err(error) => return Err(error),
    };
    let part = match services.get(&format!("{first}/{rest}")).await {
        Err(error) if error.kind() == ErrorKind::NotFound => Value::Null,
        part => part?,
    };
    if part == Value::Null {
        let text = format!("template \"{}\" has nothing at {path}", args.template);
        let hint = format!("`murano template show {}` shows all of it", args.template);
        return Err(hinted(Failure::NotFound(text), hint));
    }
    cx.print_value(&part, &args.output)
}
