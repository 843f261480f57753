//! `murano apply`: environments and templates as files say.

use murano_sdk::manifest::{Applied, Document};
use serde::Serialize;
use serde_json::json;

use crate::{
    consent::Consent,
    cx::Cx,
    find::Kind,
    follow::{self, WaitArgs},
    manifest::{self, FileArgs, TrialArgs},
    manual::examples,
    output::{OutputArgs, columns},
};

/// Make environments and templates as files describe them
///
/// What is there is read and compared with the files. Where nothing differs nothing is sent; else one session is
/// opened, edited and deployed. Applications are known by their names in the file, and those that stay keep their
/// ids. What a file does not mention stays as it is. Where somebody else deploys the environment in between, it
/// is compared once more.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano apply -f shop.yaml --wait",
    "murano apply -f shop.yaml --set SIZE=3 --prune --dry-run",
))]
pub(crate) struct Args {
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    trial: TrialArgs,
    /// Do not ask the classes of new and changed applications whether they take the properties
    #[arg(long)]
    no_check: bool,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    output: OutputArgs,
}

/// What became of a document.
#[derive(Serialize)]
struct Outcome {
    kind: &'static str,
    name: String,
    result: &'static str,
    changes: usize,
    environment_id: Option<String>,
    session_id: Option<String>,
}

columns!(Outcome {
    kind           "Kind"        brief => |o| o.kind.into(),
    name           "Name"        brief => |o| o.name.as_str().into(),
    result         "Result"      brief => |o| o.result.into(),
    changes        "Changes"     brief => |o| o.changes.into(),
    environment_id "Environment" full  => |o| json!(o.environment_id),
    session_id     "Session"     full  => |o| json!(o.session_id),
});

pub(crate) async fn run(mut args: Args, cx: &Cx) -> anyhow::Result<()> {
    if let Some(format) = args.files.format() {
        args.output.format = format;
    }
    args.output.check::<Outcome>()?;
    let documents = args.files.documents(cx)?;
    let mut outcomes = Vec::new();
    let mut ended = Ok(());
    for document in &documents {
        ended = one(document, &args, cx, &mut outcomes).await;
        if ended.is_err() {
            break;
        }
    }
    if ended.is_ok() || !outcomes.is_empty() {
        cx.print_list(&outcomes, &args.output)?;
    }
    ended
}

async fn one(
    document: &Document,
    args: &Args,
    cx: &Cx,
    outcomes: &mut Vec<Outcome>,
) -> anyhow::Result<()> {
    if args.files.prune && !args.trial.is_trial() && args.consent.is_needed(cx) {
        let plan = document.plan(cx.client()?).prune(true).await?;
        let removed = manifest::removed(&plan);
        if !removed.is_empty() {
            let what = ("remove application", "remove applications");
            args.consent.ask(cx, what, &removed)?;
        }
    }
    let mut apply = document.apply(cx.client()?).prune(args.files.prune);
    if args.no_check {
        apply = apply.unchecked();
    }
    let applied = manifest::carry_out(cx, apply, &args.trial).await?;
    outcomes.push(outcome(&applied, args.trial.is_trial()));
    if applied.plan.kind() == murano_sdk::manifest::Kind::Environment {
        cx.names().add(Kind::Environment, &[&document.name]);
    }
    match applied.wait() {
        Some(wait) => follow::settle(cx, &document.name, wait, args.wait.patience()).await,
        None => Ok(()),
    }
}

fn outcome(applied: &Applied, is_trial: bool) -> Outcome {
    let plan = &applied.plan;
    Outcome {
        kind: plan.kind().as_str(),
        name: plan.name().to_owned(),
        result: match (plan.is_empty(), plan.creates(), is_trial) {
            (true, ..) => "unchanged",
            (_, true, false) => "created",
            (_, true, true) => "to create",
            (_, false, false) => "changed",
            (_, false, true) => "to change",
        },
        changes: plan.changes().len(),
        environment_id: applied.environment.as_ref().map(|env| env.id().to_string()),
        session_id: applied.session.as_ref().map(ToString::to_string),
    }
}
