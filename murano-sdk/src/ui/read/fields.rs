//! One field.

use super::{decamelized, one_line, pattern, rules, value, wrong};
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

pub(super) fn field(node: &Node) -> Result<Field> {
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
        set(&mut field, entry)?;
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
fn set(field: &mut Field, entry: &Entry) -> Result<()> {
    let node = &*entry.value;
    match decamelized(&entry.key).as_str() {
        "label" => field.label = node.text().map(one_line),
        "help_text" => field.help = node.text().map(one_line),
        "description" => field.description = node.text().map(str::to_owned),
        "required" => field.required = truth(field, entry)? && field.kind != Kind::Boolean,
        "hidden" => field.hidden = truth(field, entry)?,
        "initial" => {
            field.initial = Some(value(node)?).filter(|value| !matches!(value, Value::Null));
        }
        "min_length" => field.min_length = Some(number(field, entry)?),
        "max_length" => field.max_length = Some(number(field, entry)?),
        "min_value" => field.min_value = Some(number(field, entry)?),
        "max_value" => field.max_value = Some(number(field, entry)?),
        "image_type" => {
            if let Kind::Image { of_type } = &mut field.kind {
                *of_type = node.text().map(str::to_owned);
            }
        }
        "choices" => field.choices = choices(node)?,
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

fn truth(field: &Field, entry: &Entry) -> Result<bool> {
    match value(&entry.value)? {
        Value::Code(expression) => {
            let (name, key) = (&field.name, &entry.key);
            let text = format!(
                "the field `{name}` has an expression for `{key}`, which is not supported: `{expression}`"
            );
            Err(wrong(entry.at, &text))
        }
        value => Ok(value.is_true()),
    }
}

fn number<T: TryFrom<i64>>(field: &Field, entry: &Entry) -> Result<T> {
    let number = match value(&entry.value)? {
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
fn choices(node: &Node) -> Result<Vec<Choice>> {
    let choice = |value: &Node, label: &Node| {
        let texts = value.text().zip(label.text());
        let (value, label) = texts.ok_or_else(|| wrong(node.at, "a choice is no pair of texts"))?;
        Ok(Choice {
            value: value.to_owned(),
            label: one_line(label),
        })
    };
    match &node.body {
        Body::Sequence(items) => items
            .iter()
            .map(|item| match &item.body {
                Body::Sequence(pair) => match pair.as_slice() {
                    [value, label] => choice(value, label),
                    _ => Err(wrong(item.at, "a choice is no pair of value and label")),
                },
                _ => Err(wrong(item.at, "a choice is no pair of value and label")),
            })
            .collect(),
        Body::Mapping(entries) => {
            let choice = |entry: &Entry| {
                let label = entry.value.text().unwrap_or(&entry.key);
                Choice {
                    value: entry.key.clone(),
                    label: one_line(label),
                }
            };
            Ok(entries.iter().map(choice).collect())
        }
        Body::Scalar { .. } => Err(wrong(node.at, "choices must be a list of pairs")),
    }
}
