use super::{edit_in_session, form, model};
use crate::{
    cx::Cx,
    find,
    manual::examples,
    output::{self, Look, RecordArgs},
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
    let env = find::environment(cx, &args.env).await?;
    let app = if args.form.is_wanted() {
        form::build(cx, args.form, args.model).await?
    } else {
        model::build(cx, args.model).await?
    };
    // Before anything is sent: a property to print that is not there.
    output::value(&app, &args.output, Look::PLAIN)?;
    if args.dry_run {
        return cx.print_value(&app, &args.output);
    }
    let place = (&env, args.session.as_deref());
    let added = edit_in_session(cx, &args.env, place, async |services| {
        Ok(services.add(&app).await?)
    });
    cx.print_value(&added.await?, &args.output)
}
