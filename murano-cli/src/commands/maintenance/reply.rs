use murano_sdk::{
    ErrorKind,
    maintenance::{
        InstanceAction, MaintenanceHandle, MaintenanceState, ProjectHandle, ProjectReply,
    },
};

use super::{project, sessions, state};
use crate::{
    cx::Cx,
    manual::examples,
    report::{Failure, OrHint as _, hinted},
};

/// Say yes or no to a maintenance session, for a project
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano maintenance reply \"$maintenance\" --ack",
    "murano maintenance reply \"$maintenance\" --ack --state PLANNED_MAINTENANCE --action MIGRATE",
    "murano maintenance reply \"$maintenance\" --nack",
))]
#[command(group(clap::ArgGroup::new("answer").required(true).args(["ack", "nack"])))]
pub(crate) struct Args {
    /// Id of the session
    session: String,
    /// Agree with what the state announces
    #[arg(long)]
    ack: bool,
    /// Refuse, which fails the session
    #[arg(long)]
    nack: bool,
    /// State to reply to; without it the session is asked for its state, which may need more rights
    #[arg(long, value_name = "STATE", value_parser = state)]
    state: Option<MaintenanceState>,
    /// What happens to each instance the state touches: MIGRATE, `LIVE_MIGRATE` or `OWN_ACTION`
    #[arg(long, value_name = "ACTION", value_parser = action, conflicts_with = "nack")]
    action: Option<InstanceAction>,
    /// What happens to one instance; repeated, several. It wins over --action
    #[arg(long = "instance", value_name = "ID=ACTION", value_parser = of_instance)]
    #[arg(conflicts_with = "nack")]
    instances: Vec<(String, InstanceAction)>,
    /// Id of the project; without it that of the login
    #[arg(long, value_name = "ID")]
    project: Option<String>,
}

fn action(text: &str) -> Result<InstanceAction, String> {
    if text.is_empty() {
        return Err("write an action, such as MIGRATE".to_owned());
    }
    let word = text.to_uppercase().replace('-', "_");
    Ok(InstanceAction::from(word.as_str()))
}

fn of_instance(text: &str) -> Result<(String, InstanceAction), String> {
    let (id, text) = text
        .split_once('=')
        .ok_or("write the id of an instance and its action, such as 3f2c=MIGRATE")?;
    Ok((id.to_owned(), action(text)?))
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let project = project(cx, args.project.clone()).await?;
    let session = cx.client()?.maintenance().session(args.session.as_str());
    let state = match args.state.clone() {
        Some(state) => state,
        None => present(&session).await?,
    };
    let ours = session.project(project);
    let reply = if args.nack {
        ProjectReply::nack(&state)
    } else {
        consent(&ours, &state, args).await?
    };
    ours.reply(&reply)
        .await
        .or_hint(ErrorKind::NotFound, sessions)?;
    cx.ui().note(format!(
        "{} is sent to session {}",
        reply.state,
        session.id()
    ));
    Ok(())
}

/// The state of the session, where it waits for a reply.
async fn present(session: &MaintenanceHandle) -> anyhow::Result<MaintenanceState> {
    let found = session.get().await.or_hint(ErrorKind::NotFound, sessions);
    let state = found
        .or_hint(ErrorKind::Forbidden, || {
            "give the state you were asked about with --state".to_owned()
        })?
        .state;
    if state.asks_projects() || matches!(state, MaintenanceState::Other(_)) {
        return Ok(state);
    }
    let text = format!(
        "session {} is in {state}, it waits for no reply",
        session.id()
    );
    Err(Failure::State(text).into())
}

/// Consent that says what happens to each instance, where the state wants to know.
async fn consent(
    ours: &ProjectHandle,
    state: &MaintenanceState,
    args: Args,
) -> anyhow::Result<ProjectReply> {
    let mut reply = ProjectReply::ack(state);
    for (id, action) in args.instances {
        reply = reply.instance(id, action);
    }
    if !state.needs_actions() && args.action.is_none() {
        return Ok(reply);
    }
    let touched = ours.get().await.or_hint(ErrorKind::NotFound, sessions)?;
    let untold = |id: &String| !reply.instance_actions.contains_key(id);
    let untold: Vec<String> = touched.instance_ids.into_iter().filter(untold).collect();
    match args.action {
        Some(action) => Ok(untold
            .into_iter()
            .fold(reply, |reply, id| reply.instance(id, action.clone()))),
        None if untold.is_empty() => Ok(reply),
        None => {
            let text = format!(
                "{state} wants to know what happens to each instance: {}",
                untold.join(", ")
            );
            let hint =
                "say it for all with --action MIGRATE, for one with --instance ID=OWN_ACTION";
            Err(hinted(Failure::Usage(text), hint))
        }
    }
}
