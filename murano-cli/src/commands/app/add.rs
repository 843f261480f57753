use murano_sdk::{
    ErrorKind,
    environments::EnvironmentHandle,
    sessions::{Open, Session},
};
use serde_json::Value;

use super::{form, model};
use crate::{
    commands::session,
    cx::Cx,
    find,
    manual::examples,
    output::{self, Look, RecordArgs},
    report::OrHint as _,
};

/// Add an application to an environment
///
/// The application is deployed with the session it is added to. Without `--session` a fresh one is
/// opened, and named on stderr. What is set is checked by the schema of the class, and what is missing is
/// asked for on a terminal.
///
/// `--interactive` and `--answers` go by the form of the package instead, as the dashboard does.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano app add shop com.example.Greeter --name other --set size=3",
    "murano app add shop Greeter --set name=Bob --session \"$session\"",
    "murano app add shop Stand --set owner=Ann --set goods=fruit --dry-run -f json \\\n  \
    --set instance=io.murano.resources.LinuxMuranoInstance --set instance.name=vm --set instance.flavor=m1.small",
    "murano app add shop Stand --answers stand.yaml",
))]
pub(crate) struct Args {
    /// Name or id of the environment
    env: String,
    #[command(flatten)]
    model: model::ModelArgs,
    #[command(flatten)]
    form: form::FormArgs,
    /// Session to add it to
    #[arg(long, value_name = "ID", alias = "session-id")]
    session: Option<String>,
    /// Print the object model and send nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    // Before anything is asked: a session that cannot be edited, or an environment that is not there.
    let place = match args.session.as_deref().filter(|_| !args.dry_run) {
        Some(id) => Place::Session(session::given(cx, &args.env, id).await?),
        None => Place::Environment(find::environment(cx, &args.env).await?),
    };
    let app = if args.form.is_wanted() {
        form::build(cx, args.form, args.model).await?
    } else {
        model::build(cx, args.model).await?
    };
    // Before anything is changed: a property to print that is not there.
    output::value(&app, &args.output, Look::PLAIN)?;
    if args.dry_run {
        return cx.print_value(&app, &args.output);
    }
    let added = match place {
        Place::Session(session) => add(&session, &app)
            .await
            .or_hint(ErrorKind::State, || session::editable(&args.env)),
        Place::Environment(env) => {
            let fresh = (env.id().as_str(), None);
            session::edit(cx, &args.env, fresh, async |session| {
                add(session, &app).await
            })
            .await
        }
    };
    cx.print_value(&added?, &args.output)
}

/// Where an application goes: into a session that is there, or into a fresh one.
enum Place {
    Session(Session<Open>),
    Environment(EnvironmentHandle),
}

async fn add(session: &Session<Open>, app: &Value) -> anyhow::Result<Value> {
    Ok(session.services().add(app).await?)
}
