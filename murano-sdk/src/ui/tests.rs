//! Definitions in the shapes that packages have, and models worked out by hand from them.

mod models;

use models::{CLUSTER, MACHINE, NEWER};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

/// A definition with these forms around a plain application.
fn with_fields(fields: &str) -> String {
    format!(
        "Version: 2\nApplication: {{'?': {{type: io.example.App}}}}\nForms:\n- main:\n    fields:\n{fields}"
    )
}

fn definition(text: &str) -> Definition {
    Definition::parse(text).unwrap()
}

fn refusal(text: &str) -> String {
    Definition::parse(text).unwrap_err().to_string()
}

/// The model with `ID` for every id, each of which must be a fresh one.
fn built(text: &str, answers: &str) -> Json {
    fn blank(model: &mut Json, seen: &mut Vec<String>) {
        match model {
            Json::Object(members) => {
                if let Some(id) = members.get_mut("?").and_then(|system| system.get_mut("id")) {
                    seen.push(id.as_str().unwrap().to_owned());
                    *id = json!("ID");
                }
                members.values_mut().for_each(|member| blank(member, seen));
            }
            Json::Array(items) => items.iter_mut().for_each(|item| blank(item, seen)),
            _ => {}
        }
    }
    let definition = definition(text);
    let answers = definition.read_answers(answers).unwrap();
    let (mut model, mut seen) = (
        definition.build(&answers, Some("thing")).unwrap(),
        Vec::new(),
    );
    blank(&mut model, &mut seen);
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), count, "ids occur twice");
    assert!(seen.iter().all(|id| id.len() == 32));
    model
}

#[test]
fn a_default_that_is_an_expression_by_mistake() {
    let text = with_fields("    - {name: title, type: string, initial: My-App}\n");
    let main = definition(&text);
    let error = main.build(&main.answers(), None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "main.title: in `My-App`: `-` does not take a text and a text"
    );
    // Who answers never meets it.
    assert!(
        main.build(&main.read_answers("title: x").unwrap(), None)
            .is_ok()
    );
}

#[test]
fn a_choice_offers_its_first_answer() {
    let text = with_fields(
        "    - {name: a, type: choice, choices: [[x, X], [y, Y]]}\n    \
         - {name: b, type: choice, required: false, choices: {z: Z}}\n    \
         - {name: c, type: choice, initial: y, choices: [[x, X], [y, Y]]}\n",
    );
    let main = definition(&text);
    let mut answers = main.answers();
    main.fill(&mut answers).unwrap();
    let given = ["a", "b", "c"].map(|name| answers.get("main", name).cloned().unwrap());
    assert_eq!(given, [json!("x"), json!("z"), json!("y")]);
}

#[test]
fn defaults_see_the_answers_before() {
    let text = with_fields(
        "    - {name: a, type: string, initial: one}\n    - {name: b, type: string, initial: \
         $.main.a + '-two'}\n",
    );
    let main = definition(&text);
    let mut answers = main.read_answers("a: 1.10").unwrap();
    main.fill(&mut answers).unwrap();
    assert_eq!(answers.get("main", "b"), Some(&json!("1.10-two")));
}

