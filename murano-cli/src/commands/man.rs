//! `murano man`: manual pages.

use std::path::PathBuf;

use crate::{
    cli,
    cx::Cx,
    files::{self, Readers},
    manual::{examples, man},
};

/// Write the manual pages into a folder, one for each command
///
/// `man` finds them in a folder `man1` of its path, such as ~/.local/share/man/man1.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano man ~/.local/share/man/man1",
))]
pub(crate) struct Args {
    /// Folder to write them to; it is made where it is missing
    folder: PathBuf,
}

pub(crate) fn run(args: &Args, cx: &Cx) -> anyhow::Result<()> {
    files::make_folder(&args.folder)?;
    let pages = man::pages(cli::command())?;
    for page in &pages {
        files::save(
            cx,
            &args.folder.join(&page.file),
            &page.text,
            Readers::Usual,
        )?;
    }
    let folder = args.folder.display();
    cx.ui()
        .note(format!("{} pages are written to {folder}", pages.len()));
    Ok(())
}
