//! Text of the cloud does nothing to a terminal: everything that has a name, a description or a message has a
//! hostile one here, and the commands that read are asked for it.
#![cfg(target_os = "linux")]

use std::fs::{self, File};

use murano_sandbox::Fault;
use serde_json::json;

use crate::{cloud::Cloud, transcript};

/// Sets the title, rings, goes back, clears the screen by a sequence of 8 bits, deletes, and turns round what follows.
const HOSTILE: &str = "x\u{1b}]0;owned\u{7}\u{8}\u{9b}2J\u{7f}\u{202e}y\u{2066}";

/// Commands that show what others have written; into a pipe each, in the format for people.
const READING: [&str; 32] = [
    "env list",
    "env show $X",
    "env status $X",
    "env model-show $X",
    "env watch $X --duration 1ms",
    "app list $X",
    "app show $X $X",
    "deployment logs $X",
    "deployment logs $X --follow",
    "action list $X",
    "action call $X echo --arg text=$X",
    "action call-static com.example.Greeter greeting --arg name=$X",
    "export $X",
    "export --template $X -f json",
    "diff -f other.yaml",
    "diff -f other.yaml -f json",
    "apply -f other.yaml --dry-run",
    "template list",
    "template show $X",
    "template apps $X",
    "package list --debug",
    "package show com.example.Greeter",
    "package form com.example.Greeter",
    "package form com.example.Greeter --blank",
    "category list --verbose",
    "category show $X",
    "schema show com.example.Greeter",
    // What fails, by the program's words and by the server's.
    "env show $X $X",
    "env show none-$X",
    "app show $X none-$X",
    "api get /hostile/none -i 2>&1 >/dev/null",
    "environment-list",
];

/// What is faithful in a pipe, or asks: on a terminal it is harmless as well.
const ON_TERMINAL: [&str; 15] = [
    "env list",
    "env list -f value",
    "env list -f csv",
    "env list -f json",
    "env show $X -f yaml",
    "env list --query '$[*].name'",
    "env watch --duration 1ms -f value",
    "action call $X echo --arg text=$X -f value",
    "package ui com.example.Greeter",
    "package form com.example.Greeter -c label -f value",
    "api get /hostile",
    "diff -f other.yaml",
    "environment-list",
    "env delete $X",
    "app add $X com.example.Greeter --interactive",
];

/// The first character with which a terminal does something, beside the end of a line.
fn steering(text: &str) -> Option<char> {
    let steers = |c: &char| {
        c.is_control() && !"\r\n".contains(*c)
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().find(steers)
}

/// The text without colours and movements of the cursor, which no hostile text here has.
fn without_colours(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        plain += piece
            .trim_start_matches(|c: char| c.is_ascii_digit() || ";?".contains(c))
            .get(1..)
            .unwrap_or_default();
    }
    plain
}

/// A text in double quotes, as YAML and JSON read it.
fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        ' '..='~' => c.to_string(),
        c => format!("\\u{:04x}", u32::from(c)),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// A cloud where everything is called so. Two calls fail with a message that is no better.