#[test]
fn answers_and_what_becomes_of_them() {
    let text = with_fields(
        "    - {name: s, type: string, minLength: 2, maxLength: 4, errorMessages: {required: Say it}}\n    \
         - {name: i, type: integer, minValue: 1, maxValue: 9}\n    - {name: b, type: boolean}\n    \
         - {name: c, type: choice, choices: [[a, A], [1, One]]}\n    - {name: ip, type: clusterip}\n    \
         - {name: d, type: databaselist}\n    - {name: n, type: network}\n    - {name: p, type: password}\n    \
         - {name: o, type: string, required: false, validators: [{expr: $ = 'x', message: Say x}]}\n    \
         - {name: own, type: password, regexpValidator: '^[a-z]+$'}\n    - {name: f, type: flavor}\n",
    );
    let main = definition(&text);
    let fields = &main.forms()[0].fields;
    let check = |name: &str, answer: Json| {
        let field = fields.iter().find(|field| field.name == name).unwrap();
        field.check(&answer).map_err(|error| error.to_string())
    };
    for (name, answer, value) in [
        ("s", json!("  abc "), json!("abc")),
        ("s", json!(12), json!("12")),
        ("i", json!("7"), json!(7)),
        ("i", json!(7.0), json!(7)),
        ("b", json!("Yes"), json!(true)),
        ("b", json!(null), json!(false)),
        ("b", json!(0), json!(false)),
        ("c", json!(1), json!("1")),
        ("ip", json!("10.0.0.1"), json!("10.0.0.1")),
        ("d", json!("a, b"), json!(["a", "b"])),
        ("d", json!(["a"]), json!(["a"])),
        ("n", json!("net"), json!(["net", null])),
        ("n", json!(["net", "sub"]), json!(["net", "sub"])),
        ("p", json!("Abcdef1!"), json!("Abcdef1!")),
        ("o", json!(""), json!("")),
        ("o", json!("x"), json!("x")),
        ("own", json!("weak"), json!("weak")),
        ("f", json!("m1.tiny"), json!("m1.tiny")),
    ] {
        assert_eq!(check(name, answer.clone()), Ok(value), "{name}: {answer}");
    }
    for (name, answer, said) in [
        ("s", json!(" "), "Say it"),
        (
            "s",
            json!("abcde"),
            "it must have 4 characters or less, it has 5",
        ),
        (
            "s",
            json!("a"),
            "it must have 2 characters or more, it has 1",
        ),
        ("s", json!(["a"]), "the answer is no text"),
        ("i", json!("seven"), "the answer is no whole number"),
        ("i", json!(7.5), "the answer is no whole number"),
        ("i", json!(0), "it must be 1 or more"),
        ("i", json!(10), "it must be 9 or less"),
        ("i", json!(null), "an answer is required"),
        ("b", json!("maybe"), "the answer is neither yes nor no"),
        ("c", json!("b"), "the answer is none of a, 1"),
        ("ip", json!("10.0.0"), "the answer is no IPv4 address"),
        (
            "d",
            json!("1a"),
            "a database name begins with a letter or _ and goes on with letters, digits and _ $ # @",
        ),
        (
            "n",
            json!(["a", "b", "c"]),
            "a network is NETWORK or NETWORK,SUBNET",
        ),
        ("n", json!(null), "an answer is required"),
        (
            "p",
            json!("abc"),
            "it must have 7 characters or more, it has 3",
        ),
        (
            "p",
            json!("abcdefgh"),
            "the password needs letters of both sizes, a digit and a sign",
        ),
        ("o", json!("y"), "Say x"),
        (
            "own",
            json!("Weak"),
            "the answer does not have the form it needs",
        ),
    ] {
        assert_eq!(
            check(name, answer.clone()),
            Err(said.to_owned()),
            "{name}: {answer}"
        );
    }
}

#[test]
fn names_that_are_not_there_are_refused() {
    let machine = definition(MACHINE);
    let refusal = |text: &str| machine.read_answers(text).unwrap_err().to_string();
    for (text, said) in [
        (
            "flavour: x",
            "the answers name `flavour` (line 1), no form or field is called so",
        ),
        (
            "main: {titel: x}",
            "the answers name `main.titel` (line 1), there is no such field",
        ),
        ("main: {title: [x]}", "main.title: the answer is no text"),
        ("- a", "the answers must be a mapping of fields to values"),
        ("machine: {pattern: Web}", "machine.pattern: Just letters"),
    ] {
        assert_eq!(refusal(text), said);
    }
    let two = "Application: {'?': {type: a.B}}\nForms:\n- a: {fields: [{name: x, type: string}]}\n\
               - b: {fields: [{name: x, type: string}]}\n";
    let error = definition(two)
        .read_answers("x: 1")
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "the answers name `x` (line 1), a field of a, b: write it below its form"
    );
}

