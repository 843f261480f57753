//! Out of YAML: the parts of a definition, its forms and their fields.

mod fields;

use std::sync::Arc;

use super::Definition;
use super::check::{Rule, Test};
use super::field::Form;
use super::template::template;
use crate::error::{Error, Result};
use crate::yaml::{Body, Entry, Mark, Node};
use crate::yaql::{Fault, Run, Scope, Value};

/// Nobody answers more.
const MAX_FIELDS: usize = 1000;
/// Formats that are known: all of version 2 up to this.
const LATEST: (u64, u64) = (2, 4);

pub(super) fn definition(root: &Node) -> Result<Definition> {
    if !matches!(root.body, Body::Mapping(_)) {
        return Err(wrong(
            root.at,
            "it must be a mapping with Version, Application and Forms",
        ));
    }
    let mut parts = Parts::default();
    for entry in root.entries() {
        match decamelized(&entry.key).as_str() {
            "version" => parts.version = Some(entry),
            "application" => parts.application = Some(entry),
            "templates" => parts.templates = named_templates(entry)?,
            "parameters" => parts.parameters = named_templates(entry)?,
            "forms" => parts.forms = Some(entry),
            "parameters_source" => {
                let text = "ParametersSource runs a method of the package and is not supported";
                return Err(wrong(entry.at, text));
            }
            // The dashboard keeps what else stands there and makes nothing of it.
            _ => {}
        }
    }
    let (version, version_text) = version(parts.version)?;
    let application = parts.application.filter(|entry| !entry.value.is_null());
    let application = application.ok_or_else(|| wrong(root.at, "Application is missing"))?;
    // Only letters may begin the name of a parameter.
    let mut parameters = parts.parameters;
    parameters.retain(|(name, _)| name.starts_with(char::is_alphabetic));
    let forms = match parts.forms {
        Some(entry) => forms(entry, &parameters)?,
        None => Vec::new(),
    };
    Ok(Definition {
        version,
        version_text,
        application: value(&application.value)?,
        templates: parts.templates,
        parameters,
        forms,
    })
}

#[derive(Default)]
struct Parts<'n> {
    version: Option<&'n Entry>,
    application: Option<&'n Entry>,
    templates: Vec<(String, Value)>,
    parameters: Vec<(String, Value)>,
    forms: Option<&'n Entry>,
}

/// Names of values that the whole definition can use.
type Parameters = [(String, Value)];

/// Without a version the definition is of the latest one.
fn version(entry: Option<&Entry>) -> Result<((u64, u64), String)> {
    let Some(entry) = entry else {
        return Ok((LATEST, format!("{}.{}", LATEST.0, LATEST.1)));
    };
    let text = entry.value.text().unwrap_or_default();
    let mut numbers = text.split('.').map(str::parse);
    let major = numbers.next().and_then(Result::ok);
    let minor = numbers.next().map_or(Some(0), Result::ok);
    match major.zip(minor) {
        Some(version) if version.0 == LATEST.0 && version <= LATEST => {
            Ok((version, text.to_owned()))
        }
        Some(_) => {
            let (major, minor) = LATEST;
            let text = format!("version {text} is not supported, {major} to {major}.{minor} are");
            Err(wrong(entry.at, &text))
        }
        None => Err(wrong(entry.at, "Version is no number such as 2.2")),
    }
}

fn named_templates(entry: &Entry) -> Result<Vec<(String, Value)>> {
    if !matches!(entry.value.body, Body::Mapping(_)) && !entry.value.is_null() {
        let text = format!("{} must be a mapping of names", entry.key);
        return Err(wrong(entry.at, &text));
    }
    let entries = entry.value.entries().iter();
    entries
        .map(|entry| Ok((entry.key.clone(), value(&entry.value)?)))
        .collect()
}

