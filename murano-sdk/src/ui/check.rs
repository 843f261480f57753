//! Whether an answer is right, and what the dashboard makes of it.

use std::net::Ipv4Addr;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::field::{Field, Kind};
use crate::error::{Error, Result};
use crate::pattern::Pattern;
use crate::yaql::{Expression, Fault, Host, Run, Scope, Value};

/// What must hold, and what to say where it does not.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) test: Test,
    pub(super) message: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) enum Test {
    Pattern(Arc<Pattern>),
    Expression(Arc<Expression>),
}

impl Rule {
    /// Whether it holds of a value.
    pub(super) fn holds(&self, value: &Json, host: Option<&dyn Host>) -> Result<bool, Fault> {
        match &self.test {
            Test::Pattern(pattern) => {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                pattern.is_found(&text).map_err(Fault::run)
            }
            Test::Expression(expression) => {
                let scope = Scope::default().with("", Value::from_json(value));
                Ok(expression.run(&Run::new(host), &scope)?.is_true())
            }
        }
    }
}

impl Field {
    /// Checks an answer and gives it the form that expressions get, such as a number for a text of
    /// digits. Texts lose the space around them, as in the dashboard.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) with the words of the definition where it
    /// has some.
    pub fn check(&self, answer: &Json) -> Result<Json> {
        let value = self.clean(answer)?;
        if self.is_empty(&value) {
            if self.required && self.kind != Kind::Boolean {
                return Err(self.refuse("required", "an answer is required"));
            }
            return Ok(value);
        }
        self.check_limits(&value)?;
        for rule in &self.rules {
            if !rule.holds(&value, None)? {
                let own = rule.message.as_deref();
                return Err(match own {
                    Some(message) => Error::invalid(message),
                    None => self.refuse("invalid", "the answer does not have the form it needs"),
                });
            }
        }
        Ok(value)
    }

    /// The answer of somebody who says nothing.
    pub(super) fn empty(&self) -> Json {
        match self.kind {
            Kind::Integer | Kind::Application { .. } => Json::Null,
            Kind::Boolean => json!(false),
            Kind::DatabaseList => json!([]),
            Kind::Network => json!([null, null]),
            _ => json!(""),
        }
    }

    fn is_empty(&self, value: &Json) -> bool {
        *value == self.empty()
    }

    fn clean(&self, answer: &Json) -> Result<Json> {
        if answer.is_null() || answer.as_str().is_some_and(|text| text.trim().is_empty()) {
            return Ok(self.empty());
        }
        match self.kind {
            Kind::Integer => self.integer(answer),
            Kind::Boolean => self.boolean(answer),
            Kind::Network => self.network(answer),
            Kind::DatabaseList => self.databases(answer),
            Kind::Choice => self.choice(answer),
            Kind::ClusterIp => {
                let text = self.text(answer)?;
                match text.parse::<Ipv4Addr>() {
                    Ok(_) => Ok(text.into()),
                    Err(_) => Err(self.refuse("invalid", "the answer is no IPv4 address")),
                }
            }
            _ => self.text(answer).map(Json::String),
        }
    }

    fn text(&self, answer: &Json) -> Result<String> {
        match answer {
            Json::String(text) => Ok(text.trim().to_owned()),
            Json::Number(number) => Ok(number.to_string()),
            Json::Bool(true) => Ok("True".to_owned()),
            Json::Bool(false) => Ok("False".to_owned()),
            _ => Err(self.refuse("invalid", "the answer is no text")),
        }
    }

    fn integer(&self, answer: &Json) -> Result<Json> {
        let text = answer
            .as_str()
            .map_or_else(|| answer.to_string(), str::to_owned);
        let text = text.trim();
        // A fraction of zeros is none.
        let whole = text.trim_end_matches('0').strip_suffix('.').unwrap_or(text);
        let number = whole.parse::<i64>();
        number
            .map(Json::from)
            .map_err(|_| self.refuse("invalid", "the answer is no whole number"))
    }

