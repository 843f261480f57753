//! A file of answers to fill in.

use serde_json::json;

use super::{Definition, Field};
use crate::error::Result;
use crate::yaml;

impl Definition {
    /// The questions as a YAML file of answers with their defaults, for [`Definition::read_answers`]. What
    /// needs an answer and has no default is left empty; hidden fields are left out.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Archive`](crate::ErrorKind::Archive) naming the expression of a default that cannot
    /// be evaluated.
    ///
    /// ```
    /// # use murano_sdk::ui::Definition;
    /// let text = "Version: 2\nApplication: {'?': {type: a.B}}\nForms:\n- shop:\n    fields:\n    \
    ///     - {name: owner, type: string, label: Who sells}\n    - {name: port, type: integer, initial: 80}\n";
    /// let blank = Definition::parse(text)?.blank()?;
    /// assert_eq!(blank, "shop:\n  # Who sells (required)\n  owner:\n  # port\n  port: 80\n");
    /// # Ok::<(), murano_sdk::Error>(())
    /// ```
    pub fn blank(&self) -> Result<String> {
        let mut text = String::new();
        // Defaults may come from those before them.
        let mut answers = self.answers();
        for form in &self.forms {
            let mut begun = false;
            for field in &form.fields {
                let default = self.default_of(form, field, &answers)?;
                if let Some(Ok(value)) = default.as_ref().map(|value| field.check(value)) {
                    answers.set(&form.name, &field.name, value);
                }
                if field.hidden {
                    continue;
                }
                if !std::mem::replace(&mut begun, true) {
                    text.extend([form.name.as_str(), ":\n"]);
                }
                text.extend(["  # ", &comment(field, default.is_none()), "\n"]);
                let line = match default {
                    Some(default) => yaml::to_string(&json!({ &field.name: default })),
                    None => format!("{}:", field.name),
                };
                for line in line.lines() {
                    text.extend(["  ", line, "\n"]);
                }
            }
        }
        Ok(text)
    }
}

/// What a field is about, on one line.
fn comment(field: &Field, lacks_default: bool) -> String {
    let mut words = field.title().to_owned();
    if !field.choices.is_empty() {
        let choices: Vec<&str> = field.choices.iter().map(|one| one.value.as_str()).collect();
        words.extend([": one of ", &choices.join(", ")]);
    }
    if field.required && lacks_default {
        words.push_str(" (required)");
    }
    if let Some(more) = field.description.as_ref().or(field.help.as_ref()) {
        words.extend([". ", more]);
    }
    let words: Vec<&str> = words.split_whitespace().collect();
    words.join(" ")
}
