//! The form the service makes for a package that is a Heat template.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::errors::{Result, fault};
use crate::json::Object;
use crate::yaml::{self, Yaml};

/// An expression in a form. Its marker is turned into a tag when the form is written.
const EXPRESSION: &str = "\u{1}";

/// Makes the form definition of a template.
///
/// # Errors
///
/// The faults the service answers with: a template that is not YAML, a parameter without a type.
pub(crate) fn user_interface(
    name: &str,
    version: &str,
    manifest: &Yaml,
    template: &str,
) -> Result<String> {
    let template =
        yaml::document(template).map_err(|_| fault("ParserError", "while parsing a flow node"))?;
    let parameters = template
        .get("parameters")
        .map(Yaml::entries)
        .unwrap_or_default();
    let groups = groups(&template, parameters);
    let description = manifest.get("Description").map_or(Value::Null, Yaml::json);
    let mut forms = vec![json!({"group0": {"fields": [
        {"name": "title", "type": "string", "required": false, "hidden": true,
            "description": description},
        {"name": "name", "type": "string", "label": "Application Name", "required": true,
            "description": "Enter a desired name for the application. Just A-Z, a-z, 0-9, \
                            and dash are allowed"},
    ]}})];
    let mut values = Object::new();
    for (at, group) in groups.iter().enumerate() {
        let form = format!("group{}", at + 1);
        let mut fields = Vec::new();
        for wanted in group {
            let Some((_, body)) = parameters
                .iter()
                .find(|(key, _)| key.scalar().as_ref() == Some(wanted))
            else {
                continue;
            };
            fields.push(field(wanted, body)?);
            values.insert(
                wanted.clone(),
                format!("{EXPRESSION}$.{form}.{wanted}").into(),
            );
        }
        let mut one = Object::new();
        one.insert(form, json!({"fields": fields}));
        forms.push(one.into());
    }
    let document = json!({
        "Version": 2,
        "Application": {
            "?": {"type": name, "package": name, "classVersion": version},
            "name": format!("{EXPRESSION}$.group0.name"),
            "templateParameters": values,
        },
        "Forms": forms,
    });
    let mut out = String::new();
    write(&mut out, &document, "");
    Ok(out)
}

/// Names of parameters by group; those in no group come last.
fn groups(template: &Yaml, parameters: &[(Yaml, Yaml)]) -> Vec<Vec<String>> {
    let named = template
        .get("parameter_groups")
        .map(Yaml::items)
        .unwrap_or_default();
    let mut groups: Vec<Vec<String>> = named
        .iter()
        .map(|group| group.get("parameters").map(Yaml::items).unwrap_or_default())
        .map(|names| names.iter().filter_map(Yaml::scalar).collect())
        .collect();
    let rest: Vec<String> = parameters
        .iter()
        .filter_map(|(name, _)| name.scalar())
        .filter(|name| !groups.iter().flatten().any(|known| known == name))
        .collect();
    if !rest.is_empty() {
        groups.push(rest);
    }
    groups
}

fn field(name: &str, body: &Yaml) -> Result<Value> {
    let kind = body
        .get("type")
        .ok_or_else(|| fault("KeyError", "'type'"))?;
    let kind = match kind.text().unwrap_or_default() {
        "number" => "integer",
        "boolean" => "boolean",
        _ => "string",
    };
    let label = body
        .get("label")
        .and_then(Yaml::scalar)
        .unwrap_or_else(|| title(name));
    let mut field = Object::new();
    field.insert("name".into(), name.into());
    field.insert("type".into(), kind.into());
    field.insert("label".into(), label.into());
    if let Some(description) = body.get("description") {
        field.insert("description".into(), description.json());
    }
    match body.get("default") {
        Some(default) => {
            field.insert("initial".into(), default.json());
            field.insert("required".into(), false.into());
        }
        None => drop(field.insert("required".into(), true.into())),
    }
    let mut validators = Vec::new();
    for constraint in body.get("constraints").map(Yaml::items).unwrap_or_default() {
        constrain(&mut field, &mut validators, constraint);
    }
    if !validators.is_empty() {
        field.insert("validators".into(), validators.into());
    }
    Ok(field.into())
}

