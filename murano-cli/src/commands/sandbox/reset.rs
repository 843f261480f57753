use std::path::PathBuf;

use crate::{
    config,
    cx::Cx,
    local,
    manual::examples,
    report::{Failure, hinted},
};

/// Remove everything in the sandbox, to begin anew
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano sandbox reset --yes",
))]
pub(crate) struct Args {
    /// Folder it is kept in, in place of the user's own
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Do not ask; necessary where nobody can be asked
    #[arg(short, long)]
    yes: bool,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let mut config = config::Sandbox::read()?;
    config.folder = args.data.unwrap_or(config.folder);
    let folder = config.folder.display();
    if !args.yes {
        if !cx.ui().can_ask() {
            let text = format!(
                "nobody can be asked whether to remove everything in the sandbox in {folder}"
            );
            return Err(hinted(
                Failure::Usage(text),
                "`--yes` removes it without a question",
            ));
        }
        if !cx
            .ui()
            .confirm(&format!("remove everything in the sandbox in {folder}?"))?
        {
            return Err(Failure::Other("nothing was removed".to_owned()).into());
        }
    }
    let removed = local::builder(&config)
        .reset()
        .await
        .map_err(|error| local::failure(&error))?;
    cx.ui().note(if removed {
        format!("the sandbox in {folder} is removed")
    } else {
        format!("there is no sandbox in {folder}")
    });
    Ok(())
}
