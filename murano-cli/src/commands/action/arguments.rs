//! Arguments of actions, as they are written on the command line.

use std::path::{Path, PathBuf};

use murano_sdk::schemas::Schema;
use serde_json::{Map, Value};

use crate::{cx::Cx, files, report::Failure};

#[derive(clap::Args)]
pub(super) struct ArgumentArgs {
    /// Argument of the method; VALUE is JSON, or else a text, or what the class says it is
    #[arg(long = "arg", value_name = "KEY=VALUE", value_parser = pair)]
    one: Vec<(String, String)>,
    /// Arguments of the method, as a JSON object; - is standard input. Those of --arg win
    #[arg(long = "args", value_name = "FILE")]
    all: Option<PathBuf>,
    /// The same as several --arg
    #[arg(long = "arguments", value_name = "KEY=VALUE", value_parser = pair, num_args = 0.., hide = true)]
    several: Vec<(String, String)>,
}

/// The method that is called.
pub(super) struct Method<'a> {
    pub(super) class: &'a str,
    pub(super) name: &'a str,
    pub(super) package: Option<&'a str>,
    pub(super) version: &'a str,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("write an argument and its value, such as size=3")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl ArgumentArgs {
    /// The arguments as the method gets them. Where the service has a schema of the method, it says
    /// how texts are read, and which arguments there are.
    pub(super) async fn read(
        self,
        cx: &Cx,
        method: &Method<'_>,
    ) -> anyhow::Result<Map<String, Value>> {
        let mut arguments = match &self.all {
            Some(file) => object(cx, file)?,
            None => Map::new(),
        };
        let written: Vec<_> = self.several.into_iter().chain(self.one).collect();
        if written.is_empty() {
            return Ok(arguments);
        }
        // The old client sent what is written, and scripts count on it.
        let schema = match cx.classic() {
            Some(_) => None,
            None => schema(cx, method).await?,
        };
        for (name, text) in written {
            let value = value(schema.as_ref(), method.name, (&name, &text))?;
            arguments.insert(name, value);
        }
        Ok(arguments)
    }
}

fn object(cx: &Cx, file: &Path) -> anyhow::Result<Map<String, Value>> {
    if let Value::Object(members) = files::read_json(cx, file)? {
        return Ok(members);
    }
    let text = format!("{} is no JSON object", files::source(file));
    Err(Failure::Other(text).into())
}

/// The schema of the method, which only model builders have. That it cannot be had is no failure:
/// the service checks what it gets.
async fn schema(cx: &Cx, method: &Method<'_>) -> anyhow::Result<Option<Schema>> {
    let mut asked = cx.client()?.schema(method.class).methods([method.name]);
    asked = asked.version(method.version);
    if let Some(package) = method.package {
        asked = asked.package(package);
    }
    let found = asked.await.ok();
    Ok(found.and_then(|mut schemas| schemas.remove(method.name)))
}

fn value(
    schema: Option<&Schema>,
    method: &str,
    (name, text): (&str, &str),
) -> anyhow::Result<Value> {
    let Some(schema) = schema else {
        return Ok(serde_json::from_str(text).unwrap_or_else(|_| text.into()));
    };
    let property = schema.properties.get(name).ok_or_else(|| {
        let known: Vec<&str> = schema.properties.keys().map(String::as_str).collect();
        let known = match known.as_slice() {
            [] => "none".to_owned(),
            names => names.join(", "),
        };
        Failure::Usage(format!(
            "`{method}` has no argument `{name}`, it takes {known}"
        ))
    })?;
    let read = property.read(text);
    Ok(read.map_err(|error| Failure::Usage(format!("argument `{name}`: {error}")))?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::exit_code;

    #[test]
    fn values_are_json_or_texts_without_a_schema() {
        for (text, expected) in [
            ("1", json!(1)),
            ("null", json!(null)),
            ("m1.small", json!("m1.small")),
            ("", json!("")),
            ("01", json!("01")),
            ("NaN", json!("NaN")),
        ] {
            assert_eq!(value(None, "m", ("a", text)).unwrap(), expected);
        }
        assert_eq!(pair("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(pair("a").is_err());
    }

    #[test]
    fn a_schema_says_how_values_are_read_and_which_there_are() {
        let schema = json!({ "properties": { "name": { "type": "string" }, "size": { "type": "integer" } } });
        let schema: Schema = serde_json::from_value(schema).unwrap();
        let read = |name: &str, text: &str| value(Some(&schema), "m", (name, text));
        assert_eq!(read("name", "80").unwrap(), json!("80"));
        assert_eq!(read("size", "80").unwrap(), json!(80));
        for (name, text) in [("size", "big"), ("weight", "1")] {
            assert_eq!(exit_code(&read(name, text).unwrap_err()), 2);
        }
    }
}
