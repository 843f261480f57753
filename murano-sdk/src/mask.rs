//! What is not for everybody's eyes in a JSON document, by the names of its members.

use serde_json::{Map, Value};

/// What a masked value is replaced by.
pub(crate) const MASK: &str = "***";

/// Names of members with one of these in it are not for everybody's eyes.
const SECRET_WORDS: [&str; 9] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "adminpass",
    "secret",
    "token",
    "privatekey",
    "apikey",
];

/// The document without what its names say is secret, and without the catalog, which is long.
pub(crate) fn masked(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(masked).collect()),
        Value::Object(members) => Value::Object(masked_members(members)),
        other => other.clone(),
    }
}

fn masked_members(members: &Map<String, Value>) -> Map<String, Value> {
    // A change of an object model names what it changes by a path.
    let path = members.get("path").and_then(Value::as_str);
    let secret_path = path.is_some_and(|path| is_secret(path.rsplit('/').next().unwrap_or(path)));
    let member = |(key, value): (&String, &Value)| {
        let shown = match (key.as_str(), value) {
            ("catalog", Value::Array(_)) => Value::from("<removed>"),
            ("value", _) if secret_path => MASK.into(),
            // The login by a token: `{"token": {"id": "…"}}`.
            ("token", Value::Object(token)) => {
                let mut token = masked_members(token);
                if let Some(id) = token.get_mut("id") {
                    *id = MASK.into();
                }
                Value::Object(token)
            }
            (key, Value::String(_) | Value::Number(_)) if is_secret(key) => MASK.into(),
            (key, Value::Array(items)) if is_secret(key) && items.iter().all(is_plain) => {
                MASK.into()
            }
            (_, other) => masked(other),
        };
        (key.clone(), shown)
    };
    members.iter().map(member).collect()
}

fn is_plain(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

pub(crate) fn is_secret(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    SECRET_WORDS.iter().any(|word| plain.contains(word))
}

/// Whether a member of this name and value is masked, or something inside it.
pub(crate) fn holds_secret(name: &str, value: &Value) -> bool {
    let has_text = !value.is_null() && !value.is_boolean();
    (is_secret(name) && has_text) || masked(value) != *value
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_of_a_login_are_masked() {
        let login = json!({"auth": {
            "identity": {"methods": ["password", "token"],
                "password": {"user": {"name": "demo", "password": "swordfish", "domain": {"id": "default"}}},
                "token": {"id": "gAAAA"}},
            "scope": {"project": {"name": "demo"}},
        }});
        let shown = masked(&login).to_string();
        assert!(
            !shown.contains("swordfish") && !shown.contains("gAAAA"),
            "{shown}"
        );
        assert!(
            shown.contains(r#""name":"demo""#) && shown.contains("default"),
            "{shown}"
        );
        let answer = json!({"token": {"catalog": [{"type": "x"}], "user": {"name": "demo"}, "audit_ids": ["a"]}});
        assert_eq!(
            masked(&answer),
            json!({"token": {"catalog": "<removed>", "user": {"name": "demo"}, "audit_ids": ["a"]}})
        );
    }

    #[test]
    fn secrets_of_an_object_model_are_masked_wherever_they_stand() {
        let model = json!([{"?": {"id": "1"}, "name": "db", "rootPassword": "a", "users": [{"db_password": "b"}],
            "api-key": 7, "passwords": ["c", "d"], "token_lifetime": null}]);
        let shown = masked(&model);
        assert_eq!(shown[0]["rootPassword"], MASK);
        assert_eq!(shown[0]["users"][0]["db_password"], MASK);
        assert_eq!(shown[0]["api-key"], MASK);
        assert_eq!(shown[0]["passwords"], MASK);
        assert_eq!(shown[0]["token_lifetime"], Value::Null);
        assert_eq!(shown[0]["name"], "db");
        let patch = json!([{"op": "replace", "path": "/0/rootPassword", "value": {"deep": "x"}}, {"op": "add", "path": "/0/name", "value": "n"}]);
        assert_eq!(masked(&patch)[0]["value"], MASK);
        assert_eq!(masked(&patch)[1]["value"], "n");
    }

    #[test]
    fn members_with_secrets_inside_are_known() {
        assert!(
            holds_secret("password", &json!("a")) && holds_secret("password", &json!({"a": 1}))
        );
        assert!(!holds_secret("password", &json!(null)) && !holds_secret("port", &json!([1])));
        assert!(holds_secret(
            "users",
            &json!([{"name": "a", "password": "b"}])
        ));
    }
}
