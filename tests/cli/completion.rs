//! Completion: the scripts in `completions/`, and what the program answers them.

use std::path::Path;

use crate::{cloud::Cloud, program::Program, transcript};

const SCRIPTS: [(&str, &str); 5] = [
    ("bash", "murano.bash"),
    ("zsh", "_murano"),
    ("fish", "murano.fish"),
    ("powershell", "_murano.ps1"),
    ("elvish", "murano.elv"),
];

/// What bash is offered at the end of a line.
fn offered(cloud: &Cloud, line: &str) -> String {
    let answer = cloud.run(&["__complete", "bash", line, ""]);
    let words = answer.strip_prefix("words\n").unwrap();
    words.trim_end().replace('\n', " ")
}

#[test]
fn the_scripts_are_what_the_program_prints() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../completions");
    for (shell, file) in SCRIPTS {
        let printed = Cloud::none().run(&["completion", shell]);
        transcript::same(&folder.join(file), &printed);
    }
    let files = std::fs::read_dir(folder).unwrap().count();
    assert_eq!(files, SCRIPTS.len());
}

#[test]
fn names_are_met_on_the_way() {
    let cloud = Cloud::start();
    let greeter = transcript::folder().join("../data/packages/greeter");
    assert_eq!(offered(&cloud, "murano env show "), "");
    cloud.run(&["env", "create", "shop"]);
    cloud.run(&["env", "create", "depot"]);
    assert_eq!(offered(&cloud, "murano env show "), "shop depot");
    cloud.run(&["env", "rename", "depot", "my store"]);
    assert_eq!(
        offered(&cloud, "murano environment-show "),
        "shop my\\ store"
    );
    assert_eq!(
        offered(&cloud, "murano --os-cloud sandbox-alt env show "),
        ""
    );

    cloud.run(&["package", "import", greeter.to_str().unwrap()]);
    assert_eq!(
        offered(&cloud, "murano package show com"),
        "com.example.Greeter"
    );
    assert_eq!(offered(&cloud, "murano app add shop Gr"), "Greeter");
    cloud.run(&["template", "create", "market"]);
    cloud.run(&["template", "create-env", "market", "fair"]);
    assert_eq!(offered(&cloud, "murano template show "), "market");
    assert_eq!(offered(&cloud, "murano env show f"), "fair");
    cloud.run(&["category", "list"]);
    assert_eq!(offered(&cloud, "murano package import x -c We"), "Web");

    // Behind the back of the program, then with it.
    let id = cloud.run(&["env", "show", "fair", "-f", "value", "-c", "id"]);
    cloud.run(&[
        "api",
        "delete",
        &format!("/environments/{}?abandon=true", id.trim()),
    ]);
    assert_eq!(offered(&cloud, "murano env show f"), "fair");
    let missing = cloud.murano(&["env", "show", "fair"]).status();
    assert_eq!(missing.unwrap().code(), Some(3));
    assert_eq!(offered(&cloud, "murano env show f"), "");
    cloud.run(&["env", "delete", "--abandon", "shop"]);
    cloud.run(&["package", "delete", "Greeter"]);
    cloud.run(&["template", "delete", "market"]);
    assert_eq!(offered(&cloud, "murano env show "), "my\\ store");
    assert_eq!(offered(&cloud, "murano package show Gr"), "");
    assert_eq!(offered(&cloud, "murano template show "), "");
}

#[test]
fn clouds_and_bare_metal_instances_are_offered() {
    let cloud = Cloud::start();
    let path = cloud.folder().join("clouds.yaml");
    let settings = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, settings + "  production: {}\n").unwrap();
    assert_eq!(
        offered(&cloud, "murano env list --os-cloud sandbox-"),
        "sandbox-demo2 sandbox-alt sandbox-admin"
    );
    assert_eq!(offered(&cloud, "murano --os-cloud pro"), "production");
    let place = [
        "--image=efe0a06f-ca95-4808-b41e-9f55b9c5eb98",
        "--flavor=bm.small",
    ];
    let network = ["--network=c1940655-8b8e-4370-b8f9-03ba1daeca31", "--wait"];
    cloud.run(&[&["instance", "create", "db-1"], &place[..], &network].concat());
    assert_eq!(offered(&cloud, "murano instance show "), "db-1");
    assert_eq!(offered(&cloud, "murano instance power on d"), "db-1");
    assert_eq!(offered(&cloud, "murano stats instance shop "), "");
    cloud.run(&["instance", "delete", "db-1"]);
    assert_eq!(offered(&cloud, "murano instance show "), "");
}

#[test]
fn a_list_of_all_puts_an_end_to_what_is_gone() {
    let cloud = Cloud::start();
    cloud.run(&["env", "create", "shop"]);
    let id = cloud.run(&["env", "show", "shop", "-f", "value", "-c", "id"]);
    cloud.run(&[
        "api",
        "delete",
        &format!("/environments/{}?abandon=true", id.trim()),
    ]);
    cloud.run(&[
        "env",
        "list",
        "--all-tenants",
        "--os-cloud",
        "sandbox-admin",
    ]);
    assert_eq!(offered(&cloud, "murano env show "), "shop");
    cloud.run(&["env", "list"]);
    assert_eq!(offered(&cloud, "murano env show "), "");
}

#[test]
fn the_prompt_never_sees_an_error() {
    let cloud = Cloud::start();
    cloud.run(&["env", "create", "shop"]);
    let names = cloud.folder().join(".cache/murano/names");
    let kept = std::fs::read_dir(&names).unwrap().next().unwrap().unwrap();
    let quiet = |change: &dyn for<'a> Fn(&'a mut Program) -> &'a mut Program| {
        let mut ask = cloud.murano(&["__complete", "bash", "murano env show ", ""]);
        change(&mut ask);
        let output = ask.output().unwrap();
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{output:?}"
        );
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(quiet(&|ask| ask), "words\nshop\n");
    let without_names = quiet(&|ask| ask.env("OS_CLOUD", "elsewhere"));
    assert_eq!(without_names, "words\n");
    quiet(&|ask| ask.env_clear());
    quiet(&|ask| ask.env_clear().env("HOME", "/nonexistent"));
    quiet(&|ask| ask.env("OS_CLIENT_CONFIG_FILE", "nowhere.yaml"));
    std::fs::write(kept.path(), b"\xff{").unwrap();
    quiet(&|ask| ask);
    std::fs::write(cloud.folder().join("clouds.yaml"), "clouds: [").unwrap();
    quiet(&|ask| ask);
    let strange = cloud.murano(&["__complete", "bash"]).output().unwrap();
    assert!(strange.status.success() && strange.stderr.is_empty());
}
