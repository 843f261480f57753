//! What a user names: a file, a folder, a URL, or a package of the repository.

use std::path::Path;

use futures_util::{StreamExt as _, stream};
use murano_sdk::{Error, ErrorKind, archive::PackageFile, repository::Repository};

use super::{Watcher, at_once};
use crate::{
    cx::Cx,
    report::{Batch, Failure, hinted},
};

/// Whether this is fetched from where it says.
pub(crate) fn is_url(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|it| it.eq_ignore_ascii_case("http") || it.eq_ignore_ascii_case("https"))
}

/// Opens one package.
pub(crate) async fn open(
    cx: &Cx,
    repository: &Repository,
    text: &str,
    version: Option<&str>,
) -> anyhow::Result<PackageFile> {
    let path = Path::new(text).to_owned();
    if path.exists() {
        // Packs where need be, and checks; that is work that blocks.
        return Ok(tokio::task::spawn_blocking(move || PackageFile::open(path)).await??);
    }
    cx.classic_line(format!(
        "Package file '{text}' does not exist, attempting to download"
    ))?;
    if !is_url(text) && repository.location().is_none() {
        let text = format!("{text}: there is no such file or folder");
        return Err(hinted(Failure::Other(text), no_repository()));
    }
    let fetch = if is_url(text) {
        repository.package_at(text)
    } else {
        repository.package(text)
    };
    let fetch = match version {
        Some(version) => fetch.version(version),
        None => fetch,
    };
    let (watcher, name) = (Watcher::new(cx), text.to_owned());
    Ok(fetch
        .progress(move |progress| watcher.transfer(&name, progress))
        .await?)
}

pub(crate) fn no_repository() -> String {
    "to fetch what has no file here, name a repository: --repo-url, or MURANO_REPO_URL".to_owned()
}

/// Opens all that is named, or fails when all has been tried. The old client went on with those that
/// could be opened; the second value tells how many could not.
pub(crate) async fn open_all(
    cx: &Cx,
    repository: &Repository,
    (names, version): (&[String], Option<&str>),
    done: &str,
) -> anyhow::Result<(Vec<PackageFile>, usize)> {
    let mut batch = Batch::new(cx);
    let mut files = Vec::new();
    let opened = names
        .iter()
        .map(|text| async move { (text, open(cx, repository, text, version).await) });
    let mut opened = stream::iter(opened).buffered(at_once(cx));
    while let Some((text, outcome)) = opened.next().await {
        match outcome {
            Err(error) if cx.classic().is_some() => cx.classic_line(format!(
                "Failed to create package for '{text}', reason: {}",
                reason(&error)
            ))?,
            outcome => files.extend(batch.add(outcome)),
        }
    }
    let (bad, all) = (names.len() - files.len(), names.len());
    if bad > 0 && all > 1 {
        let text = format!("nothing is {done}: {bad} of {all} are no packages");
        cx.ui().note(text);
    }
    batch.finish().map(|()| (files, bad))
}

/// Why something could not be fetched or uploaded, in the words of the old client.
pub(crate) fn reason(error: &anyhow::Error) -> String {
    let Some(error) = error.downcast_ref::<Error>() else {
        return error.root_cause().to_string();
    };
    let url = error.call().and_then(|call| call.strip_prefix("GET "));
    match (error.status(), url) {
        (Some(status @ 400..), Some(url)) if error.kind() != ErrorKind::Conflict => {
            format!("Got non-ok status({status}) while connecting to {url}")
        }
        (Some(status), _) => format!("{error} (HTTP {status})"),
        (None, _) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_told_from_files_and_names() {
        assert!(is_url("http://x/y.zip") && is_url("HTTPS://x"));
        for text in ["io.example.Shop", "ftp://x", "http:x", "a/b.zip"] {
            assert!(!is_url(text), "{text}");
        }
    }
}
