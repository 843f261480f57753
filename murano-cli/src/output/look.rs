//! How wide tables are, and what has a colour in them.

use comfy_table::Color;
use serde_json::Value;

use crate::{config, ui::Ui};

/// Options about the look of tables.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub(crate) struct LookArgs {
    /// Widest table in characters, 0 for any width; by default a terminal's width, and any elsewhere
    #[arg(long, value_name = "WIDTH")]
    max_width: Option<u16>,
    /// Make tables fit the terminal where they do not go to one, such as those for a pager
    #[arg(long)]
    fit_width: bool,
}

/// How tables look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(super) width: Width,
    pub(super) colour: bool,
}

/// How wide a table may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    Any,
    AtMost(u16),
    /// That of the terminal it goes to.
    Terminal,
    /// That of the terminal behind stderr, if there is one.
    OtherTerminal,
}

impl Look {
    /// No colours and any width, wherever it goes.
    pub(crate) const PLAIN: Self = Self {
        width: Width::Any,
        colour: false,
    };

    /// What the options and variables say, and the terminal where they do not.
    pub(crate) fn new(args: LookArgs, ui: &Ui) -> Self {
        let fit = args.fit_width || config::fit_width();
        let most = args.max_width.or_else(config::max_width);
        let width = match most {
            Some(most @ 1..) => Width::AtMost(most),
            Some(_) if !fit => Width::Any,
            _ if ui.out_is_terminal() => Width::Terminal,
            _ if fit => Width::OtherTerminal,
            _ => Width::Any,
        };
        Self {
            width,
            colour: ui.out_has_colour(),
        }
    }
}

/// Columns that tell how a thing is doing.
const STATES: [&str; 3] = ["status", "state", "health"];

/// The colour of a value in a column: green for what is good, red for what has failed, yellow for what is on its
/// way.
pub(super) fn colour(key: &str, value: &Value) -> Option<Color> {
    let state = value.as_str().filter(|_| STATES.contains(&key))?;
    let state = state.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| state.contains(part));
    if has(&["fail", "error"]) {
        Some(Color::Red)
    } else if has(&[
        "ing",
        "pending",
        "warn",
        "expired",
        "scale_",
        "in_maintenance",
    ]) {
        Some(Color::Yellow)
    } else if has(&[
        "ready", "success", "deployed", "active", "done", "good", "ok",
    ]) {
        Some(Color::Green)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_colours_and_nothing_else_has() {
        let of = |key: &str, value: &str| colour(key, &value.into());
        for (value, expected) in [
            ("ready", Some(Color::Green)),
            ("success", Some(Color::Green)),
            ("MAINTENANCE_DONE", Some(Color::Green)),
            ("deploying", Some(Color::Yellow)),
            ("pending", Some(Color::Yellow)),
            ("deploy failure", Some(Color::Red)),
            ("running_w_errors", Some(Color::Red)),
            ("open", None),
        ] {
            assert_eq!(of("status", value), expected, "{value}");
        }
        assert_eq!(of("name", "ready"), None);
        assert_eq!(colour("status", &200.into()), None);
    }
}
