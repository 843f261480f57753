use std::path::{Path, PathBuf};

use murano_sdk::{ErrorKind, import::Plan, repository::Bundle};

use super::{import::complaint, open, packages};
use crate::{
    cx::Cx,
    import,
    manual::examples,
    output::OutputArgs,
    report::{Failure, OrHint as _},
    save::{SaveArgs, SavedRow, save},
};

/// Save the packages of a bundle, with everything they require, and the bundle itself in a folder
///
/// The folder is a repository then: --repo-url takes it, as it is or behind a web server. No cloud is
/// needed. The bundle that is saved names the packages without the Url they came from.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano bundle save demo --repo-url repository --path site",
))]
pub(crate) struct Args {
    /// A file, a URL, or a name in the repository
    #[arg(value_hint = clap::ValueHint::AnyPath)]
    bundle: String,
    #[command(flatten)]
    save: SaveArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<SavedRow>()?;
    let repository = cx.repository()?;
    let opened = open(cx, &repository, &args.bundle).await;
    let opened = match opened {
        Err(error) if cx.classic().is_some() => {
            return Err(Failure::Other(complaint(&args.bundle, &error)).into());
        }
        opened => opened?,
    };
    let skip = args.save.requirements.skip_missing;
    let files = packages(cx, &opened, skip).await?;
    let mut plan = Plan::of(files)
        .requirements(!args.save.requirements.no_deps)
        .skip_missing(skip || cx.classic().is_some())
        .observe(import::Watcher::new(cx).observer());
    for repository in &opened.repositories {
        plan = plan.repository(repository);
    }
    let plan = plan
        .await
        .or_hint(ErrorKind::NotFound, import::skip_missing)?;
    import::note_oddities(cx, &plan)?;
    let named = &opened.bundle.packages;
    let pairs = named.iter().map(|it| (&*it.name, it.version.as_deref()));
    let bundle = Bundle::of(pairs);
    let folder = args.save.path.clone().unwrap_or_else(|| PathBuf::from("."));
    let mut saved = plan.save(folder).bundle(stem(&args.bundle), bundle);
    for package in named {
        if let Some(version) = &package.version {
            saved = saved.version(&package.name, version);
        }
    }
    save(cx, saved, &opened.repositories, (&args.save, &args.output)).await
}

/// The name of a bundle, without folders and `.bundle`.
fn stem(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or(text);
    let name = text
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or(text);
    let name = Path::new(name);
    let is_bundle = name.extension().is_some_and(|it| it == "bundle");
    let name = if is_bundle {
        name.file_stem()
    } else {
        name.file_name()
    };
    name.map_or("packages".to_owned(), |name| {
        name.to_string_lossy().into_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn a_bundle_is_named_like_its_file() {
        for (text, name) in [
            ("demo", "demo"),
            ("a/b/demo.bundle", "demo"),
            ("https://h/demo.bundle?key=1", "demo"),
            ("demo.v2", "demo.v2"),
            ("..", "packages"),
        ] {
            assert_eq!(stem(text), name);
        }
    }
}
