//! Expressions and what the reference implementation makes of them.

use super::*;
use proptest::prelude::*;
use serde_json::Value as Json;

/// Recorded with yaql 3.2.0 and its legacy context, as the dashboard sets it up.
const RECORDED: &str = include_str!("reference.json");

/// What the reference does, and whether it is refused here on purpose.
fn compare(case: &Json, data: &Json) -> Result<(), String> {
    let text = case["expression"].as_str().unwrap();
    let parsed = Expression::read(text);
    if case.get("syntax").is_some() {
        return match parsed {
            Err(fault) if fault.is_syntax => Ok(()),
            other => Err(format!("{text}: is no expression, got {other:?}")),
        };
    }
    if parsed.as_ref().is_err_and(|fault| fault.is_syntax) {
        return Err(format!("{text}: is an expression"));
    }
    let ours = Expression::parse(text).and_then(|parsed| parsed.evaluate(data));
    let refused = case.get("refused").is_some() || case.get("error").is_some();
    match ours {
        Err(error) if refused => {
            let named = error.to_string().starts_with("in `") || text.len() > 100;
            named
                .then_some(())
                .ok_or_else(|| format!("{text}: {error}"))
        }
        Ok(value) if !refused && value == case["value"] => Ok(()),
        ours => Err(format!("{text}: expected {case}, got {ours:?}")),
    }
}

#[test]
fn expressions_are_what_the_reference_makes_of_them() {
    let recorded: Json = serde_json::from_str(RECORDED).unwrap();
    let cases = recorded["cases"].as_array().unwrap();
    assert!(cases.len() > 400);
    let data = &recorded["data"];
    let wrong: Vec<_> = cases
        .iter()
        .filter_map(|case| compare(case, data).err())
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn refusal(text: &str, data: &Json) -> String {
    let parsed = Expression::parse(text).and_then(|parsed| parsed.evaluate(data));
    parsed.unwrap_err().to_string()
}

#[test]
fn errors_name_the_expression_and_what_is_wrong() {
    let data = serde_json::json!({"a": null, "name": "x", "list": [1]});
    for (text, said) in [
        ("$.a.b", "in `$.a.b`: null has no member `b`"),
        (
            "frob(1)",
            "in `frob(1)`: the function frob() is not supported",
        ),
        (
            "$.name.frob()",
            "in `$.name.frob()`: the method frob() is not supported",
        ),
        ("My-App", "in `My-App`: `-` does not take a text and a text"),
        (
            "len(1, 2)",
            "in `len(1, 2)`: len() takes 1 arguments at most",
        ),
        (
            "'a'.replace(b)",
            "in `'a'.replace(b)`: replace() needs the argument new",
        ),
        (
            "[1].skip(-1)",
            "in `[1].skip(-1)`: skip() needs no less than 0",
        ),
        (
            "$.list = [1]",
            "in `$.list = [1]`: two lists are not compared: the dashboard finds some different that look alike",
        ),
        ("1 +", "in `1 +`: it ends too early"),
        ("a b", "in `a b`: unexpected `b`"),
    ] {
        assert_eq!(refusal(text, &data), said);
    }
}

#[test]
fn hostile_expressions_end() {
    let data = Json::Null;
    for text in [
        "(".repeat(10_000),
        "[".repeat(5_000),
        format!("1{}", " + 1".repeat(3_000)),
        "- ".repeat(5_000) + "1",
        format!("$.{}", "a.".repeat(4_000)),
    ] {
        assert!(Expression::parse(&text).is_err(), "{}", &text[..20]);
    }
    let doubled = (0..40).fold("let(x => 'aaaaaaaaaa')".to_owned(), |text, _| {
        format!("{text} -> let(x => $x + $x)")
    });
    for text in [
        "'a' * 1000000000".to_owned(),
        "[1] * 1000000000".to_owned(),
        "([1] * 9999).select([1] * 9999)".to_owned(),
        format!("{doubled} -> $x"),
    ] {
        assert!(refusal(&text, &data).starts_with("in `"), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_an_expression_or_none(text in "[a-c1-3$.+=<>!~()\\[\\]{},' \"`\\\\-]{0,40}|\\PC{0,40}") {
        if let Ok(expression) = Expression::parse(&text) {
            prop_assert_eq!(expression.to_string(), text);
            let _ = expression.evaluate(&serde_json::json!({"a": [1, {"b": "c"}]}));
        }
    }
}
