//! What is said about a package: how grave it is, where it stands, and a sentence.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::yaml::{Mark, YamlError};

/// So many problems one message tells; a wrong folder would fill the screen.
const MAX_TOLD: usize = 10;

/// How grave a [`Finding`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A server refuses the package, or takes it and cannot use a part of it.
    Error,
    /// It works, but someone should look at it.
    Warning,
}

impl Severity {
    /// The word for it: `error` or `warning`.
    ///
    /// ```
    /// assert_eq!(murano_sdk::archive::Severity::Warning.as_str(), "warning");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// Something a packager should know, as [`check`](super::check()) finds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// How grave it is.
    pub severity: Severity,
    /// The file of the package it is about, `None` for the package as a whole.
    pub file: Option<String>,
    /// Line in the file, counted from 1, where it is known.
    pub line: Option<usize>,
    /// Column in the line, counted from 1 in characters, where it is known.
    pub column: Option<usize>,
    /// What is wrong and what to do, in one sentence.
    pub text: String,
    /// Whether the sentence names nothing but the rule of YAML that is broken.
    #[serde(skip)]
    is_syntax: bool,
    /// Whether it keeps the package from being opened and uploaded.
    #[serde(skip)]
    is_refusal: bool,
}

impl Finding {
    /// What a server refuses.
    pub(super) fn error(file: &str, at: Option<Mark>, text: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            file: Some(file.to_owned()),
            line: at.map(|at| at.line),
            column: at.map(|at| at.column),
            text: text.into(),
            is_syntax: false,
            is_refusal: true,
        }
    }

    /// What a server takes at first and cannot use later.
    pub(super) fn flaw(file: &str, at: Option<Mark>, text: impl Into<String>) -> Self {
        Self::error(file, at, text).taken()
    }

    /// The same, known not to keep a server from taking the package.
    pub(super) fn taken(self) -> Self {
        Self {
            is_refusal: false,
            ..self
        }
    }

    pub(super) fn warning(file: &str, at: Option<Mark>, text: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::flaw(file, at, text)
        }
    }

    /// About the package as a whole.
    pub(super) fn whole(severity: Severity, text: impl Into<String>) -> Self {
        Self {
            severity,
            file: None,
            line: None,
            column: None,
            text: text.into(),
            is_syntax: false,
            is_refusal: severity == Severity::Error,
        }
    }

    /// A file that cannot be read as YAML.
    pub(super) fn yaml(file: &str, error: &YamlError) -> Self {
        let (line, column) = (error.line, error.column);
        Self {
            is_syntax: true,
            ..Self::error(file, Some(Mark { line, column }), error.message.as_str())
        }
    }

    /// Where it is, such as `Classes/Main.yaml:12:3`, as far as it is known; empty for the package as
    /// a whole.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// std::fs::write(folder.join("manifest.yaml"), "FullName: io.example.Shop\nType: App\n")?;
    /// let findings = murano_sdk::archive::check(folder)?;
    /// assert!(findings.iter().any(|finding| finding.place() == "manifest.yaml:2:7"));
    /// # Ok(()) }
    /// ```
    pub fn place(&self) -> String {
        let numbers = [self.line, self.column]
            .into_iter()
            .map_while(|number| number);
        let file = self.file.clone().unwrap_or_default();
        numbers.fold(file, |place, number| format!("{place}:{number}"))
    }

    /// One sentence for messages that name no position, but that of a mistake in YAML, which cannot be
    /// found without.
    pub(super) fn sentence(&self) -> String {
        let text = &self.text;
        match (&self.file, self.line, self.column) {
            (Some(file), ..) if text.starts_with(file.as_str()) => text.clone(),
            (Some(file), Some(line), Some(column)) if self.is_syntax => {
                format!("{file}: line {line}, column {column}: {text}")
            }
            (Some(file), ..) => format!("{file}: {text}"),
            (None, ..) => text.clone(),
        }
    }
}

impl fmt::Display for Finding {
    /// Place and sentence, such as `manifest.yaml:2:7: Type is "App", …`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.place();
        let colon = if place.is_empty() { "" } else { ": " };
        write!(out, "{place}{colon}{}", self.text)
    }
}

/// The error of a package that no server takes for these reasons, `None` when none of them is so grave.
pub(super) fn refusal(findings: &[Finding]) -> Option<Error> {
    let problems: Vec<String> = findings
        .iter()
        .filter(|finding| finding.is_refusal)
        .map(Finding::sentence)
        .collect();
    (!problems.is_empty()).then(|| Error::archive(join(&problems)))
}

/// Many problems as one message.
pub(super) fn join(problems: &[String]) -> String {
    let told = problems.len().min(MAX_TOLD);
    let text = problems[..told].join("; ");
    match problems.len() - told {
        0 => text,
        more => format!("{text}; and {more} more"),
    }
}

/// The sentences of what no server refuses.
pub(super) fn remarks(findings: &[Finding]) -> Vec<String> {
    let taken = findings.iter().filter(|finding| !finding.is_refusal);
    taken.map(Finding::sentence).collect()
}
