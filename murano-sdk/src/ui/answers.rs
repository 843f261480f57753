//! Answers, defaults, and answers out of a file.

use std::fmt;

use serde_json::{Map, Value as Json};

use super::Definition;
use super::build::Functions;
use super::field::{Field, Form, Kind};
use crate::error::{Error, Result};
use crate::yaml::{Body, Documents, Entry, Node, Tags};
use crate::yaql::{Fault, Run, Scope, Value};

/// Answers given so far. They may be passwords, so `Debug` tells their fields alone.
#[derive(Clone, Default)]
pub struct Answers {
    given: Vec<Given>,
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.given.iter().map(|given| (&given.form, &given.field));
        f.debug_list().entries(names).finish()
    }
}

#[derive(Clone)]
struct Given {
    form: String,
    field: String,
    value: Json,
}

impl Answers {
    /// The answer to a field.
    pub fn get(&self, form: &str, field: &str) -> Option<&Json> {
        let mut given = self.given.iter();
        given
            .find(|given| given.form == form && given.field == field)
            .map(|given| &given.value)
    }

    /// Keeps an answer that was [checked](Field::check).
    pub fn set(&mut self, form: &str, field: &str, value: Json) {
        self.given
            .retain(|given| given.form != form || given.field != field);
        let (form, field) = (form.to_owned(), field.to_owned());
        self.given.push(Given { form, field, value });
    }

    /// By form and field, as expressions see them.
    pub(super) fn data(&self) -> Json {
        let mut forms: Map<String, Json> = Map::new();
        for given in &self.given {
            let form = forms
                .entry(given.form.clone())
                .or_insert_with(|| Json::Object(Map::new()));
            if let Json::Object(fields) = form {
                fields.insert(given.field.clone(), given.value.clone());
            }
        }
        Json::Object(forms)
    }
}

impl Definition {
    /// No answers yet.
    pub fn answers(&self) -> Answers {
        Answers::default()
    }

    /// Reads answers from YAML or JSON: `{FORM: {FIELD: VALUE}}`, or `{FIELD: VALUE}` for names
    /// that one form alone has. A name without a value is no answer.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for names the definition does not have and
    /// for answers its rules refuse.
    pub fn read_answers(&self, text: &str) -> Result<Answers> {
        let wrong = |error| Error::invalid(format!("the answers are no YAML: {error}"));
        let documents = Documents::load(text, Tags::Dropped).map_err(wrong)?;
        let mut answers = self.answers();
        let Some(root) = documents.single().map_err(wrong)? else {
            return Ok(answers);
        };
        if !matches!(root.body, Body::Mapping(_)) && !root.is_null() {
            return Err(Error::invalid(
                "the answers must be a mapping of fields to values",
            ));
        }
        for entry in root.entries() {
            let form = self.forms.iter().find(|form| form.name == entry.key);
            match form.filter(|_| matches!(entry.value.body, Body::Mapping(_))) {
                Some(form) => {
                    for answer in entry.value.entries() {
                        take(form, answer, &mut answers)?;
                    }
                }
                None => take(self.only_form_with(entry)?, entry, &mut answers)?,
            }
        }
        Ok(answers)
    }

    fn only_form_with(&self, entry: &Entry) -> Result<&Form> {
        let has = |form: &&Form| form.fields.iter().any(|field| field.name == entry.key);
        let found: Vec<&Form> = self.forms.iter().filter(has).collect();
        let (name, line) = (&entry.key, entry.at.line);
        match found.as_slice() {
            [form] => Ok(form),
            [] => {
                let text = format!(
                    "the answers name `{name}` (line {line}), no form or field is called so"
                );
                Err(Error::invalid(text))
            }
            forms => {
                let names: Vec<_> = forms.iter().map(|form| form.name.as_str()).collect();
                let names = names.join(", ");
                let text = format!(
                    "the answers name `{name}` (line {line}), a field of {names}: write it below its form"
                );
                Err(Error::invalid(text))
            }
        }
    }

