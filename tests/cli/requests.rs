//! What commands send. One that is given ids sends one request where the service has one for it; a name takes one
//! more, to be looked up.

use std::{cell::Cell, process::Output};

use crate::cloud::Cloud;

/// A command line and its requests. Words in capitals stand for the ids of what is there; `SESSION` is a fresh one
/// each time, `NEW` a name that nothing has. Of other ids the requests say `ID`.
type Row = (&'static str, &'static [&'static str]);

/// Commands that can be run again and again.
const LASTING: &[Row] = &[
    ("env show ENV", &["GET /environments/ENV"]),
    ("env show ENV --session SESSION", &["GET /environments/ENV"]),
    ("env status ENV", &["GET /environments/ENV/lastStatus"]),
    ("env model-show ENV", &["GET /environments/ENV/model/"]),
    ("session create ENV", &["POST /environments/ENV/configure"]),
    (
        "session show ENV SESSION",
        &["GET /environments/ENV/sessions/SESSION"],
    ),
    ("app list ENV", &["GET /environments/ENV/services"]),
    ("app show ENV hello", &["GET /environments/ENV/services"]),
    // The service shows and edits the session of any environment, so it is asked for.
    (
        "app list ENV --session SESSION",
        &[
            "GET /environments/ENV/sessions/SESSION",
            "GET /environments/ENV/services",
        ],
    ),
    (
        "app add ENV --model app.json --no-check --session SESSION",
        &[
            "GET /environments/ENV/sessions/SESSION",
            "POST /environments/ENV/services",
        ],
    ),
    (
        "app replace ENV two.json --session SESSION",
        &[
            "GET /environments/ENV/sessions/SESSION",
            "PUT /environments/ENV/services",
        ],
    ),
    (
        "app delete ENV hello --session SESSION",
        &[
            "GET /environments/ENV/sessions/SESSION",
            "GET /environments/ENV/services",
            "DELETE /environments/ENV/services/ID",
        ],
    ),
    // What is printed is not in the answer to the order.
    (
        "env deploy ENV --session SESSION",
        &[
            "POST /environments/ENV/sessions/SESSION/deploy",
            "GET /environments/ENV",
        ],
    ),
    (
        "session deploy ENV SESSION",
        &[
            "POST /environments/ENV/sessions/SESSION/deploy",
            "GET /environments/ENV",
        ],
    ),
    (
        "env deploy ENV",
        &[
            "POST /environments/ENV/configure",
            "POST /environments/ENV/sessions/ID/deploy",
            "GET /environments/ENV",
        ],
    ),
    (
        "deployment list ENV",
        &["GET /environments/ENV/deployments"],
    ),
    (
        "deployment show ENV",
        &["GET /environments/ENV/deployments"],
    ),
    (
        "deployment logs ENV",
        &[
            "GET /environments/ENV/deployments",
            "GET /environments/ENV/deployments/ID",
        ],
    ),
    ("action list ENV", &["GET /environments/ENV/model/"]),
    (
        "action result ENV RUN",
        &["GET /environments/ENV/actions/RUN"],
    ),
    ("package ui PACKAGE", &["GET /catalog/packages/PACKAGE/ui"]),
    (
        "package download PACKAGE greeter.zip",
        &["GET /catalog/packages/PACKAGE/download"],
    ),
    (
        "category show CATEGORY",
        &["GET /catalog/categories/CATEGORY"],
    ),
    ("template show TEMPLATE", &["GET /templates/TEMPLATE"]),
    (
        "template apps TEMPLATE",
        &["GET /templates/TEMPLATE/services"],
    ),
    (
        "template clone TEMPLATE NEW",
        &["POST /templates/TEMPLATE/clone"],
    ),
    (
        "template create-env TEMPLATE NEW",
        &["POST /templates/TEMPLATE/create-environment"],
    ),
];

/// Commands that are run once, with ids: after most of them something is not what it was.
const ENDING: &[Row] = &[
    ("package show PACKAGE", &["GET /catalog/packages/PACKAGE"]),
    (
        "env rename ENV NEW",
        &["PUT /environments/ENV", "GET /environments/ENV"],
    ),
    ("env delete ENV", &["DELETE /environments/ENV"]),
    (
        "package delete PACKAGE",
        &["DELETE /catalog/packages/PACKAGE"],
    ),
    (
        "category delete CATEGORY --os-cloud sandbox-admin",
        &["DELETE /catalog/categories/CATEGORY"],
    ),
    ("template delete TEMPLATE", &["DELETE /templates/TEMPLATE"]),
];

/// The same with names.
const NAMED: &[Row] = &[
    // The list has all that is shown.
    (
        "package show com.example.Greeter",
        &["GET /catalog/packages"],
    ),
    (
        "env delete stall",
        &["GET /environments", "DELETE /environments/ID"],
    ),
    (
        "package delete com.example.Peer",
        &["GET /catalog/packages", "DELETE /catalog/packages/ID"],
    ),
    (
        "category delete Games --os-cloud sandbox-admin",
        &["GET /catalog/categories", "DELETE /catalog/categories/ID"],
    ),
    (
        "template delete market",
        &["GET /templates", "DELETE /templates/ID"],
    ),
    (
        "app delete store a b --session SESSION",
        &[
            "GET /environments",
            "GET /environments/ID/sessions/SESSION",
            "GET /environments/ID/services",
            "DELETE /environments/ID/services/ID",
            "DELETE /environments/ID/services/ID",
        ],
    ),
];

/// Has the form of an id, and is none.
const UNKNOWN: &str = "0123456789abcdef0123456789abcdef";

const FILES: [(&str, &str); 3] = [
    (
        "shop.yaml",
        "name: shop\napplications:\n  hello: {class: com.example.Greeter}\n---\n\
         name: store\napplications:\n  a: {class: com.example.Greeter}\n  b: {class: com.example.Greeter}\n",
    ),
    (
        "app.json",
        r#"{"?": {"type": "com.example.Greeter", "classVersion": ">=0"}}"#,
    ),
    (
        "two.json",
        r#"[{"?": {"type": "com.example.Greeter", "classVersion": ">=0", "name": "hello"}}]"#,
    ),
];

/// What a word of the lines stands for.
struct Subject {
    word: &'static str,
    noun: &'static str,
    id: String,
    name: &'static str,
    /// How the name is looked up.
    look: &'static str,
}

struct World {
    cloud: Cloud,
    words: Vec<Subject>,
    names: Cell<u32>,
}

/// Runs a line, which has to succeed, and gives what it prints.
fn run(cloud: &Cloud, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    cloud.run(&words).trim_end().to_owned()
}

impl World {
    fn new() -> Self {
        let cloud = Cloud::start();
        for (name, content) in FILES {
            std::fs::write(cloud.folder().join(name), content).unwrap();
        }
        let packages = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/packages");
        let run = |line: &str| run(&cloud, line);
        run(&format!(
            "package import {packages}/greeter {packages}/peer --quiet"
        ));
        run("apply -f shop.yaml --wait --quiet");
        run("env create stall --quiet");
        run("template create fair --public --app app.json --quiet");
        run("template create market --quiet");
        run("category create Toys --os-cloud sandbox-admin --quiet");
        run("category create Games --os-cloud sandbox-admin --quiet");
        let word = |word, noun, name, look| Subject {
            word,
            noun,
            id: run(&format!(
                "{} show {name} -f value -c id",
                noun.replace("environment", "env")
            )),
            name,
            look,
        };
        let greeter = "com.example.Greeter";
        let mut words = vec![
            word("ENV", "environment", "shop", "GET /environments"),
            word("PACKAGE", "package", greeter, "GET /catalog/packages"),
            word("CATEGORY", "category", "Toys", "GET /catalog/categories"),
            word("TEMPLATE", "template", "fair", "GET /templates"),
        ];
        words.push(Subject {
            word: "RUN",
            noun: "deployment",
            id: run("deployment show shop -f value -c id"),
            name: "",
            look: "",
        });
        Self {
            cloud,
            words,
            names: Cell::new(0),
        }
    }

    fn run_line(&self, line: &str) -> String {
        run(&self.cloud, line)
    }

    /// What a line is about.
    fn subject(&self, line: &str) -> &Subject {
        let is_in = |word: &&Subject| line.split(' ').any(|part| part == word.word);
        self.words.iter().find(is_in).unwrap()
    }

    /// A fresh session of the environment that a line names.
    fn session(&self, line: &str) -> String {
        let env = line.split(' ').find(|word| *word == "store");
        self.run_line(&format!(
            "session create {} -f value -c id",
            env.unwrap_or("shop")
        ))
    }

    /// Runs a line in which its subject is called `subject`, and gives its requests.
    fn run(&self, line: &str, subject: &str) -> (Output, Vec<String>) {
        let session = line.contains("SESSION").then(|| self.session(line));
        let known = |part: &str| self.words.iter().find(|word| word.word == part);
        let put = |part: &str| match (part, known(part)) {
            ("SESSION", _) => session.clone().unwrap(),
            ("NEW", _) => {
                self.names.set(self.names.get() + 1);
                format!("new-{}", self.names.get())
            }
            ("RUN", Some(word)) => word.id.clone(),
            (_, Some(_)) => subject.to_owned(),
            _ => part.to_owned(),
        };
        let words: Vec<String> = line.split(' ').map(put).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let sandbox = self.cloud.sandbox();
        sandbox.clear_log();
        let output = self.cloud.murano(&words).output().unwrap();
        let segment = |segment: &str| {
            let word = self.words.iter().find(|word| word.id == segment);
            let is_id = segment.len() == 32 && segment.bytes().all(|it| it.is_ascii_hexdigit());
            match word {
                Some(word) => word.word.to_owned(),
                None if session.as_deref() == Some(segment) => "SESSION".to_owned(),
                None if is_id => "ID".to_owned(),
                None => segment.to_owned(),
            }
        };
        let calls = sandbox.log().into_iter().filter_map(|call| {
            let path = call.path.strip_prefix("/v1")?.split('?').next()?;
            let segments: Vec<String> = path.split('/').map(segment).collect();
            Some(format!("{} {}", call.method, segments.join("/")))
        });
        (output, calls.collect())
    }

    /// The same, and it has to succeed.
    fn sent(&self, line: &str, subject: &str) -> Vec<String> {
        let (output, sent) = self.run(line, subject);
        assert!(output.status.success(), "{line}: {output:?}");
        sent
    }
}

#[test]
fn ids_are_taken_at_their_word_and_names_are_looked_up() {
    let world = World::new();
    for (line, wanted) in LASTING {
        let subject = world.subject(line);
        assert_eq!(world.sent(line, &subject.id), *wanted, "{line}");
        let wanted = [&[subject.look], *wanted].concat();
        let by_name = world.sent(line, subject.name);
        assert_eq!(by_name, wanted, "{line}, with a name");
    }
    for (line, wanted) in NAMED {
        assert_eq!(world.sent(line, ""), *wanted, "{line}");
    }
    for (line, wanted) in ENDING {
        let sent = world.sent(line, &world.subject(line).id);
        assert_eq!(sent, *wanted, "{line}");
    }
}

#[test]
fn what_is_refused_is_looked_for() {
    let world = World::new();
    unknown_ids_are_told_as_unknown_names(&world);
    what_other_projects_have_is_refused(&world);
    the_session_of_another_environment_is_not_edited(&world);
    what_is_missing_is_not_mistaken(&world);
    a_name_may_look_like_an_id(&world);
}

fn unknown_ids_are_told_as_unknown_names(world: &World) {
    for (line, _) in LASTING.iter().chain(ENDING) {
        let (output, _) = world.run(line, UNKNOWN);
        let stderr = String::from_utf8(output.stderr).unwrap();
        let noun = world.subject(line).noun;
        let told = format!("error: {noun} \"{UNKNOWN}\" not found\n\nhint: ");
        assert!(stderr.starts_with(&told), "{line}: {stderr}");
        assert_eq!(output.status.code(), Some(3), "{line}");
        assert!(output.stdout.is_empty(), "{line}");
    }
}

fn what_other_projects_have_is_refused(world: &World) {
    for (line, _) in LASTING.iter().filter(|(line, _)| line.contains(" ENV")) {
        let line = format!("{line} --os-cloud sandbox-alt");
        let (output, _) = world.run(&line, &world.subject(&line).id);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(4), "{line}: {stderr}");
        let told = "error: User is not authorized to access these tenant resources";
        assert!(stderr.starts_with(told), "{line}: {stderr}");
    }
}

/// The service itself would take the edit.
fn the_session_of_another_environment_is_not_edited(world: &World) {
    let stall = world.run_line("env show stall -f value -c id");
    for subject in [&*stall, "stall"] {
        let line = "app add ENV --model app.json --no-check --session SESSION";
        let (output, sent) = world.run(line, subject);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(
            stderr.contains(" is not tied with Environment "),
            "{stderr}"
        );
        assert!(sent.iter().all(|call| call.starts_with("GET ")), "{sent:?}");
    }
}

fn what_is_missing_is_not_mistaken(world: &World) {
    let told = |line: &str, subject: &str| {
        let (output, _) = world.run(line, subject);
        assert!(!output.status.success(), "{line}");
        String::from_utf8(output.stderr).unwrap()
    };
    // Not the action.
    let stderr = told("environment-action-call --action-id act ENV", UNKNOWN);
    assert!(
        stderr.contains(&format!("Environment with id {UNKNOWN} not found")),
        "{stderr}"
    );
    let line = "action call ENV nonsense";
    let stderr = told(line, &world.subject(line).id);
    assert!(stderr.contains("action \"nonsense\" not found"), "{stderr}");
    // Who may not see a template is not told to change it.
    let market = world.run_line("template show market -f value -c id");
    let of_others = told(
        "template clone TEMPLATE copy --os-cloud sandbox-alt",
        &market,
    );
    assert!(!of_others.contains("--public"), "{of_others}");
    let of_our_own = told("template clone TEMPLATE copy", &market);
    assert!(
        of_our_own.contains("`murano template update"),
        "{of_our_own}"
    );
}

fn a_name_may_look_like_an_id(world: &World) {
    world.run_line(&format!("env create {UNKNOWN} --quiet"));
    let sent = world.sent("session create ENV", UNKNOWN);
    let wanted = [
        "POST /environments/ID/configure",
        "GET /environments/ID",
        "GET /environments",
        "POST /environments/ID/configure",
    ];
    assert_eq!(sent, wanted);
    for line in ["env status ENV", "env deploy ENV", "env rename ENV again"] {
        world.sent(line, UNKNOWN);
    }
    world.run_line(&format!("env create {UNKNOWN} --quiet"));
    world.sent("env delete ENV", UNKNOWN);
    let left = world.run_line("env list -f value -c name --sort-column name");
    assert_eq!(left, "again\nshop\nstall\nstore");
}