#[test]
fn nonsense_is_refused_with_its_line() {
    let field = |text: &str| with_fields(&format!("    - {{{text}}}\n"));
    for (text, said) in [
        (String::new(), "the UI definition is empty"),
        ("a: [".to_owned(), "UI definition, line "),
        (
            "- a".to_owned(),
            "UI definition, line 1: it must be a mapping",
        ),
        (
            "Version: 2".to_owned(),
            "UI definition, line 1: Application is missing",
        ),
        (
            "Version: 1\nApplication: {}".to_owned(),
            "UI definition, line 1: version 1 is not supported",
        ),
        (
            "Version: 2.9\nApplication: {}".to_owned(),
            "UI definition, line 1: version 2.9 is not supported",
        ),
        (
            "Version: x\nApplication: {}".to_owned(),
            "UI definition, line 1: Version is no number",
        ),
        (
            "ParametersSource: a.b\nApplication: {}".to_owned(),
            "UI definition, line 1: ParametersSource",
        ),
        (
            field("name: a, type: strnig"),
            "UI definition, line 6: the field `a` has the unknown type `strnig`",
        ),
        (
            field("name: a, type: table"),
            "UI definition, line 6: the field `a` has the unknown type `table`",
        ),
        (
            field("name: a, type: string, requred: no"),
            "UI definition, line 6: the field `a` has the unknown key `requred`",
        ),
        (
            field("type: string"),
            "UI definition, line 6: a field needs a name",
        ),
        (
            field("name: a"),
            "UI definition, line 6: the field `a` needs a type",
        ),
        (
            field("name: a, type: choice"),
            "UI definition, line 6: the field `a` needs choices",
        ),
        (
            field("name: a, type: choice, choices: [x]"),
            "UI definition, line 6: choices must be a list of pairs",
        ),
        (
            field("name: a, type: string, required: $.b.c"),
            "UI definition, line 6: in `$.b.c`: null has no member `b`",
        ),
        (
            field("name: a, type: string, minLength: x"),
            "UI definition, line 6: the field `a` needs a number for `minLength`",
        ),
        (
            field("name: a, type: string, regexpValidator: '('"),
            "UI definition, line 6: the pattern does not close a group",
        ),
        (
            field("name: a, type: string, validators: [{expr: 5}]"),
            "UI definition, line 6: expr is neither",
        ),
        (
            with_fields("    - {name: a, type: string}\n    - {name: a, type: string}\n"),
            "UI definition, line 4: the form `main` has the field `a` twice",
        ),
        (
            "Application: {yes: 1}".to_owned(),
            "UI definition, line 1: the key yes is no text",
        ),
        (
            "Application: {a: !yaql '1 +'}".to_owned(),
            "UI definition, line 1: in `1 +`: it ends too early",
        ),
    ] {
        let found = refusal(&text);
        assert!(found.starts_with(said), "{found}");
        assert!(!found.contains('\n'));
    }
}

#[test]
fn hostile_definitions_end() {
    let application = |body: &str, templates: &str| {
        format!("Templates:\n  none: 1\n{templates}Application:\n  ?: {{type: a.B}}\n  x: {body}\n")
    };
    let grown = (1..12).fold("  t0: [1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned(), |text, at| {
        let before = format!("$t{}, ", at - 1).repeat(8);
        format!("{text}  t{at}: [{before}]\n")
    });
    for (text, said) in [
        (
            application("repeat($none, 1000000)", ""),
            "repeat() of more than 10000 times",
        ),
        (application("$a", "  a: {b: $a}\n"), "too deep"),
        (application("$t11", &grown), "too much work"),
        (
            application("encryptData('x')", ""),
            "encryptData() needs the dashboard's key service",
        ),
        (
            application("frob($none)", ""),
            "in `frob($none)`: the function frob() is not supported",
        ),
        (
            application("repeat($none, x)", ""),
            "repeat() does not take these arguments",
        ),
    ] {
        let hostile = definition(&text);
        let error = hostile
            .build(&hostile.answers(), None)
            .unwrap_err()
            .to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn sizes_have_limits() {
    let fields = "    - {name: a, type: string}\n".repeat(1000);
    assert!(refusal(&with_fields(&fields)).contains("more than 1000 forms and fields"));
    assert!(refusal(&" ".repeat(2_000_000)).contains("more than 1048576 bytes"));
    let keys: Vec<_> = (0..30_000).map(|at| format!("  k{at}: 1\n")).collect();
    let keys = keys.concat();
    let many = definition(&format!(
        "Templates:\n{keys}Application:\n  ?: {{type: a.B}}\n{keys}"
    ));
    assert_eq!(
        many.build(&many.answers(), None)
            .unwrap()
            .as_object()
            .unwrap()
            .len(),
        30_001
    );
}

#[test]
fn answers_do_not_show_in_debug() {
    let mut answers = Answers::default();
    answers.set("main", "password", json!("s3cret"));
    assert_eq!(format!("{answers:?}"), "[(\"main\", \"password\")]");
}

proptest! {
    /// Lines left out, doubled or cut off.
    #[test]
    fn any_damage_is_refused_or_does_no_harm(
        base in prop::sample::select(vec![MACHINE, CLUSTER, NEWER]),
        damage in prop::collection::vec((0..40usize, 0..3u8, 0..60usize), 1..4),
    ) {
        let mut lines: Vec<String> = base.lines().map(str::to_owned).collect();
        for (at, how, place) in damage {
            let at = at % lines.len();
            match how {
                0 => drop(lines.remove(at)),
                1 => lines.insert(at, lines[at].clone()),
                _ => lines[at].truncate(place),
            }
        }
        if let Ok(damaged) = Definition::parse(&lines.join("\n")) {
            let _ = damaged.build(&damaged.answers(), Some("x"));
        }
    }
}
