//! What the commands about files of environments share: which files, what differs, how it is applied.

use std::{
    future::IntoFuture as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anstyle::{AnsiColor, Style};
use clap::ValueEnum as _;
use murano_sdk::{
    ErrorKind,
    manifest::{Applied, Apply, Change, ChangeKind, Document, DryRun, Event, Plan, Variables},
};
use serde_json::{Value, json};

use crate::{
    config,
    cx::Cx,
    files,
    output::{Format, printable},
    report::{Failure, OrHint as _},
    ui::Ui,
};

/// Options of commands that read files of environments.
#[derive(clap::Args)]
pub(crate) struct FileArgs {
    /// Files in YAML or JSON with environments and templates; - is standard input. A word for a format, as in
    /// `-f json`, is the format: a file of that name is `./json`
    #[arg(short = 'f', long = "file", value_name = "FILE", required = true, num_args = 1..)]
    #[arg(value_hint = clap::ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// File with values for variables such as ${NAME}: one mapping in YAML or JSON; repeated, what is said last counts
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    values: Vec<PathBuf>,
    /// Value of a variable, before those of files and of the process's environment
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// Remove the applications that the file does not name
    #[arg(long)]
    pub(crate) prune: bool,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("write a name and a value, such as SIZE=3")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl FileArgs {
    /// The format that stands among the files.
    pub(crate) fn format(&self) -> Option<Format> {
        self.files.iter().rev().find_map(|file| format(file))
    }

    /// The documents of all files, in their order.
    pub(crate) fn documents(&self, cx: &Cx) -> anyhow::Result<Vec<Document>> {
        let mut variables = Variables::new().all(config::variables());
        for file in &self.values {
            variables = variables.file(file)?;
        }
        for (name, value) in &self.set {
            variables = variables.set(name, value.as_str());
        }
        let mut documents: Vec<Document> = Vec::new();
        let files: Vec<&PathBuf> = self
            .files
            .iter()
            .filter(|file| format(file).is_none())
            .collect();
        if files.is_empty() {
            let text = "no file is named: give one with -f";
            return Err(Failure::Usage(text.to_owned()).into());
        }
        for file in files {
            for document in read(cx, file, &variables)? {
                let same =
                    |other: &Document| other.kind == document.kind && other.name == document.name;
                if documents.iter().any(same) {
                    let (kind, name) = (document.kind.as_str(), &document.name);
                    let text = format!(
                        "{}: {kind} \"{name}\" is described twice",
                        files::source(file)
                    );
                    return Err(Failure::Other(text).into());
                }
                documents.push(document);
            }
        }
        Ok(documents)
    }
}

fn format(file: &Path) -> Option<Format> {
    Format::from_str(file.to_str()?, false).ok()
}

fn read(cx: &Cx, file: &Path, variables: &Variables) -> anyhow::Result<Vec<Document>> {
    if !files::is_dash(file) {
        return Ok(Document::open(file, variables)?);
    }
    let name = files::source(file);
    let text = String::from_utf8(files::read(cx, file)?)
        .map_err(|_| Failure::Other(format!("cannot read {name}: it is no text")))?;
    let read = Document::parse(&text, variables);
    read.map_err(|error| crate::report::about(error, name))
}

/// How far a trial goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Trial {
    /// Compare, and change nothing
    Client,
    /// Edit the environment in a session, too, and discard that
    Server,
}

/// Option of commands that can be tried.
#[derive(clap::Args)]
pub(crate) struct TrialArgs {
    /// Show what would be done, and do nothing
    #[arg(long, value_name = "HOW", value_enum, num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "client")]
    dry_run: Option<Trial>,
}

impl TrialArgs {
    pub(crate) fn is_trial(&self) -> bool {
        self.dry_run.is_some()
    }

    fn apply(&self, apply: Apply) -> Apply {
        match self.dry_run {
            None => apply,
            Some(Trial::Client) => apply.dry_run(DryRun::Client),
            Some(Trial::Server) => apply.dry_run(DryRun::Server),
        }
    }
}

/// Carries it out, and tells on stderr what happens. Ctrl-C ends it as long as nothing is deployed.
pub(crate) async fn carry_out(cx: &Cx, apply: Apply, trial: &TrialArgs) -> anyhow::Result<Applied> {
    let stop = Arc::new(AtomicBool::new(false));
    let ui = cx.ui().clone();
    let apply = trial.apply(apply).stop_when(&stop);
    let mut running = apply.observe(move |event| tell(&ui, &event)).into_future();
    loop {
        tokio::select! {
            applied = &mut running => return applied.or_hint(ErrorKind::State, || {
                "others deploy the environment, too: try again when they have ended".to_owned()
            }),
            _ = tokio::signal::ctrl_c() => {
                if stop.swap(true, Ordering::SeqCst) {
                    let text = "interrupted while a session was open";
                    return Err(Failure::Interrupted(text.to_owned()).into());
                }
                cx.ui().line("discarding what was begun, Ctrl-C again ends at once");
            }
        }
    }
}

fn tell(ui: &Ui, event: &Event<'_>) {
    match event {
        Event::Busy { name } => ui.note(format!(
            "environment \"{name}\" is being deployed: waiting for its end"
        )),
        Event::Planned(plan) => {
            for note in plan.notes() {
                ui.note(note);
            }
            for line in lines(plan, false) {
                ui.note(line.text);
            }
        }
        Event::Imported { name } => ui.note(format!("package {name} is imported")),
        Event::Overtaken { name, .. } => {
            ui.note(format!(
                "environment \"{name}\" was changed by somebody else: comparing once more"
            ));
        }
        _ => {}
    }
}

/// The names of the applications that go.
pub(crate) fn removed(plan: &Plan) -> Vec<String> {
    let goes = |change: &Change| change.kind == ChangeKind::Removed && change.path.len() == 2;
    let changes = plan.changes().into_iter().filter(goes);
    changes.filter_map(|mut change| change.path.pop()).collect()
}

/// A line of a comparison.
struct Line {
    text: String,
    style: Style,
}

/// What differs, for people: nothing where nothing does.
pub(crate) fn text(ui: &Ui, plan: &Plan, secrets: bool) -> String {
    let colour = ui.out_has_colour();
    let style = |line: &Line| if colour { line.style } else { Style::new() };
    let lines = lines(plan, secrets);
    let lines = lines
        .iter()
        .map(|line| format!("{0}{1}{0:#}\n", style(line), printable(&line.text)));
    lines.collect()
}

fn lines(plan: &Plan, secrets: bool) -> Vec<Line> {
    if plan.is_empty() {
        return Vec::new();
    }
    let new = if plan.creates() { " is new" } else { "" };
    let mut lines = vec![Line {
        text: format!("{} \"{}\"{new}:", plan.kind().as_str(), plan.name()),
        style: Style::new().bold(),
    }];
    for change in plan.changes() {
        let change = if secrets { change } else { change.masked() };
        if change.kind != ChangeKind::Added {
            lines.extend(side(&change, '-', change.before.as_ref()));
        }
        if change.kind != ChangeKind::Removed {
            lines.extend(side(&change, '+', change.after.as_ref()));
        }
    }
    lines
}

fn side(change: &Change, sign: char, value: Option<&Value>) -> Vec<Line> {
    let colour = if sign == '+' {
        AnsiColor::Green
    } else {
        AnsiColor::Red
    };
    let told = json!({ change.path.join("/"): value });
    let told = murano_sdk::yaml::to_string(&told);
    let line = |line: &str| Line {
        text: format!("{sign} {line}"),
        style: colour.on_default(),
    };
    told.lines().map(line).collect()
}
