//! What is seen while packages are on their way.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use murano_sdk::{ErrorKind, import::Event};

use crate::{
    cx::Cx,
    ui::{Progress, Ui},
};

/// Shows a bar for each file that is on its way, and says what the old client said. Clones show in the same place.
#[derive(Clone)]
pub(crate) struct Watcher {
    ui: Ui,
    classic: bool,
    bars: Arc<Mutex<BTreeMap<String, Bar>>>,
}

struct Bar {
    shown: Progress,
    is_full: bool,
}

impl Watcher {
    pub(crate) fn new(cx: &Cx) -> Self {
        Self {
            ui: cx.ui().clone(),
            classic: cx.classic().is_some(),
            bars: Arc::default(),
        }
    }

    pub(crate) fn observer(self) -> impl Fn(Event<'_>) + Send + Sync + 'static {
        move |event| {
            match &event {
                Event::Transfer { name, progress } => return self.transfer(name, *progress),
                Event::Kept { name, path } => self.ui.line(format!(
                    "package {name} is not in the catalog: its archive is kept as {}",
                    path.display()
                )),
                _ => self.clear(subject(&event)),
            }
            if self.classic {
                for line in sentences(&event) {
                    // Where nobody reads, the end of the command will say it.
                    let _ = self
                        .ui
                        .result(&crate::output::printable(&format!("{line}\n")));
                }
            }
        }
    }

    /// Shows how much of a file is there.
    pub(crate) fn transfer(&self, name: &str, progress: murano_sdk::Progress) {
        let mut bars = self.bars();
        if !bars.contains_key(name) {
            let bar = Bar {
                shown: self.ui.bytes_bar(name, progress.total),
                is_full: false,
            };
            bars.insert(name.to_owned(), bar);
        }
        if let Some(bar) = bars.get_mut(name) {
            bar.is_full = progress.total == Some(progress.done);
            bar.shown.set(progress);
        }
    }

    /// Takes away what has arrived, and the bar of what something else is told of.
    fn clear(&self, name: Option<&str>) {
        self.bars()
            .retain(|shown, bar| !bar.is_full && name != Some(&**shown));
    }

    fn bars(&self) -> MutexGuard<'_, BTreeMap<String, Bar>> {
        self.bars.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Name of the package or image that something is told of.
fn subject<'a>(event: &'a Event<'_>) -> Option<&'a str> {
    match event {
        Event::Image { name, .. } => *name,
        Event::Fetching { name } => Some(name),
        Event::Uploading { step }
        | Event::Conflict { step, .. }
        | Event::Skipped { step }
        | Event::Aborted { step }
        | Event::Deleting { step, .. }
        | Event::Uploaded { step, .. }
        | Event::Failed { step, .. } => Some(&step.name),
        _ => None,
    }
}

/// What the old client said.
fn sentences(event: &Event<'_>) -> Vec<String> {
    match event {
        Event::Uploading { step } => vec![format!("Importing package {}", step.name)],
        Event::Conflict { step, .. } => vec![format!(
            "Importing package {} failed. Package with the same name/classes is already registered.",
            step.name
        )],
        Event::Skipped { .. } => vec!["Skipping.".to_owned()],
        Event::Aborted { .. } => vec!["Exiting.".to_owned()],
        Event::Deleting { step, package } => {
            // It began anew then.
            vec![
                format!("Deleting package {}({})", step.name, package.id),
                format!("Importing package {}", step.name),
            ]
        }
        Event::Failed { step, error } => {
            let status = error
                .status()
                .map_or(String::new(), |it| format!(" (HTTP {it})"));
            let name = &step.name;
            if error.kind() == ErrorKind::Conflict && error.to_string().contains("has no package") {
                return vec![
                    format!(
                        "Got a conflict response, but could not find the package '{name}' in the current tenant."
                    ),
                    "This probably means the conflicting package is in another tenant.".to_owned(),
                    "Please delete it manually.".to_owned(),
                ];
            }
            vec![format!(
                "Error {error}{status} occurred while installing package {name}"
            )]
        }
        Event::Images { .. } => vec!["Inspecting required images".to_owned()],
        Event::Image {
            step,
            name: _,
            outcome,
        } => match outcome {
            Ok(ensured) if ensured.outcome == murano_sdk::images::ImageOutcome::Added => {
                let (name, id) = (&ensured.image.name, &ensured.image.id);
                vec![format!("Added {name}, {id} image")]
            }
            Ok(_) => Vec::new(),
            Err(error) => {
                let name = &step.name;
                vec![format!(
                    "Error {error} occurred while installing images for {name}"
                )]
            }
        },
        _ => Vec::new(),
    }
}
