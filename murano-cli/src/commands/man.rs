//! `murano man`: manual pages.

use std::path::PathBuf;

use crate::{
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
    let mut pages = 0;
    man::pages(|page| {
        pages += 1;
        let path = args.folder.join(&page.file);
        files::save(cx, &path, &page.text, Readers::Usual).map(drop)
    })?;
    let folder = args.folder.display();
    cx.ui()
        .note(format!("{pages} pages are written to {folder}"));
    Ok(())
}