fn constrain(field: &mut Object, validators: &mut Vec<Value>, constraint: &Yaml) {
    let bounds = |node: &Yaml| {
        (
            node.get("min").map(Yaml::json),
            node.get("max").map(Yaml::json),
        )
    };
    let mut validator = Object::new();
    if let Some(length) = constraint.get("length") {
        let (min, max) = bounds(length);
        field.extend(min.map(|min| ("minLength".to_owned(), min)));
        field.extend(max.map(|max| ("maxLength".to_owned(), max)));
    } else if let Some(range) = constraint.get("range") {
        let (min, max) = bounds(range);
        let parts = [
            min.map(|min| format!("$ >= {min}")),
            max.map(|max| format!("$ <= {max}")),
        ];
        let check: Vec<String> = parts.into_iter().flatten().collect();
        validator.insert(
            "expr".into(),
            format!("{EXPRESSION}{}", check.join(" and ")).into(),
        );
    } else if let Some(allowed) = constraint.get("allowed_values") {
        let quote = |value: &Yaml| format!("'{}'", value.scalar().unwrap_or_default());
        let list: Vec<String> = allowed.items().iter().map(quote).collect();
        validator.insert(
            "expr".into(),
            format!("{EXPRESSION}$ in list({})", list.join(", ")).into(),
        );
    } else if let Some(pattern) = constraint.get("allowed_pattern") {
        validator.insert("expr".into(), json!({"regexpValidator": pattern.json()}));
    }
    if !validator.is_empty() {
        if let Some(description) = constraint.get("description") {
            validator.insert("message".into(), description.json());
        }
        validators.push(validator.into());
    }
}

/// `flavor_name` becomes `Flavor Name`.
fn title(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            first
                .to_uppercase()
                .chain(letters.flat_map(char::to_lowercase))
                .collect()
        })
    };
    name.split('_').map(word).collect::<Vec<_>>().join(" ")
}

/// Writes YAML in which every scalar has double quotes and members are sorted.
fn write(out: &mut String, value: &Value, indent: &str) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(key, _)| key.as_str());
            for (key, value) in sorted {
                let _ = write!(out, "{indent}{}:", quoted(key));
                let deeper = indent.len() + 2;
                match value {
                    Value::Object(members) if !members.is_empty() => {
                        out.push('\n');
                        write(out, value, &format!("{indent}  "));
                    }
                    Value::Array(items) if !items.is_empty() => {
                        out.push('\n');
                        write(out, value, indent);
                    }
                    value => {
                        let column = indent.len() + quoted(key).len() + 1;
                        let _ = writeln!(out, " {}", scalar(value, column, deeper));
                    }
                }
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                let mut lines = String::new();
                write(&mut lines, item, &format!("{indent}  "));
                // The dash takes the place of the blanks before the first line.
                let _ = write!(out, "{indent}- {}", &lines[indent.len() + 2..]);
            }
        }
        other => {
            let _ = writeln!(
                out,
                "{indent}{}",
                scalar(other, indent.len(), indent.len() + 2)
            );
        }
    }
}

/// A scalar behind `column` characters of its line; lines that continue it are indented.
fn scalar(value: &Value, column: usize, indent: usize) -> String {
    let tag = match value {
        Value::String(text) => {
            return match text.strip_prefix(EXPRESSION) {
                Some(expression) => {
                    format!(
                        "!yaql {}",
                        folded(expression, column + " !yaql".len(), indent)
                    )
                }
                None => folded(text, column, indent),
            };
        }
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::Array(_) | Value::Object(_) => return value.to_string(),
    };
    format!("!!{tag} \"{value}\"")
}

/// Text in double quotes that goes on in the next line where it passes the 80th column: at a blank or
/// behind an escape. A backslash ends the line, another keeps a blank in front of the next.
fn folded(text: &str, column: usize, indent: usize) -> String {
    const WIDTH: usize = 80;
    let letters: Vec<char> = text.chars().collect();
    let mut out = "\"".to_owned();
    // A blank and the quote are in front of the text.
    let mut at = column + 2;
    for (index, &letter) in letters.iter().enumerate() {
        let escape = escaped(letter);
        if letter == ' ' && inside(index, &letters) && at > WIDTH {
            let _ = write!(out, "\\\n{}\\", " ".repeat(indent));
            at = indent + 1;
        }
        match &escape {
            None => out.push(letter),
            Some(escape) => out.push_str(escape),
        }
        at += escape.as_ref().map_or(1, String::len);
        if escape.is_some() && inside(index, &letters) && at > WIDTH {
            let _ = write!(out, "\\\n{}", " ".repeat(indent));
            at = indent;
            if letters[index + 1] == ' ' {
                out.push('\\');
                at += 1;
            }
        }
    }
    out.push('"');
    out
}

