use std::path::PathBuf;

use murano_sdk::import::Plan;

use crate::{
    cx::Cx,
    import,
    manual::examples,
    output::OutputArgs,
    report::{Failure, OrHint as _},
    save::{SaveArgs, SavedRow, save},
};

/// Save packages with everything they require in a folder, for a site without a network
///
/// The folder is a repository then: --repo-url takes it, as it is or behind a web server. No cloud is
/// needed.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano package save com.example.Slow --repo-url repository --path site",
    "murano package save ./greeter ./library --path site",
))]
pub(crate) struct Args {
    /// Full names of packages in the repository, URLs, archives (.zip) or folders
    #[arg(value_name = "FILE", required = true, value_hint = clap::ValueHint::AnyPath)]
    files: Vec<String>,
    /// Version of the package that is fetched by its name
    #[arg(long, value_name = "VERSION")]
    package_version: Option<String>,
    #[command(flatten)]
    save: SaveArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<SavedRow>()?;
    if args.package_version.is_some() && args.files.len() > 1 {
        let text = "--package-version is about one package, and several are named";
        return Err(Failure::Usage(text.to_owned()).into());
    }
    let version = args.package_version.as_deref();
    let repository = cx.repository()?;
    let (files, _) = import::open_all(cx, &repository, (&args.files, version), "saved").await?;
    let name = files.first().map(|file| file.manifest().full_name.clone());
    let plan = Plan::of(files)
        .repository(&repository)
        .requirements(!args.save.requirements.no_deps)
        .skip_missing(args.save.requirements.skip_missing || cx.classic().is_some())
        .observe(import::Watcher::new(cx).observer());
    let plan = plan
        .await
        .or_hint(murano_sdk::ErrorKind::NotFound, import::skip_missing)?;
    import::note_oddities(cx, &plan)?;
    let folder = args.save.path.clone().unwrap_or_else(|| PathBuf::from("."));
    let mut saved = plan.save(folder);
    if let (Some(name), Some(version)) = (name, version) {
        saved = saved.version(name, version);
    }
    save(cx, saved, &[repository], (&args.save, &args.output)).await
}
