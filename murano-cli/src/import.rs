//! From files, URLs and names to packages of the catalog: what `package import` and `bundle import` share.

mod arguments;
mod open;
mod plan;
mod show;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

pub(crate) use arguments::{ImportArgs, Requirements};
use murano_sdk::{
    ErrorKind,
    archive::PackageFile,
    import::{Action, ImageResult, Import, Imported, Outcome, Plan, Step, StepResult},
    packages::Package,
    repository::Repository,
};
pub(crate) use open::{is_url, no_repository, open, open_all, reason};
pub(crate) use plan::{PlanRow, note_oddities};
pub(crate) use show::Watcher;

use crate::{
    cx::Cx,
    output::OutputArgs,
    report::{Batch, Failure, OrHint as _, about, hinted},
    ui,
};

/// Imports packages with what they require. What is missing is looked for in these repositories.
pub(crate) async fn import(
    cx: &Cx,
    files: Vec<PackageFile>,
    repositories: &[Repository],
    (args, output): (&ImportArgs, &OutputArgs),
) -> anyhow::Result<()> {
    // The old client went on without what it could not find.
    let lenient = args.requirements.skip_missing || cx.classic().is_some();
    let mut plan = Plan::of(files)
        .catalog(cx.client()?)
        .requirements(!args.requirements.no_deps)
        .skip_missing(lenient || args.dry_run)
        .foresee(args.dry_run)
        .observe(Watcher::new(cx).observer());
    for repository in repositories {
        plan = plan.repository(repository);
    }
    let plan = plan.await.or_hint(ErrorKind::NotFound, skip_missing)?;
    note_oddities(cx, &plan)?;
    if args.dry_run {
        return show_plan(cx, &plan, (args, output));
    }
    let mut import = args
        .apply(cx, plan.import(cx.client()?))
        .at_once(at_once(cx));
    if !args.no_images {
        import = import.images(repositories);
    }
    let import = import.observe(Watcher::new(cx).observer());
    let imported = until_interrupted(cx, import).await?;
    tell(cx, imported, output)
}

/// How many packages are on their way at the same time. The old client's sentences tell one after the other.
pub(crate) fn at_once(cx: &Cx) -> usize {
    if cx.classic().is_some() { 1 } else { 4 }
}

pub(crate) fn skip_missing() -> String {
    "--repo-url names a repository, --skip-missing goes on without what is missing".to_owned()
}

fn show_plan(
    cx: &Cx,
    plan: &Plan,
    (args, output): (&ImportArgs, &OutputArgs),
) -> anyhow::Result<()> {
    let row = |step: &Step| PlanRow::new(plan, step, args.word(step));
    let rows: Vec<PlanRow> = plan.steps.iter().map(row).collect();
    cx.print_list(&rows, output)?;
    if plan.is_complete() || args.requirements.skip_missing {
        return Ok(());
    }
    let text = "the import would fail: something that is required is missing";
    Err(hinted(Failure::NotFound(text.to_owned()), skip_missing()))
}

/// Waits for the end. The first Ctrl-C ends it between two packages, so that none is left half replaced.
async fn until_interrupted(cx: &Cx, import: Import) -> anyhow::Result<Imported> {
    let stop = Arc::new(AtomicBool::new(false));
    let mut running = import.stop_when(&stop).into_future();
    loop {
        tokio::select! {
            imported = &mut running => return Ok(imported),
            _ = tokio::signal::ctrl_c() => {
                if stop.swap(true, Ordering::SeqCst) {
                    let text = "interrupted while a package was on its way";
                    return Err(Failure::Interrupted(text.to_owned()).into());
                }
                let text = "ending after what is on its way, Ctrl-C again ends at once";
                cx.ui().line(text);
            }
        }
    }
}