fn hostile_cloud() -> Cloud {
    let said = format!("no {HOSTILE}");
    let message = json!({ "message": said, "code": 409, "title": HOSTILE }).to_string();
    let raw = format!("<html><body><h1>{HOSTILE}</h1>{said}</body></html>");
    let fault = |path, body: &str| {
        let fault = Fault::on("GET", path).times(u32::MAX);
        fault.answer(409, body).header("X-Odd", "a\u{9b}2J")
    };
    let cloud = Cloud::with_faults(vec![
        fault("/v1/hostile", &raw),
        fault("/v1/hostile/none", &message),
    ]);
    let packages = transcript::folder().join("../data/packages");
    let mut copy = cloud.program("cp");
    copy.args(&["-R", packages.join("greeter").to_str().unwrap(), "."]);
    assert!(copy.status().unwrap().success());
    let name = quoted(HOSTILE);
    for (file, replaced) in [
        ("manifest.yaml", "Name: Greeter"),
        ("manifest.yaml", "Author: The murano-rs maintainers"),
        ("manifest.yaml", "Summary: Greetings of all kinds"),
        ("UI/ui.yaml", "label: Whom to greet"),
        (
            "UI/ui.yaml",
            "description: Each greeting is a report of its own",
        ),
        ("Classes/Greeter.yaml", "text: Echo"),
        ("Classes/Greeter.yaml", "text: How often"),
    ] {
        let path = cloud.folder().join("greeter").join(file);
        let text = fs::read_to_string(&path).unwrap();
        let (key, _) = replaced.split_once(':').unwrap();
        let text = text.replacen(replaced, &format!("{key}: {name}"), 1);
        assert!(text.contains(&name), "{replaced}");
        fs::write(&path, text).unwrap();
    }
    let greeter = format!(
        r#"{{"?": {{"type": "com.example.Greeter", "name": {name}}}, "name": {name}, "size": 1}}"#
    );
    fs::write(cloud.folder().join("app.json"), greeter).unwrap();
    let other = format!(
        "name: {name}\napplications:\n  {name}:\n    class: com.example.Greeter\n    properties: {{name: \"\\u009b31m\"}}\n"
    );
    fs::write(cloud.folder().join("other.yaml"), other).unwrap();
    cloud.run(&["category", "create", HOSTILE, "--os-cloud=sandbox-admin"]);
    cloud.run(&["package", "import", "greeter", "-c", HOSTILE]);
    cloud.run(&["env", "create", HOSTILE, "--description", HOSTILE]);
    let session = session(&cloud);
    cloud.run(&[
        "app",
        "add",
        HOSTILE,
        "--model=app.json",
        "--session",
        &session,
    ]);
    cloud.run(&["session", "deploy", HOSTILE, &session, "--wait"]);
    cloud.run(&["template", "create", HOSTILE, "--description", HOSTILE]);
    cloud.run(&["template", "add-app", HOSTILE, "--model=app.json"]);
    cloud
}

fn session(cloud: &Cloud) -> String {
    let session = cloud.run(&["session", "create", HOSTILE, "-f", "value", "-c", "id"]);
    session.trim().to_owned()
}

/// The commands as a program of a shell that says before each which it is, and gives what each printed.
fn run(cloud: &Cloud, commands: &[&str], program: &str, arguments: &[&str]) -> Vec<String> {
    let line = |command: &&str| {
        let shown = command.replace('\'', "");
        let line = command.replace("$X", "\"$X\"");
        format!("echo '== {shown}'\n{{ murano {line} ; }} 2>&1\n")
    };
    let script = commands.iter().map(line).collect::<String>();
    fs::write(cloud.folder().join("all.sh"), script).unwrap();
    // No to the deletion; a name for the application, then what its form asks for.
    fs::write(cloud.folder().join("answers"), "n\nbob\nann\n1\n").unwrap();
    let mut shell = cloud.program(program);
    shell.args(arguments).env("X", HOSTILE);
    shell.stdin(File::open(cloud.folder().join("answers")).unwrap());
    let output = shell.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let told: Vec<String> = text.split("== ").skip(1).map(str::to_owned).collect();
    assert_eq!(told.len(), commands.len(), "{text}");
    told
}

#[test]
fn hostile_text_is_shown_and_not_obeyed() {
    let cloud = hostile_cloud();
    let in_a_pipe = run(&cloud, &READING, "sh", &["all.sh"]);
    let script = ["-qec", "sh all.sh", "/dev/null"];
    let on_a_terminal = run(&cloud, &ON_TERMINAL, "script", &script);
    let colourless = on_a_terminal.iter().map(|told| without_colours(told));
    let all: Vec<String> = in_a_pipe.into_iter().chain(colourless).collect();
    let obeyed: Vec<&String> = all.iter().filter(|told| steering(told).is_some()).collect();
    assert!(obeyed.is_empty(), "{obeyed:#?}");
    let shown = |told: &&String| {
        ["owned", "31m", "2J"]
            .iter()
            .any(|part| told.contains(part))
    };
    let silent: Vec<&String> = all.iter().filter(|told| !shown(told)).collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn pipes_get_names_as_they_are_and_completion_offers_none_of_these() {
    let cloud = Cloud::start();
    for name in [HOSTILE, "shop"] {
        cloud.run(&["env", "create", name]);
    }
    let names = format!("{HOSTILE}\nshop\n");
    assert_eq!(
        cloud.run(&["env", "list", "-f", "value", "-c", "name"]),
        names
    );
    assert_eq!(cloud.run(&["env", "list", "--query", "$[*].name"]), names);
    let listed = cloud.run(&["env", "list", "-f", "json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed[0]["name"], HOSTILE);
    let offered = cloud.run(&["__complete", "bash", "murano env show ", " "]);
    assert_eq!(offered, "words\nshop\n");
}
