use serde_json::json;

use super::*;

#[derive(Serialize)]
struct Fruit {
    name: String,
    weight: Option<u32>,
    ripe: bool,
    tags: Vec<&'static str>,
}

columns!(Fruit {
    name "Name" brief => |f| f.name.as_str().into(),
    weight "Weight" brief => |f| json!(f.weight),
    ripe "Is Ripe" brief => |f| f.ripe.into(),
    tags "Tags" full => |f| json!(f.tags),
});

fn fruit() -> Vec<Fruit> {
    vec![
        Fruit {
            name: "pear".to_owned(),
            weight: None,
            ripe: true,
            tags: vec!["a", "b"],
        },
        Fruit {
            name: "fig, dried".to_owned(),
            weight: Some(20),
            ripe: false,
            tags: vec![],
        },
        Fruit {
            name: "nut\u{1b}[31m".to_owned(),
            weight: Some(3),
            ripe: true,
            tags: vec![],
        },
    ]
}

fn args(format: Format, columns: &[&str], sort: &[&str]) -> OutputArgs {
    let owned = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
    OutputArgs {
        format,
        columns: owned(columns),
        sort_column: owned(sort),
        look: LookArgs::default(),
        query: QueryArgs::default(),
    }
}

fn one(format: Format, columns: &[&str]) -> String {
    let args = RecordArgs {
        format,
        columns: args(format, columns, &[]).columns,
        look: LookArgs::default(),
        query: QueryArgs::default(),
    };
    record(&fruit()[0], &args, Look::PLAIN).unwrap()
}

#[test]
fn a_list_is_framed_as_the_old_client_did() {
    let expected = "\
+---------------+--------+---------+
| Name          | Weight | Is Ripe |
+---------------+--------+---------+
| pear          |        | True    |
| fig, dried    | 20     | False   |
| nut\\u{1b}[31m | 3      | True    |
+---------------+--------+---------+
";
    assert_eq!(
        list(&fruit(), &args(Format::Table, &[], &[]), Look::PLAIN).unwrap(),
        expected
    );
}

#[test]
fn a_long_list_is_in_one_frame() {
    let mut all = Vec::new();
    for number in 0..700 {
        let name = match number {
            // What is widest stands where other pieces do not see it.
            650 => "a fig\nof two lines and of any width".to_owned(),
            _ => format!("nut {number} ä"),
        };
        all.push(Fruit {
            name,
            weight: Some(number),
            ..fruit().remove(0)
        });
    }
    let text = list(&all, &args(Format::Table, &[], &[]), Look::PLAIN).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 700 + 1 + 4);
    let width = |line: &&str| line.chars().count();
    assert!(lines.iter().all(|line| width(line) == width(&lines[0])));
    let frames = lines.iter().filter(|line| line.starts_with('+')).count();
    assert_eq!(frames, 3);
    let rows = lines.iter().filter(|line| line.contains("nut"));
    let names: Vec<&str> = rows
        .filter_map(|line| line[2..].split(" |").next())
        .collect();
    let wanted = (0..700).filter(|number| *number != 650);
    let wanted: Vec<String> = wanted.map(|number| format!("nut {number} ä")).collect();
    let names: Vec<&str> = names.iter().map(|name| name.trim_end()).collect();
    assert_eq!(names, wanted);
}

#[derive(Serialize)]
struct Lamp {
    status: &'static str,
}

columns!(Lamp {
    status "Status" brief => |lamp| lamp.status.into(),
});

#[test]
fn a_long_list_has_its_colours_where_they_belong() {
    let lamps: Vec<Lamp> = (0..600)
        .map(|number| Lamp {
            status: if number % 7 == 0 { "failure" } else { "dark" },
        })
        .collect();
    let look = Look {
        colour: true,
        ..Look::PLAIN
    };
    let plain = list(&lamps, &args(Format::Table, &[], &[]), Look::PLAIN).unwrap();
    let coloured = list(&lamps, &args(Format::Table, &[], &[]), look).unwrap();
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
    let has_colour = |line: &str| line.contains('\u{1b}');
    let fails = |line: &str| line.contains("failure");
    assert!(coloured.lines().all(|line| has_colour(line) == fails(line)));
    assert_eq!(coloured.lines().filter(|line| fails(line)).count(), 86);
}

#[test]
fn json_of_a_list_is_that_of_its_things() {
    let text = list(&fruit(), &args(Format::Json, &[], &[]), Look::PLAIN).unwrap();
    let all = serde_json::to_value(fruit()).unwrap();
    assert_eq!(text, text_of(&all, Format::Json));
    let text = list(&fruit(), &args(Format::Json, &["tags"], &[]), Look::PLAIN).unwrap();
    assert!(
        text.starts_with("[\n  {\n    \"tags\": [\n      \"a\""),
        "{text}"
    );
}

