use murano_sdk::packages::Package;

use crate::{
    cx::Cx,
    import::{self, ImportArgs},
    manual::examples,
    output::OutputArgs,
    report::Failure,
};

/// Upload packages to the catalog, with everything they require
///
/// A package is an archive, a folder that is packed on the way, a URL, or the full name of a package in
/// the repository that --repo-url names. All of them are checked first; where one is not as it has to be,
/// nothing is uploaded. What they require comes from the same command line, from the catalog or from the
/// repository, and is uploaded before them.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano package import ./versioned --categories Web",
    "murano package import *.zip --tags demo",
    "murano package import com.example.Slow --repo-url repository --dry-run",
    "murano package import ./greeter --exists-action update",
))]
pub(crate) struct Args {
    /// Archives (.zip), folders, URLs, or full names of packages in the repository
    #[arg(value_name = "FILE", required = true, value_hint = clap::ValueHint::AnyPath)]
    files: Vec<String>,
    /// Version of the package that is fetched by its name
    #[arg(long, value_name = "VERSION")]
    package_version: Option<String>,
    #[command(flatten)]
    import: ImportArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    if args.import.dry_run {
        args.output.check::<import::PlanRow>()?;
    } else {
        args.output.check::<Package>()?;
    }
    let mut version = args.package_version.as_deref();
    if version.is_some() && args.files.len() > 1 {
        cx.classic_line("Requested to import more than one package, ignoring version.")?;
        if cx.classic().is_none() {
            let text = "--package-version is about one package, and several are named";
            return Err(Failure::Usage(text.to_owned()).into());
        }
        version = None;
    }
    let repository = cx.repository()?;
    let (files, bad) =
        import::open_all(cx, &repository, (&args.files, version), "uploaded").await?;
    let outcome = if files.is_empty() {
        Ok(())
    } else {
        let repositories = [repository];
        import::import(cx, files, &repositories, (&args.import, &args.output)).await
    };
    match outcome {
        Ok(()) if bad > 0 => Err(Failure::Shown(1).into()),
        outcome => outcome,
    }
}
