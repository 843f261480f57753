//! One field.

use super::{Parameters, decamelized, fixed, one_line, pattern, rules, value, wrong};
use crate::error::Result;
use crate::pattern::Pattern;
use crate::ui::check::{Rule, Test};
use crate::ui::field::{Choice, Field, Kind};
use crate::yaml::{Body, Entry, Node};
use crate::yaql::Value;

/// What the dashboard asks of a password that has no rules of its own.
const PASSWORD: &str = r"^.*(?=.*\d)(?=.*[a-z])(?=.*[A-Z])(?=.*[!@#$%^&*()_+|\/.,~?><:{}-]).*$";
const PASSWORD_MESSAGE: &str = "the password needs letters of both sizes, a digit and a sign";
const PASSWORD_LENGTHS: (usize, usize) = (7, 255);

pub(super) fn field(node: &Node, parameters: &Parameters) -> Result<Field> {
    if !matches!(node.body, Body::Mapping(_)) {
        return Err(wrong(
            node.at,
            "a field must be a mapping with name and type",
        ));
    }
    let name = node.get("name").and_then(Node::text);
    let name = name.ok_or_else(|| wrong(node.at, "a field needs a name"))?;
    let Some(sort) = node.get("type") else {
        let text = format!("the field `{name}` needs a type");
        return Err(wrong(node.at, &text));
    };
    let mut field = Field::new(name, kind(name, sort)?);
    for entry in node.entries() {
        set(&mut field, entry, parameters)?;
    }
    finish(&mut field)?;
    if field.kind == Kind::Choice && field.choices.is_empty() {
        let text = format!("the field `{name}` needs choices");
        return Err(wrong(node.at, &text));
    }
    Ok(field)
}

impl Field {
    fn new(name: &str, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            required: kind != Kind::Boolean,
            kind,
            label: None,
            help: None,
            description: None,
            hidden: false,
            choices: Vec::new(),
            min_length: None,
            max_length: None,
            min_value: None,
            max_value: None,
            initial: None,
            rules: Vec::new(),
            messages: Vec::new(),
        }
    }
}

fn kind(name: &str, node: &Node) -> Result<Kind> {
    let unknown = |word: &str| {
        let text = format!(
            "the field `{name}` has the unknown type `{}`",
            one_line(word)
        );
        wrong(node.at, &text)
    };
    if let Body::Sequence(items) = &node.body {
        let classes = items.iter().map(|item| item.text().map(str::to_owned));
        let classes = classes.collect::<Option<Vec<_>>>();
        let classes = classes.filter(|classes| !classes.is_empty());
        return match classes {
            Some(classes) => Ok(Kind::Application { classes }),
            None => Err(unknown("a list of other things than classes")),
        };
    }
    let word = node.text().unwrap_or("null");
    Kind::named(word).ok_or_else(|| unknown(word))
}

