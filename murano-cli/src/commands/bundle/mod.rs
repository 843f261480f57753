//! `murano bundle`: packages that belong together.

mod import;
mod save;

use std::path::Path;

use futures_util::{StreamExt as _, stream};
use murano_sdk::{
    ErrorKind,
    archive::PackageFile,
    repository::{Bundle, BundlePackage, Repository},
};

use crate::{
    cx::Cx,
    import::{Watcher, at_once, is_url, no_repository, reason},
    report::{Batch, Failure, OrHint as _, hinted},
};

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    // Here `-c` means categories, as it does for packages.
    #[command(mut_arg("columns", |argument| argument.short(None)))]
    Import(import::Args),
    Save(save::Args),
}

pub(crate) async fn run(verb: Verb, cx: &Cx) -> anyhow::Result<()> {
    match verb {
        Verb::Import(args) => import::run(args, cx).await,
        Verb::Save(args) => save::run(args, cx).await,
    }
}

/// A bundle and where to look for what it names.
struct Opened {
    bundle: Bundle,
    /// The likeliest first: beside a local bundle, then the repository.
    repositories: Vec<Repository>,
}

/// Opens what a user names: a file, a URL, or a bundle of the repository.
async fn open(cx: &Cx, repository: &Repository, text: &str) -> anyhow::Result<Opened> {
    let path = Path::new(text);
    if path.is_file() {
        let repositories = vec![repository.beside(path), repository.clone()];
        let bundle = Bundle::open(path)?;
        return Ok(Opened {
            bundle,
            repositories,
        });
    }
    cx.classic_line(format!(
        "Bundle file '{text}' does not exist, attempting to download"
    ))?;
    if !is_url(text) && repository.location().is_none() {
        let text = format!("{text}: there is no such file");
        return Err(hinted(Failure::Other(text), no_repository()));
    }
    Ok(Opened {
        bundle: repository.bundle(text).await?,
        repositories: vec![repository.clone()],
    })
}

/// Fetches the packages of a bundle. What is missing fails it when all has been tried, unless it may be
/// left out.
async fn packages(cx: &Cx, opened: &Opened, skip: bool) -> anyhow::Result<Vec<PackageFile>> {
    let mut batch = Batch::new(cx);
    let mut files = Vec::new();
    let packages = opened.bundle.packages.iter();
    let found = packages.map(|package| async move { (package, fetch(cx, opened, package).await) });
    let mut found = stream::iter(found).buffered(at_once(cx));
    while let Some((package, found)) = found.next().await {
        let is_missing = |error: &anyhow::Error| {
            let error = error.downcast_ref::<murano_sdk::Error>();
            error.is_some_and(|error| {
                matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Config)
            })
        };
        match found {
            Err(error) if cx.classic().is_some() => cx.classic_line(format!(
                "Error {} occurred while obtaining package {}",
                reason(&error),
                package.name
            ))?,
            Err(error) if skip && is_missing(&error) => {
                cx.ui().line(format!("{error:#}: left out"));
            }
            outcome => {
                files.extend(batch.add(outcome.or_hint(ErrorKind::Config, no_repository)));
            }
        }
    }
    batch.finish().map(|()| files)
}

async fn fetch(cx: &Cx, opened: &Opened, package: &BundlePackage) -> anyhow::Result<PackageFile> {
    let (watcher, name) = (Watcher::new(cx), &package.name);
    let versioned = |fetch: murano_sdk::repository::FetchPackage| {
        let (watcher, shown) = (watcher.clone(), name.clone());
        let fetch = fetch.progress(move |progress| watcher.transfer(&shown, progress));
        match &package.version {
            Some(version) => fetch.version(version),
            None => fetch,
        }
    };
    let mut missing = None;
    let Some((last, beside)) = opened.repositories.split_last() else {
        return Err(Failure::Other("there is no repository".to_owned()).into());
    };
    for repository in beside {
        match versioned(repository.package(name)).await {
            Err(error) if error.kind() == ErrorKind::NotFound => missing = Some(error),
            outcome => return Ok(outcome?),
        }
    }
    if let Some(url) = &package.url {
        return Ok(versioned(last.package_at(url).full_name(name)).await?);
    }
    if last.location().is_none()
        && let Some(missing) = missing
    {
        return Err(hinted(missing, no_repository()));
    }
    Ok(versioned(last.package(name)).await?)
}
