//! Plans as people and programs read them.

use murano_sdk::import::{Action, Plan, Step};
use serde::Serialize;
use serde_json::json;

use crate::{cx::Cx, output::columns, ui};

/// A step of a plan.
#[derive(Serialize)]
pub(crate) struct PlanRow {
    action: &'static str,
    package: String,
    version: Option<String>,
    source: String,
    main: bool,
    required_by: Vec<String>,
    /// Packages that require each other in a circle with this one.
    circle: Option<Vec<String>>,
}

columns!(PlanRow {
    action      "Action"      brief => |row| row.action.into(),
    package     "Package"     brief => |row| row.package.as_str().into(),
    version     "Version"     brief => |row| json!(row.version),
    source      "Source"      brief => |row| row.source.as_str().into(),
    required_by "Required By" brief => |row| json!(row.required_by),
    main        "Main"        full  => |row| row.main.into(),
    circle      "Circle"      full  => |row| json!(row.circle),
});

impl PlanRow {
    /// A step, of which the command line says what is done with it.
    pub(crate) fn new(plan: &Plan, step: &Step, action: &'static str) -> Self {
        let mut circles = plan.cycles.iter();
        Self {
            action,
            package: step.name.clone(),
            version: step.version.clone(),
            source: step.source.clone(),
            main: step.main,
            required_by: step.required_by.clone(),
            circle: circles.find(|it| it.contains(&step.name)).cloned(),
        }
    }
}

/// Says what is odd about a plan.
pub(crate) fn note_oddities(cx: &Cx, plan: &Plan) -> anyhow::Result<()> {
    for step in &plan.steps {
        if step.action == Action::Missing {
            for by in &step.required_by {
                cx.classic_line(format!(
                    "Error {} occurred while parsing package {}, required by {by} package",
                    step.source, step.name
                ))?;
            }
        }
    }
    if cx.classic().is_some() || cx.ui().is_for_programs() {
        return Ok(());
    }
    for warning in &plan.warnings {
        cx.ui().labelled("warning", ui::HINT, warning);
    }
    for cycle in &plan.cycles {
        let first = cycle.first().map(String::as_str).unwrap_or_default();
        let circle = cycle.join(" -> ");
        cx.ui()
            .note(format!("packages require each other: {circle} -> {first}"));
    }
    Ok(())
}