/// Takes in one key of a field.
fn set(field: &mut Field, entry: &Entry, parameters: &Parameters) -> Result<()> {
    let node = &*entry.value;
    match decamelized(&entry.key).as_str() {
        "label" => field.label = shown(node, parameters).as_deref().map(one_line),
        "help_text" => field.help = shown(node, parameters).as_deref().map(one_line),
        "description" => field.description = shown(node, parameters),
        "required" => {
            field.required = fixed(node, parameters)?.is_true() && field.kind != Kind::Boolean;
        }
        "hidden" => field.hidden = fixed(node, parameters)?.is_true(),
        "initial" => {
            field.initial = Some(value(node)?).filter(|value| !matches!(value, Value::Null));
        }
        "min_length" => field.min_length = Some(number(field, entry, parameters)?),
        "max_length" => field.max_length = Some(number(field, entry, parameters)?),
        "min_value" => field.min_value = Some(number(field, entry, parameters)?),
        "max_value" => field.max_value = Some(number(field, entry, parameters)?),
        "image_type" => {
            if let Kind::Image { of_type } = &mut field.kind {
                *of_type = node.text().map(str::to_owned);
            }
        }
        "choices" => field.choices = choices(node, parameters)?,
        "regexp_validator" => {
            let test = pattern(node)?;
            field.rules.push(Rule {
                test,
                message: None,
            });
        }
        "validators" => field.rules.extend(rules(entry)?),
        "error_messages" => {
            let words = node.entries().iter();
            let word = |word: &Entry| Some((decamelized(&word.key), one_line(word.value.text()?)));
            field.messages.extend(words.filter_map(word));
        }
        // What stands in the head, and what only the look of the dashboard or its lists depend on.
        "name"
        | "type"
        | "description_title"
        | "widget_media"
        | "widget_attrs"
        | "requirements"
        | "murano_networks"
        | "include_subnets"
        | "allow_auto"
        | "filter"
        | "include_volumes"
        | "include_snapshots"
        | "confirm_input"
        | "empty_value_message" => {}
        _ => {
            let (name, key) = (&field.name, one_line(&entry.key));
            let text = format!("the field `{name}` has the unknown key `{key}`");
            return Err(wrong(entry.at, &text));
        }
    }
    Ok(())
}

/// The rules a field has without saying so.
fn finish(field: &mut Field) -> Result<()> {
    if field.kind == Kind::Password && field.rules.is_empty() {
        let pattern = Pattern::new(PASSWORD).map_err(crate::Error::archive)?;
        let test = Test::Pattern(pattern.into());
        field.rules.push(Rule {
            test,
            message: None,
        });
        field.min_length.get_or_insert(PASSWORD_LENGTHS.0);
        field.max_length.get_or_insert(PASSWORD_LENGTHS.1);
        if !field.messages.iter().any(|(name, _)| name == "invalid") {
            field
                .messages
                .push(("invalid".to_owned(), PASSWORD_MESSAGE.to_owned()));
        }
    }
    Ok(())
}

/// A text for people. One that reads as an expression and gives no text is shown as it stands.
fn shown(node: &Node, parameters: &Parameters) -> Option<String> {
    match fixed(node, parameters) {
        Ok(Value::Text(text)) => Some(text.to_string()),
        _ => node.text().map(str::to_owned),
    }
}

fn number<T: TryFrom<i64>>(field: &Field, entry: &Entry, parameters: &Parameters) -> Result<T> {
    let number = match fixed(&entry.value, parameters)? {
        Value::Int(number) => T::try_from(number).ok(),
        _ => None,
    };
    number.ok_or_else(|| {
        let text = format!(
            "the field `{}` needs a number for `{}`",
            field.name, entry.key
        );
        wrong(entry.at, &text)
    })
}

/// A list of pairs or a mapping, of values to what is shown for them.
fn choices(node: &Node, parameters: &Parameters) -> Result<Vec<Choice>> {
    let refuse = || {
        wrong(
            node.at,
            "choices must be a list of pairs of value and label",
        )
    };
    let text = |value: &Value| match value {
        // What stands for `yes` is the dashboard's word for it.
        Value::Bool(true) => Ok("True".to_owned()),
        Value::Bool(false) => Ok("False".to_owned()),
        other => other.display().map(|text| text.to_string()),
    };
    let choice = |value: &Value, label: &Value| match (text(value), text(label)) {
        (Ok(value), Ok(label)) => Ok(Choice {
            value,
            label: one_line(&label),
        }),
        _ => Err(refuse()),
    };
    match fixed(node, parameters)? {
        Value::List(items) => items
            .iter()
            .map(|item| match item {
                Value::List(pair) => match pair.as_slice() {
                    [value, label] => choice(value, label),
                    _ => Err(refuse()),
                },
                _ => Err(refuse()),
            })
            .collect(),
        Value::Dict(dict) => {
            let entries = dict.entries().iter();
            entries.map(|(value, label)| choice(value, label)).collect()
        }
        _ => Err(refuse()),
    }
}
