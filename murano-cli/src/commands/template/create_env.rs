use murano_sdk::{
    ErrorKind,
    templates::{CreatedEnvironment, TemplateHandle},
};

use crate::{
    cx::Cx,
    find::{self, Kind},
    manual::examples,
    output::RecordArgs,
    report::OrHint as _,
};

/// Create an environment with the applications of a template
///
/// They are in an open session, which is named on stderr, until that is deployed.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano template create-env market fair",
))]
pub(crate) struct Args {
    /// Name or id of the template
    template: String,
    /// Name of the environment, unique in the project
    name: String,
    /// Region of the cloud to deploy to
    #[arg(long)]
    region: Option<String>,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<CreatedEnvironment>()?;
    let name = &args.name;
    let create = async |template: TemplateHandle| {
        let mut create = template.create_environment(name);
        if let Some(region) = &args.region {
            create = create.region(region);
        }
        Ok(create.await?)
    };
    let created = find::in_template(cx, &args.template, create).await;
    let created = created.or_hint(ErrorKind::Conflict, || {
        format!("`murano env show {name}` shows the one that is there")
    })?;
    cx.names().add(Kind::Environment, &[name]);
    cx.ui().note(format!(
        "its applications are in a session: deploy it with `murano session deploy {name} {}`",
        created.session_id
    ));
    cx.print_record(&created, &args.output)
}