/// Neither the first nor the last letter: those stay where they are.
fn inside(index: usize, letters: &[char]) -> bool {
    0 < index && index + 1 < letters.len()
}

/// How a letter that cannot stand for itself is written.
fn escaped(letter: char) -> Option<String> {
    let short = match letter {
        '"' => '"',
        '\\' => '\\',
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        ' '..='~' => return None,
        other => {
            return Some(match u32::from(other) {
                code @ ..=0xff => format!("\\x{code:02X}"),
                code @ ..=0xffff => format!("\\u{code:04X}"),
                code => format!("\\U{code:08X}"),
            });
        }
    };
    Some(format!("\\{short}"))
}

/// A name, which is never folded.
fn quoted(text: &str) -> String {
    let letters: String = text
        .chars()
        .map(|letter| escaped(letter).unwrap_or_else(|| letter.to_string()))
        .collect();
    format!("\"{letters}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_become_fields() {
        let template = "
parameters:
  flavor_name: {type: string, default: m1.small, constraints: [{allowed_values: [a, b], description: pick}]}
  port: {type: number, label: Port, constraints: [{range: {min: 1, max: 9}}]}
parameter_groups: [{parameters: [port]}]
";
        let manifest = yaml::document("Description: a demo").unwrap();
        let ui = user_interface("x.Y", "0.0.0", &manifest, template).unwrap();
        let form = yaml::document(&ui).unwrap().json();
        assert!(
            ui.starts_with("\"Application\":\n  \"?\":\n    \"classVersion\": \"0.0.0\"\n"),
            "{ui}"
        );
        assert!(
            ui.contains("\n  \"name\": !yaql \"$.group0.name\"\n"),
            "{ui}"
        );
        assert!(
            ui.contains("\n- \"group1\":\n    \"fields\":\n    - \"label\": \"Port\"\n"),
            "{ui}"
        );
        assert!(
            ui.contains("\n      \"required\": !!bool \"true\"\n"),
            "{ui}"
        );
        assert_eq!(
            form["Application"]["?"],
            json!({"type": "x.Y", "package": "x.Y", "classVersion": "0.0.0"})
        );
        assert_eq!(
            form["Application"]["templateParameters"],
            json!({"port": "$.group1.port", "flavor_name": "$.group2.flavor_name"})
        );
        assert_eq!(
            form["Forms"][1]["group1"]["fields"],
            json!([{"name": "port", "type": "integer", "label": "Port", "required": true,
                "validators": [{"expr": "$ >= 1 and $ <= 9"}]}])
        );
        assert_eq!(
            form["Forms"][2]["group2"]["fields"],
            json!([{"name": "flavor_name", "type": "string", "label": "Flavor Name",
                "initial": "m1.small", "required": false,
                "validators": [{"expr": "$ in list('a', 'b')", "message": "pick"}]}])
        );
    }

    #[test]
    fn long_texts_are_folded() {
        let dash =
            "Enter a desired name for the application. Just A-Z, a-z, 0-9, and dash are allowed";
        let mut out = String::new();
        write(&mut out, &json!({"description": dash}), "      ");
        assert_eq!(
            out,
            "      \"description\": \"Enter a desired name for the application. Just A-Z, a-z, 0-9,\\\n        \
             \\ and dash are allowed\"\n"
        );
        assert_eq!(
            yaml::document(&out).unwrap().json(),
            json!({"description": dash})
        );
        let lines = "line\n  más ".repeat(20);
        let mut out = String::new();
        write(&mut out, &json!([{"a": &lines, "b": "short"}]), "");
        assert!(
            out.lines().count() > 3 && out.lines().all(|line| line.len() < 90),
            "{out}"
        );
        assert_eq!(
            yaml::document(&out).unwrap().json(),
            json!([{"a": lines, "b": "short"}])
        );
    }

    #[test]
    fn a_parameter_needs_a_type() {
        let failed = user_interface("x", "0.0.0", &Yaml::Null, "parameters: {p: {label: x}}");
        assert_eq!(failed, Err(fault("KeyError", "'type'")));
    }
}