#[test]
fn an_empty_list_keeps_its_heading() {
    let text = list::<Fruit>(&[], &args(Format::Table, &["name"], &[]), Look::PLAIN).unwrap();
    assert_eq!(text, "+------+\n| Name |\n+------+\n+------+\n");
    assert_eq!(
        list::<Fruit>(&[], &args(Format::Json, &[], &[]), Look::PLAIN).unwrap(),
        "[]\n"
    );
    assert_eq!(
        list::<Fruit>(&[], &args(Format::Yaml, &[], &[]), Look::PLAIN).unwrap(),
        "[]\n"
    );
    assert_eq!(
        list::<Fruit>(&[], &args(Format::Csv, &["name"], &[]), Look::PLAIN).unwrap(),
        "name\n"
    );
    assert_eq!(
        list::<Fruit>(&[], &args(Format::Value, &[], &[]), Look::PLAIN).unwrap(),
        ""
    );
}

#[test]
fn a_record_has_all_properties_sorted() {
    let expected = "\
+----------+-------+
| Property | Value |
+----------+-------+
| name     | pear  |
| ripe     | True  |
| tags     | a, b  |
| weight   |       |
+----------+-------+
";
    assert_eq!(one(Format::Table, &[]), expected);
    assert_eq!(one(Format::Value, &[]), "pear\n\nTrue\n");
    assert_eq!(
        one(Format::Value, &["tags", "name"]),
        "[\"a\",\"b\"]\npear\n"
    );
    assert_eq!(
        one(Format::Csv, &["Is Ripe", "name"]),
        "ripe,name\nTrue,pear\n"
    );
}

#[test]
fn programs_get_types_and_everything() {
    let all: Value = serde_json::from_str(&one(Format::Json, &[])).unwrap();
    let expected = json!({ "name": "pear", "weight": null, "ripe": true, "tags": ["a", "b"] });
    assert_eq!(all, expected);
    assert_eq!(one(Format::Json, &["ripe"]), "{\n  \"ripe\": true\n}\n");
    assert_eq!(
        one(Format::Yaml, &["ripe", "tags"]),
        "ripe: true\ntags:\n- a\n- b\n"
    );
}

#[test]
fn csv_quotes_what_needs_it() {
    let text = list(
        &fruit()[1..2],
        &args(Format::Csv, &["name", "weight"], &[]),
        Look::PLAIN,
    )
    .unwrap();
    assert_eq!(text, "name,weight\n\"fig, dried\",20\n");
}

#[test]
fn sorting_is_by_size_with_nulls_last() {
    let text = list(
        &fruit(),
        &args(Format::Value, &["weight"], &["weight"]),
        Look::PLAIN,
    )
    .unwrap();
    assert_eq!(text, "3\n20\n\n");
    let text = list(
        &fruit(),
        &args(Format::Value, &["name"], &["ripe", "name"]),
        Look::PLAIN,
    )
    .unwrap();
    assert!(text.starts_with("fig"), "{text}");
}

#[test]
fn a_column_that_is_not_there_is_wrong_usage() {
    let error = args(Format::Table, &["colour"], &[])
        .check::<Fruit>()
        .unwrap_err();
    assert_eq!(crate::report::exit_code(&error), 2);
    let text = error.to_string();
    assert_eq!(
        text,
        "there is no column `colour`, there are name, weight, ripe, tags"
    );
    assert!(
        args(Format::Table, &["IS RIPE"], &["Name"])
            .check::<Fruit>()
            .is_ok()
    );
}

#[test]
fn streams_are_complete_line_by_line() {
    let stream = |format: Format| {
        let args = args(format, &["name", "ripe"], &[]);
        let mut stream = Stream::new("fruit", &args);
        let fruit = fruit();
        stream.next(&fruit[0]).unwrap() + &stream.next(&fruit[1]).unwrap()
    };
    assert_eq!(stream(Format::Table), "pear True\nfig, dried False\n");
    assert_eq!(
        stream(Format::Csv),
        "name,ripe\npear,True\n\"fig, dried\",False\n"
    );
    assert_eq!(
        stream(Format::Json),
        "{\"version\":1,\"event\":\"fruit\",\"name\":\"pear\",\"ripe\":true}\n\
         {\"version\":1,\"event\":\"fruit\",\"name\":\"fig, dried\",\"ripe\":false}\n"
    );
    assert_eq!(
        stream(Format::Yaml),
        "- name: pear\n  ripe: true\n- name: fig, dried\n  ripe: false\n"
    );
}

#[test]
fn free_json_is_printed_by_its_members() {
    let args = |format| RecordArgs {
        format,
        columns: vec![],
        look: LookArgs::default(),
        query: QueryArgs::default(),
    };
    let object = json!({ "b": [1, "x"], "a": null });
    let text = value(&object, &args(Format::Table), Look::PLAIN).unwrap();
    assert!(text.contains("| a        |"), "{text}");
    assert!(text.contains("|   1,  |"), "{text}");
    assert_eq!(
        value(&json!("x"), &args(Format::Table), Look::PLAIN).unwrap(),
        "x\n"
    );
    assert_eq!(
        value(&json!("x"), &args(Format::Json), Look::PLAIN).unwrap(),
        "\"x\"\n"
    );
}
