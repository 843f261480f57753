//! Packages in a folder for a site without a network: what `package save` and `bundle save` share.

use std::path::PathBuf;

use murano_sdk::{
    import::{Save, SavedFile, SavedKind},
    repository::Repository,
};
use serde::Serialize;

use crate::{
    cx::Cx,
    import::{Requirements, Watcher},
    output::{OutputArgs, columns},
    report::{Batch, about},
};

/// Options of every saving.
#[derive(clap::Args)]
pub(crate) struct SaveArgs {
    /// Folder to save them in, made where it is missing; by default the working folder
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) path: Option<PathBuf>,
    /// Put all files beside each other, as old clients look for those of a bundle, without the folders
    /// apps, bundles and images
    #[arg(long)]
    flat: bool,
    /// Leave the images alone that the packages ask for
    #[arg(long)]
    no_images: bool,
    #[command(flatten)]
    pub(crate) requirements: Requirements,
}

/// A file that was saved.
#[derive(Serialize)]
pub(crate) struct SavedRow {
    kind: &'static str,
    name: String,
    path: String,
}

columns!(SavedRow {
    kind "Kind" brief => |row| row.kind.into(),
    name "Name" brief => |row| row.name.as_str().into(),
    path "Path" brief => |row| row.path.as_str().into(),
});

/// Saves what is planned, tells what could not be saved, and prints the rest.
pub(crate) async fn save(
    cx: &Cx,
    save: Save,
    repositories: &[Repository],
    (args, output): (&SaveArgs, &OutputArgs),
) -> anyhow::Result<()> {
    // Who calls by the old name looks where the old client put things.
    let mut save = save.flat(args.flat || cx.classic().is_some());
    if !args.no_images {
        save = save.images(repositories);
    }
    let files = save.observe(Watcher::new(cx).observer()).await?;
    let mut batch = Batch::new(cx);
    let mut rows = Vec::new();
    for file in files {
        classic(cx, &file)?;
        let kind = match file.kind {
            SavedKind::Image => "image",
            SavedKind::Bundle => "bundle",
            _ => "package",
        };
        let what = file.package.clone().unwrap_or_else(|| file.name.clone());
        match file.outcome {
            Ok(()) => rows.push(SavedRow {
                kind,
                name: file.name,
                path: file.path.display().to_string(),
            }),
            Err(error) if cx.classic().is_none() => {
                batch.add::<()>(Err(about(error, what)));
            }
            Err(_) => {}
        }
    }
    if cx.classic().is_none() && (!rows.is_empty() || output.wants_document()) {
        cx.print_list(&rows, output)?;
    }
    batch.finish()
}

/// What the old client said about a file.
fn classic(cx: &Cx, file: &SavedFile) -> anyhow::Result<()> {
    let name = &file.name;
    if let (SavedKind::Image, Some(package)) = (file.kind, &file.package) {
        let text = format!("Package {package} depends on image {name}. Downloading...");
        cx.classic_line(text)?;
    }
    match (file.kind, &file.outcome) {
        (SavedKind::Image, Ok(())) => Ok(()),
        (SavedKind::Image, Err(error)) => {
            cx.classic_line(format!("Error {error} occurred while saving image {name}"))
        }
        (SavedKind::Bundle, Ok(())) => {
            cx.classic_line(format!("Bundle file {name} has been successfully saved"))
        }
        (SavedKind::Bundle, Err(error)) => {
            cx.classic_line(format!("Error {error} occurred while saving bundle {name}"))
        }
        (_, Ok(())) => cx.classic_line(format!("Package {name} has been successfully saved")),
        (_, Err(error)) => cx.classic_line(format!(
            "Error {error} occurred while saving package {name}"
        )),
    }
}
