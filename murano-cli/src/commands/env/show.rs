use murano_sdk::environments::EnvironmentHandle;

use crate::{
    commands::app::App,
    cx::Cx,
    find,
    manual::examples,
    output::{self, RecordArgs},
};

/// Show an environment with its applications
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano env show shop",
    "murano env show shop -f value -c status",
))]
pub(crate) struct Args {
    /// Name or id
    env: String,
    /// Show the applications as this session has them
    #[arg(long, value_name = "ID", alias = "session-id")]
    session: Option<String>,
    /// Show the applications only
    #[arg(long)]
    only_apps: bool,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let env = match args.session {
        Some(session) => {
            let get = async |env: EnvironmentHandle| Ok(env.get().session(&*session).await?);
            find::in_environment(cx, &args.env, get).await?
        }
        None => find::environment_with_applications(cx, &args.env).await?,
    };
    if args.only_apps {
        let apps: Vec<App> = env
            .services
            .unwrap_or_default()
            .into_iter()
            .map(App)
            .collect();
        return cx.print_list(&apps, &output::OutputArgs::from(args.output));
    }
    cx.print_record(&env, &args.output)
}