    /// The answer to offer: the field's default, by the answers given before.
    ///
    /// A choice without a default offers its first answer, as the dashboard's form does.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Archive`](crate::ErrorKind::Archive) naming the expression of the default where
    /// it cannot be evaluated.
    pub fn default_of(
        &self,
        form: &Form,
        field: &Field,
        answers: &Answers,
    ) -> Result<Option<Json>> {
        let value = match &field.initial {
            None => Json::Null,
            Some(initial) => self
                .evaluate(initial, answers)
                .map_err(|fault| placed(form, field, &Error::from(fault)))?,
        };
        Ok(match value {
            Json::Null if field.kind == Kind::Choice => field
                .choices
                .first()
                .map(|choice| choice.value.clone().into()),
            Json::Null if field.kind == Kind::Boolean => Some(false.into()),
            Json::Null => None,
            value => Some(value),
        })
    }

    fn evaluate(&self, initial: &Value, answers: &Answers) -> Result<Json, Fault> {
        let functions = Functions::new(self);
        let run = Run::new(Some(&functions));
        let mut scope = Scope::default().with("", Value::from_json(&answers.data()));
        self.set_parameters(&run, &mut scope)?;
        let value = run.template(initial, &scope)?;
        run.json(&value)
    }

    /// Gives every field without an answer its default, and checks each form as a whole.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) naming the fields that need an answer and
    /// have no default, or the rule that does not hold.
    pub fn fill(&self, answers: &mut Answers) -> Result<()> {
        let mut missing = Vec::new();
        for form in &self.forms {
            for field in &form.fields {
                if answers.get(&form.name, &field.name).is_some() {
                    continue;
                }
                match self.default_of(form, field, answers)? {
                    None if field.required => missing.push(format!("{}.{}", form.name, field.name)),
                    default => {
                        let value = field.check(&default.unwrap_or_default());
                        let value = value.map_err(|error| placed(form, field, &error))?;
                        answers.set(&form.name, &field.name, value);
                    }
                }
            }
            if missing.is_empty() {
                self.check_form(form, answers)?;
            }
        }
        match missing.as_slice() {
            [] => Ok(()),
            [one] => Err(Error::invalid(format!(
                "{one} needs an answer, it has no default"
            ))),
            all => {
                let all = all.join(", ");
                Err(Error::invalid(format!(
                    "{all} need answers, they have no defaults"
                )))
            }
        }
    }

    /// Checks what a form says about all its answers together.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) with the words of the definition.
    pub fn check_form(&self, form: &Form, answers: &Answers) -> Result<()> {
        let functions = Functions::new(self);
        let data = answers.data();
        for rule in &form.rules {
            if !rule.holds(&data, Some(&functions))? {
                let text = rule
                    .message
                    .as_deref()
                    .unwrap_or("the answers do not go together");
                return Err(Error::invalid(format!("{}: {text}", form.name)));
            }
        }
        Ok(())
    }
}

/// One answer of a file.
fn take(form: &Form, entry: &Entry, answers: &mut Answers) -> Result<()> {
    let Some(field) = form.fields.iter().find(|field| field.name == entry.key) else {
        let (form, name, line) = (&form.name, &entry.key, entry.at.line);
        let text =
            format!("the answers name `{form}.{name}` (line {line}), there is no such field");
        return Err(Error::invalid(text));
    };
    // Left empty in a file to fill in.
    if entry.value.is_null() {
        return Ok(());
    }
    let value = field
        .check(&given(field, &entry.value))
        .map_err(|error| placed(form, field, &error))?;
    answers.set(&form.name, &field.name, value);
    Ok(())
}

/// The answer that stands in a file. What is text for the field is text, even `yes` and `1.10`.
fn given(field: &Field, node: &Node) -> Json {
    match node.text() {
        Some(text) if field.kind.is_text() => Json::String(text.to_owned()),
        _ => node.to_json(),
    }
}

/// The error with the field it is about.
fn placed(form: &Form, field: &Field, error: &Error) -> Error {
    Error::new(
        error.kind(),
        format!("{}.{}: {error}", form.name, field.name),
    )
}
