use murano_sdk::environments::Environment;

use crate::{
    cx::Cx,
    find,
    follow::{self, WaitArgs},
    manifest::{self, TrialArgs},
    manual::examples,
    output::RecordArgs,
};

/// Deploy an environment as an earlier deployment had it
///
/// Applications keep their ids, and those that were removed since come back. The service blanks passwords and the
/// like in the models of deployments: they are taken from the applications as they are now.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano env rollback shop --to \"$deployment\" --dry-run",
    "murano env rollback shop --to \"$deployment\" --wait",
))]
pub(crate) struct Args {
    /// Name or id
    env: String,
    /// Id of the deployment; without it the last successful one before the newest
    #[arg(long, value_name = "DEPLOYMENT")]
    to: Option<String>,
    #[command(flatten)]
    trial: TrialArgs,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<Environment>()?;
    let env = find::environment(cx, &args.env).await?;
    let mut rollback = env.rollback();
    if let Some(deployment) = args.to {
        rollback = rollback.to(deployment);
    }
    let applied = manifest::carry_out(cx, rollback.apply(), &args.trial).await?;
    match applied.wait() {
        Some(wait) => follow::settle(cx, &args.env, wait, args.wait.patience()).await?,
        None if applied.plan.is_empty() => cx.ui().note("nothing differs"),
        None => {}
    }
    cx.print_record(&env.get().await?, &args.output)
}
