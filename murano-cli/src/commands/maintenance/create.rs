use std::{path::PathBuf, time::SystemTime};

use murano_sdk::{
    ErrorKind,
    maintenance::{ActionPlugin, MaintenancePlan, MaintenanceSession},
};
use serde_json::{Map, Value};

use super::{WaitArgs, at, reached, sessions};
use crate::{
    cx::Cx,
    files,
    manual::examples,
    output::RecordArgs,
    report::{Failure, OrHint as _},
};

/// Start the maintenance of hosts (administrators only)
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano maintenance create --at '2030-01-31 22:00 UTC' --host compute-1 --host compute-2",
    "murano maintenance create --at +2h --metadata openstack_release=Ussuri \\",
    "  --action dummy:host:'{\"upgrade\": \"SW1\"}' --download https://updates.example/SW1.tar.gz",
    "murano maintenance create --file plan.json",
))]
pub(crate) struct Args {
    /// When the work begins: a time with its zone, such as 2030-01-31T22:00:00+02:00 or `2030-01-31
    /// 22:00 Europe/Helsinki`, or from now, such as +2h. Projects need some time before, 20 s by
    /// default
    #[arg(long, value_name = "TIME", value_parser = at::parse, required_unless_present = "file")]
    at: Option<SystemTime>,
    /// Host to maintain; repeated, several. Without it the service finds them
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
    /// Workflow to run in place of `default`
    #[arg(long, value_name = "NAME")]
    workflow: Option<String>,
    /// Hint for the projects; VALUE is JSON, or else a text. A JSON object alone is several of them
    #[arg(long, value_name = "KEY=VALUE", value_parser = hints)]
    metadata: Vec<Map<String, Value>>,
    /// Plug-in to run, its type (pre, post, host, compute or controller) and what it is told, as a
    /// JSON object
    #[arg(long = "action", value_name = "PLUGIN:TYPE[:JSON]", value_parser = action)]
    actions: Vec<ActionPlugin>,
    /// URL to fetch before; repeated, several
    #[arg(long = "download", value_name = "URL")]
    downloads: Vec<String>,
    /// Plan in the service's own JSON; - is standard input. Options are added to it, or win
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    output: RecordArgs,
}

fn hints(text: &str) -> Result<Map<String, Value>, String> {
    if text.starts_with('{') {
        return serde_json::from_str(text)
            .map_err(|error| format!("it is no JSON object: {error}"));
    }
    let (key, value) = text
        .split_once('=')
        .ok_or("write a key and its value, such as release=Ussuri, or a JSON object")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok([(key.to_owned(), value)].into_iter().collect())
}

fn action(text: &str) -> Result<ActionPlugin, String> {
    let mut parts = text.splitn(3, ':');
    let (Some(plugin), Some(kind)) = (parts.next(), parts.next()) else {
        return Err("write a plug-in and its type, such as dummy:host".to_owned());
    };
    let mut action = ActionPlugin::new(plugin, kind);
    if let Some(json) = parts.next() {
        action.metadata = serde_json::from_str(json)
            .map_err(|error| format!("what follows the type is no JSON object: {error}"))?;
    }
    Ok(action)
}

impl Args {
    fn plan(&self, cx: &Cx) -> anyhow::Result<MaintenancePlan> {
        let mut plan = match (&self.file, self.at) {
            (Some(file), _) => {
                let name = files::source(file);
                serde_json::from_slice(&files::read(cx, file)?)
                    .map_err(|error| Failure::Other(format!("{name} is no plan: {error}")))?
            }
            (None, Some(at)) => MaintenancePlan::new(at),
            // The parser sees to it that one of them is there.
            (None, None) => return Err(Failure::Usage("--at is missing".to_owned()).into()),
        };
        if let Some(at) = self.at {
            plan.maintenance_at = at.into();
        }
        if let Some(workflow) = &self.workflow {
            plan.workflow.clone_from(workflow);
        }
        plan.hosts.extend(self.hosts.iter().cloned());
        for hints in &self.metadata {
            plan.metadata.extend(hints.clone());
        }
        plan.actions.extend(self.actions.iter().cloned());
        let downloads = self.downloads.iter().map(|url| url.as_str().into());
        plan.download.extend(downloads);
        Ok(plan)
    }
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<MaintenanceSession>()?;
    let plan = args.plan(cx)?;
    let fenix = cx.client()?.maintenance();
    let made = fenix.create(&plan).await;
    let made = made
        .or_hint(ErrorKind::Conflict, sessions)
        .or_hint(ErrorKind::Server, || {
            "the service does not tell what it does not like, such as an unknown workflow; \
             `murano maintenance list` shows whether the session is there all the same"
                .to_owned()
        })?;
    let session = fenix.session(made.session_id);
    cx.ui()
        .note(format!("maintenance session {} is made", session.id()));
    let session = reached(cx, &session, args.wait).await?;
    cx.print_record(&session, &args.output)
}
