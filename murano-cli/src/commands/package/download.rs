use std::path::{Path, PathBuf};

use murano_sdk::packages::{Package, PackageHandle};

use crate::{cx::Cx, find, manual::examples, report::Failure};

/// Download a package as it was uploaded
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano package download com.example.Greeter",
    "murano package download Greeter greeter.zip",
))]
pub(crate) struct Args {
    /// Id, fully qualified name or name
    package: String,
    /// Where to: a file, or - for standard output; by default a file named like the package, or
    /// standard output where that is no terminal
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let ui = cx.ui();
    let to_stdout = match &args.file {
        Some(file) => file == Path::new("-"),
        None => !ui.out_is_terminal(),
    };
    if to_stdout && ui.out_is_terminal() {
        let text = "an archive on a terminal is of no use: name a file, or redirect the output";
        return Err(Failure::Usage(text.to_owned()).into());
    }
    if cx.classic().is_some() && args.file.is_none() && !to_stdout {
        let text = "No stdout redirection or local file specified for downloaded package. Please specify a local \
                    file to save downloaded package or redirect output to another source.";
        return Err(Failure::Other(text.to_owned()).into());
    }
    let file = args.file.filter(|_| !to_stdout);
    if to_stdout || file.is_some() {
        let fetch = async |package: PackageHandle, known: Option<&Package>| {
            let name = known.map_or(&*args.package, |known| &known.fully_qualified_name);
            fetch(cx, (package, name), file.as_deref()).await
        };
        return find::in_package(cx, &args.package, fetch).await;
    }
    let package = find::package(cx, &args.package).await?;
    let name = &package.fully_qualified_name;
    let file = file_name(name)?;
    fetch(cx, (cx.client()?.package(&package.id), name), Some(&file)).await
}

/// Downloads a package to a file, or to standard output.
async fn fetch(
    cx: &Cx,
    (package, name): (PackageHandle, &str),
    file: Option<&Path>,
) -> anyhow::Result<()> {
    let progress = cx.ui().bytes_bar(name, None);
    let download = package.download().progress(progress.counter());
    let Some(file) = file else {
        download.to_writer(&mut cx.ui().writer()).await?;
        return Ok(());
    };
    download.to_file(file).await?;
    drop(progress);
    let file = file.display();
    cx.done(&file, format!("package \"{name}\" is in {file}"))
}

/// A file in the working folder; what the server calls a package leads nowhere else.
fn file_name(package: &str) -> anyhow::Result<PathBuf> {
    let tame = |character: char| character.is_alphanumeric() || "._-".contains(character);
    if package.starts_with('.') || !package.chars().all(tame) {
        let text = format!("\"{package}\" makes no name of a file: name one");
        return Err(Failure::Usage(text).into());
    }
    Ok(PathBuf::from(format!("{package}.zip")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_packages_lead_nowhere_else() {
        assert_eq!(file_name("io.Shop").unwrap(), Path::new("io.Shop.zip"));
        for name in ["../x", "/etc/x", "..", "a\\b", "a b"] {
            assert!(file_name(name).is_err(), "{name}");
        }
    }
}