    fn boolean(&self, answer: &Json) -> Result<Json> {
        let word = match answer {
            Json::Bool(value) => return Ok(json!(value)),
            Json::String(text) => text.trim().to_lowercase(),
            other => other.to_string(),
        };
        match word.as_str() {
            "true" | "yes" | "on" | "y" | "1" => Ok(json!(true)),
            "false" | "no" | "off" | "n" | "0" => Ok(json!(false)),
            _ => Err(self.refuse("invalid", "the answer is neither yes nor no")),
        }
    }

    fn network(&self, answer: &Json) -> Result<Json> {
        let name = |value: &Json| match value {
            Json::Null => Some(Json::Null),
            Json::String(text) if !text.trim().is_empty() => Some(json!(text.trim())),
            _ => None,
        };
        let found = match answer {
            Json::String(text) => match text.split_once(',') {
                Some((network, subnet)) => name(&json!(network)).zip(name(&json!(subnet))),
                None => name(answer).map(|network| (network, Json::Null)),
            },
            Json::Array(parts) => match parts.as_slice() {
                [network] => name(network).map(|network| (network, Json::Null)),
                [network, subnet] => name(network).zip(name(subnet)),
                _ => None,
            },
            _ => None,
        };
        match found {
            Some((network, subnet)) => Ok(json!([network, subnet])),
            None => Err(self.refuse("invalid", "a network is NETWORK or NETWORK,SUBNET")),
        }
    }

    fn databases(&self, answer: &Json) -> Result<Json> {
        let names: Option<Vec<String>> = match answer {
            Json::String(text) => {
                Some(text.split(',').map(|name| name.trim().to_owned()).collect())
            }
            Json::Array(names) => {
                let text = |name: &Json| name.as_str().map(|name| name.trim().to_owned());
                names.iter().map(text).collect()
            }
            _ => None,
        };
        let names = names.filter(|names| names.iter().all(|name| is_database_name(name)));
        names.map(Json::from).ok_or_else(|| {
            let rule = "a database name begins with a letter or _ and goes on with letters, digits \
                        and _ $ # @";
            self.refuse("invalid", rule)
        })
    }

    fn choice(&self, answer: &Json) -> Result<Json> {
        let text = self.text(answer)?;
        if self.choices.iter().any(|choice| choice.value == text) {
            return Ok(text.into());
        }
        let known: Vec<_> = self
            .choices
            .iter()
            .map(|choice| choice.value.as_str())
            .collect();
        let message = format!("the answer is none of {}", known.join(", "));
        Err(self.refuse("invalid_choice", &message))
    }

    fn check_limits(&self, value: &Json) -> Result<()> {
        if let Some(number) = value.as_i64() {
            if let Some(least) = self.min_value.filter(|least| number < *least) {
                return Err(self.refuse("min_value", &format!("it must be {least} or more")));
            }
            if let Some(most) = self.max_value.filter(|most| number > *most) {
                return Err(self.refuse("max_value", &format!("it must be {most} or less")));
            }
        }
        if let Some(text) = value.as_str() {
            let length = text.chars().count();
            if let Some(least) = self.min_length.filter(|least| length < *least) {
                let message = format!("it must have {least} characters or more, it has {length}");
                return Err(self.refuse("min_length", &message));
            }
            if let Some(most) = self.max_length.filter(|most| length > *most) {
                let message = format!("it must have {most} characters or less, it has {length}");
                return Err(self.refuse("max_length", &message));
            }
        }
        Ok(())
    }

    /// The definition's words for a mistake, or ours.
    fn refuse(&self, mistake: &str, message: &str) -> Error {
        let own = self.messages.iter().find(|(name, _)| name == mistake);
        Error::invalid(own.map_or(message, |(_, own)| own))
    }
}

/// As the dashboard has it, with the signs between `Z` and `a`.
fn is_database_name(name: &str) -> bool {
    let is_first = |c: char| ('A'..='z').contains(&c);
    let is_next = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '#' | '@');
    name.starts_with(is_first) && name.chars().skip(1).all(is_next)
}
