use murano_sdk::{
    ErrorKind,
    templates::{Template, TemplateHandle},
};

use crate::{cx::Cx, find, manual::examples, output::RecordArgs, report::OrHint as _};

/// Copy a public template into the project
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano template clone market copy",
))]
pub(crate) struct Args {
    /// Name or id of the template, which has to be public, even one of the project
    template: String,
    /// Name of the copy, unique in the project
    name: String,
    /// Show the copy to all projects; they can change and delete it, too
    #[arg(long)]
    public: bool,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<Template>()?;
    let copy = async |template: TemplateHandle| {
        let copy = template.clone_as(&args.name, args.public).await;
        copy.or_hint(ErrorKind::Forbidden, || {
            format!(
                "only public templates can be copied: `murano template update {} --public` makes it one",
                args.template
            )
        })
    };
    let copy = find::in_template(cx, &args.template, copy).await?;
    cx.print_record(&copy, &args.output)
}
