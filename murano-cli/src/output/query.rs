//! Parts of results, by a JSONPath (RFC 9535).

use jsonpath_rust::{
    parser::{model::JpQuery, parse_json_path},
    query::js_path_process,
};
use serde_json::Value;

use super::{Format, json_line, text_of};
use crate::report::Failure;

/// The option that selects parts of a result.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct QueryArgs {
    /// Print what this JSONPath finds in the JSON, such as `$[*].name`: one on each line, texts without quotes; with
    /// `-f json` or `-f yaml`, a list
    #[arg(long, value_name = "PATH", value_parser = parse)]
    query: Option<Query>,
}

#[derive(Clone, Debug)]
struct Query(JpQuery);

fn parse(text: &str) -> Result<Query, String> {
    let told = |_| "it is no JSONPath such as $[*].name or $.services[0]".to_owned();
    parse_json_path(text).map(Query).map_err(told)
}

impl QueryArgs {
    pub(super) fn is_given(&self) -> bool {
        self.query.is_some()
    }

    /// The document, or what is found in it, as text.
    pub(crate) fn text(&self, document: &Value, format: Format) -> anyhow::Result<String> {
        let Some(Query(path)) = &self.query else {
            return Ok(text_of(document, format));
        };
        let found = js_path_process(path, document)
            .map_err(|error| Failure::Usage(format!("--query: {error}")))?;
        let found = found.into_iter().map(jsonpath_rust::query::QueryRef::val);
        if matches!(format, Format::Json | Format::Yaml) {
            let list = Value::Array(found.cloned().collect());
            return Ok(text_of(&list, format));
        }
        Ok(found.map(|value| line(value) + "\n").collect())
    }
}

/// A value for shells: a text as it is, everything else as JSON on one line.
fn line(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => json_line(other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(path: &str, format: Format) -> String {
        let document = json!([
            { "name": "shop", "status": "ready", "services": [{ "?": { "id": "1" } }] },
            { "name": "depot", "status": "pending", "services": [] },
        ]);
        let query = QueryArgs {
            query: Some(parse(path).unwrap()),
        };
        query.text(&document, format).unwrap()
    }

    #[test]
    fn what_is_found_stands_on_lines() {
        assert_eq!(found("$[*].name", Format::Table), "shop\ndepot\n");
        assert_eq!(
            found("$[?@.status == 'pending'].name", Format::Value),
            "depot\n"
        );
        assert_eq!(found("$..id", Format::Table), "1\n");
        assert_eq!(
            found("$[0].services", Format::Table),
            "[{\"?\":{\"id\":\"1\"}}]\n"
        );
        assert_eq!(found("$[7]", Format::Table), "");
    }

    #[test]
    fn documents_have_a_list_of_it() {
        assert_eq!(found("$[1].name", Format::Json), "[\n  \"depot\"\n]\n");
        assert_eq!(found("$[7]", Format::Yaml), "[]\n");
    }

    #[test]
    fn a_wrong_path_is_refused_before_anything_is_done() {
        for path in ["name", "$[", "", "$[?name]"] {
            assert!(parse(path).is_err(), "{path}");
        }
    }
}
