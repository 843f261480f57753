use std::path::{Path, PathBuf};

use murano_sdk::{archive::PackageFile, packages::Package};

use crate::{
    cx::Cx,
    manual::examples,
    output::OutputArgs,
    report::{Batch, about},
};

/// Upload packages to the catalog: archives, or folders that are packed on the way
///
/// All of them are checked first; where one is not as it has to be, nothing is uploaded.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano package import ./versioned --categories Web",
    "murano package import *.zip --tags demo",
))]
pub(crate) struct Args {
    /// Archives (.zip) or folders
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Category to put them into; several are apart by commas
    #[arg(short, long, value_name = "CATEGORY", value_delimiter = ',')]
    categories: Vec<String>,
    /// Tag to add to those of the manifests; several are apart by commas
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    tags: Vec<String>,
    /// Show them to all projects (administrators only)
    #[arg(long)]
    is_public: bool,
    /// Do not offer them yet
    #[arg(long)]
    disabled: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<Package>()?;
    let mut checks = Batch::new(cx);
    let mut files = Vec::new();
    for path in &args.files {
        files.extend(checks.add(open(path.clone()).await));
    }
    let bad = args.files.len() - files.len();
    if bad > 0 {
        if args.files.len() > 1 {
            cx.ui().note(format!(
                "nothing is uploaded: {bad} of {} are no packages",
                args.files.len()
            ));
        }
        return checks.finish();
    }
    let mut batch = Batch::new(cx);
    let mut packages = Vec::new();
    for (path, file) in args.files.iter().zip(&files) {
        packages.extend(batch.add(upload(cx, &args, path, file).await));
    }
    if files.len() > 1 {
        cx.ui().note(format!(
            "{} of {} packages are uploaded",
            packages.len(),
            files.len()
        ));
    }
    if !packages.is_empty() {
        cx.print_list(&packages, &args.output)?;
    }
    batch.finish()
}

/// Packs where need be, and checks; that is work that blocks.
async fn open(path: PathBuf) -> anyhow::Result<PackageFile> {
    Ok(tokio::task::spawn_blocking(move || PackageFile::open(path)).await??)
}

async fn upload(cx: &Cx, args: &Args, path: &Path, file: &PackageFile) -> anyhow::Result<Package> {
    let progress = cx
        .ui()
        .bytes_bar(&path.display().to_string(), Some(file.size()));
    let mut upload = cx
        .client()?
        .packages()
        .upload(file)
        .progress(progress.counter());
    if !args.categories.is_empty() {
        upload = upload.categories(&args.categories);
    }
    if !args.tags.is_empty() {
        upload = upload.tags(&args.tags);
    }
    if args.is_public {
        upload = upload.public(true);
    }
    if args.disabled {
        upload = upload.enabled(false);
    }
    upload
        .await
        .map_err(|error| about(error, path.display().to_string()))
}
