//! The question before something is lost.

use crate::{cx::Cx, report::Failure};

/// The option of commands that ask before they delete or erase.
#[derive(clap::Args, Clone, Copy)]
pub(crate) struct Consent {
    /// Do not ask; without it there is a question on a terminal, and none elsewhere
    #[arg(short, long)]
    yes: bool,
}

impl Consent {
    /// Whether there is to be a question: not after `--yes`, not where nobody can answer it, and not under
    /// a name of the old client, which never asked.
    pub(crate) fn is_needed(self, cx: &Cx) -> bool {
        !self.yes && cx.classic().is_none() && cx.ui().can_ask()
    }

    /// Asks about these things where that is needed, and fails where the answer is no. `what` is to be done
    /// with one of them, or with several.
    pub(crate) fn ask(
        self,
        cx: &Cx,
        (one, several): (&str, &str),
        names: &[String],
    ) -> anyhow::Result<()> {
        if !self.is_needed(cx) {
            return Ok(());
        }
        let what = if names.len() == 1 { one } else { several };
        let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
        insist(cx, &format!("{what} {}?", names.join(", ")))
    }
}

/// Fails unless the answer is yes.
pub(crate) fn insist(cx: &Cx, question: &str) -> anyhow::Result<()> {
    if cx.ui().confirm(question)? {
        return Ok(());
    }
    Err(Failure::Other("the answer was no: nothing was done".to_owned()).into())
}
