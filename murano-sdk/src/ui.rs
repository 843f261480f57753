//! The forms of packages: what to ask before an application is added, and the object model made
//! of the answers.
//!
//! A package may carry a definition (`UI/ui.yaml`) of forms with fields, and a template of the
//! application with expressions in [YAQL](crate::yaql). The dashboard shows the forms; here a
//! program asks the same questions, gets the same defaults and checks, and builds the same model.
//!
//! ```
//! use murano_sdk::ui::{Definition, Kind};
//! use serde_json::json;
//!
//! let definition = Definition::parse(
//!     "Version: 2.2\n\
//!      Application:\n  ?: {type: com.example.Shop}\n  port: $.shop.port\n  \
//!      host: generateHostname($.shop.pattern, 1)\n\
//!      Forms:\n- shop:\n    fields:\n    \
//!      - {name: port, type: integer, label: Port, initial: 80, minValue: 1}\n    \
//!      - {name: pattern, type: string, regexpValidator: '^[a-z#-]+$'}\n",
//! )?;
//! assert_eq!((definition.version(), definition.class()), ("2.2", Some("com.example.Shop")));
//! assert!(definition.wants_name());
//!
//! let form = &definition.forms()[0];
//! let (port, pattern) = (&form.fields[0], &form.fields[1]);
//! assert_eq!((form.name.as_str(), &port.kind, port.required), ("shop", &Kind::Integer, true));
//! assert!(pattern.check(&json!("Web 1")).is_err());
//!
//! let mut answers = definition.answers();
//! assert_eq!(definition.default_of(form, port, &answers)?, Some(json!(80)));
//! answers.set("shop", "pattern", pattern.check(&json!("web-#"))?);
//! definition.fill(&mut answers)?;
//! definition.check_form(form, &answers)?;
//! assert_eq!(answers.get("shop", "port"), Some(&json!(80)));
//!
//! let model = definition.build(&answers, Some("till"))?;
//! assert_eq!((&model["port"], &model["host"]), (&json!(80), &json!("web-1")));
//! assert_eq!(model["?"]["name"], "till");
//!
//! let unattended = definition.read_answers("shop: {port: 8080}\npattern: 'db-#'\n")?;
//! assert_eq!(definition.build(&unattended, None)?["host"], "db-1");
//! # Ok::<(), murano_sdk::Error>(())
//! ```

mod answers;
mod blank;
mod build;
mod check;
mod field;
mod read;
mod template;

use crate::error::{Error, Result};
use crate::yaml::{Documents, Tags};
use crate::yaql::Value;

pub use answers::Answers;
pub use field::{Choice, Field, Form, Kind};

/// Forms and template of a package.
#[derive(Clone, Debug)]
pub struct Definition {
    version: (u64, u64),
    version_text: String,
    application: Value,
    templates: Vec<(String, Value)>,
    parameters: Vec<(String, Value)>,
    forms: Vec<Form>,
}

/// Longer definitions are refused unread.
const MAX_LENGTH: usize = 1024 * 1024;

/// The first version in which the dashboard asks for the name of the application.
const NAMED_SINCE: (u64, u64) = (2, 2);

impl Definition {
    /// Reads the text of a definition.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Archive`](crate::ErrorKind::Archive) with the line, for a text that is no YAML,
    /// has no application, or has a field of an unknown kind or with unknown keys.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > MAX_LENGTH {
            let limit = format!("the UI definition has more than {MAX_LENGTH} bytes");
            return Err(Error::archive(limit));
        }
        let wrong = |error| Error::archive(format!("UI definition, {error}"));
        let documents = Documents::load(text, Tags::Yaql).map_err(wrong)?;
        let Some(root) = documents.single().map_err(wrong)? else {
            return Err(Error::archive("the UI definition is empty"));
        };
        read::definition(root)
    }

    /// The version of the format, as it is written.
    pub fn version(&self) -> &str {
        &self.version_text
    }

    /// The class of the application, where the template gives it as a text.
    pub fn class(&self) -> Option<&str> {
        let Value::Dict(application) = &self.application else {
            return None;
        };
        match application.get(&Value::text("?"))? {
            Value::Dict(system) => system.get(&Value::text("type"))?.as_text(),
            _ => None,
        }
    }

    /// Whether the dashboard asks for a name of the application besides the forms: since version
    /// 2.2 of the format it is no field of a form.
    pub fn wants_name(&self) -> bool {
        self.version >= NAMED_SINCE
    }

    /// The forms in the order they are asked.
    pub fn forms(&self) -> &[Form] {
        &self.forms
    }
}

#[cfg(test)]
mod tests;