fn forms(entry: &Entry, parameters: &Parameters) -> Result<Vec<Form>> {
    let forms = match &entry.value.body {
        Body::Sequence(forms) => forms,
        _ if entry.value.is_null() => return Ok(Vec::new()),
        _ => return Err(wrong(entry.at, "Forms must be a list of named forms")),
    };
    let fields = |node: &Node| match node.entries() {
        [form] => form.value.get("fields").map_or(0, Node::len),
        _ => 0,
    };
    if forms.iter().map(|node| 1 + fields(node)).sum::<usize>() > MAX_FIELDS {
        let text = format!("there are more than {MAX_FIELDS} forms and fields");
        return Err(wrong(entry.at, &text));
    }
    forms.iter().map(|node| form(node, parameters)).collect()
}

fn form(node: &Node, parameters: &Parameters) -> Result<Form> {
    let [entry] = node.entries() else {
        return Err(wrong(
            node.at,
            "a form must be a mapping of its name to its fields",
        ));
    };
    let name = entry.key.clone();
    let Some(Body::Sequence(nodes)) = entry.value.get("fields").map(|fields| &fields.body) else {
        let text = format!("the form `{name}` needs a list of fields");
        return Err(wrong(entry.at, &text));
    };
    let fields: Vec<_> = nodes
        .iter()
        .map(|node| fields::field(node, parameters))
        .collect::<Result<_>>()?;
    for (at, field) in fields.iter().enumerate() {
        if fields
            .iter()
            .skip(at + 1)
            .any(|other| other.name == field.name)
        {
            let text = format!("the form `{name}` has the field `{}` twice", field.name);
            return Err(wrong(entry.at, &text));
        }
    }
    let rules = match entry.value.entry("validators") {
        Some(entry) => rules(entry)?,
        None => Vec::new(),
    };
    Ok(Form {
        name,
        fields,
        rules,
    })
}

/// A list of `expr` and `message`.
fn rules(entry: &Entry) -> Result<Vec<Rule>> {
    let Body::Sequence(nodes) = &entry.value.body else {
        return Err(wrong(entry.at, "validators must be a list"));
    };
    nodes.iter().map(|node| rule(node)).collect()
}

fn rule(node: &Node) -> Result<Rule> {
    let Some(expr) = node.get("expr") else {
        return Err(wrong(node.at, "a validator needs an expr"));
    };
    let message = node.get("message").and_then(Node::text).map(one_line);
    let test = match expr
        .get("regexpValidator")
        .or_else(|| expr.get("regexp_validator"))
    {
        Some(pattern) => self::pattern(pattern)?,
        None => match value(expr)? {
            Value::Code(expression) => Test::Expression(expression),
            _ => {
                return Err(wrong(
                    expr.at,
                    "expr is neither an expression nor a regexpValidator",
                ));
            }
        },
    };
    Ok(Rule { test, message })
}

fn pattern(node: &Node) -> Result<Test> {
    let text = node
        .text()
        .ok_or_else(|| wrong(node.at, "regexpValidator must be a text"))?;
    let pattern = crate::pattern::Pattern::new(text).map_err(|error| wrong(node.at, &error))?;
    Ok(Test::Pattern(Arc::new(pattern)))
}

fn value(node: &Node) -> Result<Value> {
    template(node).map_err(|fault| wrong(node.at, &Error::from(fault).to_string()))
}

/// A value that answers have no part in, such as the choices of a field.
fn fixed(node: &Node, parameters: &Parameters) -> Result<Value> {
    let run = Run::new(None);
    let mut scope = Scope::default();
    let evaluated = parameters.iter().try_for_each(|(name, value)| {
        scope.set(name, run.template(value, &scope)?);
        Ok(())
    });
    let value = value(node)?;
    let value = evaluated.and_then(|()| run.template(&value, &scope));
    value.map_err(|fault: Fault| wrong(node.at, &Error::from(fault).to_string()))
}

fn wrong(at: Mark, text: &str) -> Error {
    Error::archive(format!("UI definition, line {}: {text}", at.line))
}

/// Folded texts become one line that a terminal can be given.
fn one_line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .collect()
}

/// `minLength` as `min_length`: definitions use either.
fn decamelized(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut was_lower = false;
    for c in name.chars() {
        if c.is_uppercase() && was_lower {
            out.push('_');
        }
        was_lower = !c.is_uppercase();
        out.extend(c.to_lowercase());
    }
    out
}