/// Says what became of each package, and prints those that are new.
fn tell(cx: &Cx, imported: Imported, output: &OutputArgs) -> anyhow::Result<()> {
    let summary = summary(&imported.results);
    let packages: Vec<Package> = imported.packages().into_iter().cloned().collect();
    let (aborted, complete) = (imported.aborted, imported.is_complete());
    let outcome = match cx.classic() {
        // What became of each has been said when it happened.
        Some(_) => Ok(0),
        None => tell_each(cx, imported, summary),
    };
    let is_document = output.wants_document() && complete && cx.classic().is_none();
    if !packages.is_empty() || is_document {
        cx.print_list(&packages, output)?;
    }
    if cx.classic().is_some() {
        return end_classic(cx, complete || aborted, !packages.is_empty());
    }
    let left = outcome?;
    if aborted {
        let text = "aborted: the catalog has a package that is in the way";
        return Err(Failure::State(text.to_owned()).into());
    }
    if left > 0 {
        let text = "interrupted: not all packages were tried";
        return Err(Failure::Interrupted(text.to_owned()).into());
    }
    Ok(())
}

/// Says what became of each package that is not new, and gives the number of those that were not tried.
fn tell_each(cx: &Cx, imported: Imported, summary: Option<String>) -> anyhow::Result<usize> {
    let mut batch = Batch::new(cx);
    for image in imported.images {
        tell_image(cx, image, &mut batch);
    }
    let mut left = 0;
    for result in imported.results {
        let name = shown(&result.step);
        match result.outcome {
            Outcome::Failed(error) => {
                let is_in_the_way = error.status() == Some(409);
                let error = about(error, name);
                batch.add::<()>(Err(if is_in_the_way {
                    hinted(error, exists_action())
                } else {
                    error
                }));
            }
            Outcome::Skipped => cx.ui().note(format!("{name}: skipped, the catalog has it")),
            Outcome::NotTried => {
                left += 1;
                cx.ui().line(format!("{name}: not tried"));
            }
            _ => {}
        }
    }
    if let Some(summary) = summary {
        cx.ui().note(summary);
    }
    batch.finish().map(|()| left)
}

/// The old client ended well where an answer ended it.
fn end_classic(cx: &Cx, is_well: bool, has_packages: bool) -> anyhow::Result<()> {
    if is_well {
        return Ok(());
    }
    if has_packages {
        cx.classic_line("Warning: there were some errors during the operation.")?;
    }
    Err(Failure::Shown(1).into())
}

fn exists_action() -> &'static str {
    "--exists-action update replaces what is in the catalog, --exists-action skip leaves it"
}

/// How many of several packages are where they should be.
fn summary(results: &[StepResult]) -> Option<String> {
    let count = |words: &[&str]| {
        let of = |result: &&StepResult| words.contains(&result.outcome.as_str());
        results.iter().filter(of).count()
    };
    let done = count(&["uploaded", "replaced"]);
    let all = results
        .iter()
        .filter(|result| result.step.action == Action::Upload)
        .count();
    let mut text = format!("{done} of {all} packages are uploaded");
    for word in ["skipped", "failed", "not tried"] {
        if count(&[word]) > 0 {
            text = format!("{text}, {} {word}", count(&[word]));
        }
    }
    (all > 1).then_some(text)
}

/// How the user knows a package: what was named, else its full name.
fn shown(step: &Step) -> String {
    if step.main {
        step.source.clone()
    } else {
        step.name.clone()
    }
}

fn tell_image(cx: &Cx, image: ImageResult, batch: &mut Batch<'_>) {
    let package = image.package;
    let name = image.image.unwrap_or_else(|| "images.lst".to_owned());
    match image.outcome {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NoService => {
            let text = format!("{package}: there is no image service for the image {name}");
            if !cx.ui().is_for_programs() {
                cx.ui().labelled("warning", ui::HINT, text);
            }
        }
        Err(error) => {
            batch.add::<()>(Err(about(error, format!("{package}: image {name}"))));
        }
    }
}
