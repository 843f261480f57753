use std::fmt::Write as _;

use murano_sdk::{
    archive::PackageFile,
    import::{Action, Plan, Requirement, Step},
    repository::Repository,
};
use serde_json::json;

use crate::{
    cx::Cx,
    files, find,
    import::{self, Watcher, note_oddities},
    manual::examples,
    output::{Format, printable, text_of},
};

/// Show what packages require, and what of it is in the catalog
///
/// Nothing is changed. Without a cloud the catalog is not asked.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano package deps ./greeter",
    "murano package deps com.example.Slow --repo-url repository --format json",
))]
pub(crate) struct Args {
    /// Archives (.zip), folders, URLs, or full names of packages in the repository, or in the catalog
    /// where no repository is named
    #[arg(value_name = "FILE", required = true, value_hint = clap::ValueHint::AnyPath)]
    files: Vec<String>,
    /// How to print
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value = "tree")]
    format: TreeFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum TreeFormat {
    /// Branches for people
    Tree,
    /// Everything, as JSON
    Json,
    /// Everything, as YAML
    Yaml,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let repository = cx.repository()?;
    let mut files = Vec::new();
    for text in &args.files {
        files.push(open(cx, &repository, text).await?);
    }
    let mut plan = Plan::of(files)
        .repository(&repository)
        .skip_missing(true)
        .observe(Watcher::new(cx).observer());
    match cx.client() {
        Ok(client) => plan = plan.catalog(client),
        Err(_) => cx
            .ui()
            .note("no cloud is configured: the catalog is not asked"),
    }
    let plan = plan.await?;
    match args.format {
        TreeFormat::Tree => {
            note_oddities(cx, &plan)?;
            Ok(cx.ui().result(&tree(&plan))?)
        }
        TreeFormat::Json => Ok(cx.ui().result(&text_of(&json!(plan), Format::Json))?),
        TreeFormat::Yaml => Ok(cx.ui().result(&text_of(&json!(plan), Format::Yaml))?),
    }
}

/// A file, or what the repository has, or the archive of a package of the catalog.
async fn open(cx: &Cx, repository: &Repository, text: &str) -> anyhow::Result<PackageFile> {
    let is_in_catalog = repository.location().is_none()
        && !std::path::Path::new(text).exists()
        && !import::is_url(text);
    if !is_in_catalog || cx.client().is_err() {
        return import::open(cx, repository, text, None).await;
    }
    let package = find::package(cx, text).await?;
    let folder = files::private_folder()?;
    let path = folder.path().join("package.zip");
    let download = cx.client()?.package(&package.id).download();
    download.to_file(&path).await?;
    let file = tokio::task::spawn_blocking(move || {
        let file = PackageFile::open(path);
        // What was opened is not looked into again.
        drop(folder);
        file
    });
    Ok(file.await??)
}

/// The requirements below each package that was named.
fn tree(plan: &Plan) -> String {
    let mut text = String::new();
    let mut seen = vec![false; plan.steps.len()];
    for (number, step) in plan.steps.iter().enumerate().filter(|(_, step)| step.main) {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{}", name(step));
        if !std::mem::replace(&mut seen[number], true) {
            branches(plan, step, (&mut text, &mut seen), "");
        }
    }
    printable(&text)
}

/// No deeper than there are packages: each has its branches once.
fn branches(plan: &Plan, step: &Step, (text, seen): (&mut String, &mut Vec<bool>), indent: &str) {
    let last = step.requires.len().saturating_sub(1);
    for (place, requirement) in step.requires.iter().enumerate() {
        let (twig, below) = if place == last {
            ("└── ", "    ")
        } else {
            ("├── ", "│   ")
        };
        let Some(next) = plan.steps.get(requirement.step) else {
            continue;
        };
        let is_known = std::mem::replace(&mut seen[requirement.step], true);
        let above = if is_known && !next.requires.is_empty() {
            ", see above"
        } else {
            ""
        };
        let _ = writeln!(text, "{indent}{twig}{}{above}", label(requirement, next));
        if !is_known {
            branches(plan, next, (text, seen), &format!("{indent}{below}"));
        }
    }
}

fn name(step: &Step) -> String {
    match (step.action, &step.version) {
        (Action::Missing, _) | (_, None) => step.name.clone(),
        (_, Some(version)) => format!("{} {version}", step.name),
    }
}

fn label(requirement: &Requirement, step: &Step) -> String {
    let range = requirement.range.as_ref();
    let range = range.map_or(String::new(), |range| format!(" ({range})"));
    let state = match step.action {
        Action::Installed => ", installed",
        Action::Missing => ", missing",
        _ => "",
    };
    format!("{}{range}{state}", name(step))
}
