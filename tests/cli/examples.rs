//! The examples in the help are run: each by itself, in a copy of one prepared place.
//!
//! They are what `murano reference` shows, which is what `#[command(before_help = examples!(…))]` at the
//! arguments of a command says.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use crate::{cloud::Cloud, program::Program, transcript};

/// What examples find: files in the folder, things in the cloud, ids in variables. It is said here, so
/// that an example of a new command can rely on it, or add what it needs.
const PREPARE: &str = r#"
murano package import ./greeter ./printer ./stand
murano --os-cloud sandbox-admin category create Toys
murano env create shop
session=$(murano session create shop -f value -c id)
murano app add shop Greeter --name hello --set name=Ann --set size=2 --session "$session"
murano app add shop Printer --name press --session "$session"
murano session deploy shop "$session" --wait

cat > greeter.json <<'END'
{"?": {"type": "com.example.Greeter", "name": "first"}, "name": "Ann", "size": 3}
END
echo '{stand: {owner: Ann}, till: {password: "Till-12"}}' > stand.yaml
echo '[{"op": "replace", "path": "/0/size", "value": 4}]' > apps.patch.json
echo '[{"op": "replace", "path": "/services/0/size", "value": 5}]' > patch.json
echo '{"name": "store"}' > environment.json
murano package import ./library
murano package download Phrases phrases.zip
murano package delete Phrases

mkdir -p repository/apps repository/bundles
cp -R slow repository/apps/com.example.Slow
echo '{"Packages": [{"Name": "com.example.Slow"}]}' > repository/bundles/demo.bundle

murano template create market --public --app greeter.json
murano template create stall

environment=$(murano env show shop -f value -c id)
deployment=$(murano deployment list shop -f value -c id | head -1)
task=$(murano action call shop hello.again --no-wait -f value -c task_id)
murano action result shop "$task" --wait
session=$(murano session create shop -f value -c id)
murano app add shop Greeter --name second --session "$session"
maintenance=$(murano --os-cloud sandbox-admin maintenance create --at +2h -f value -c session_id)
echo '{"maintenance_at": "2030-01-31 22:00:00", "hosts": ["compute-1"]}' > plan.json
murano maintenance group-set web --name web
murano maintenance instance-set web-1 --name web-1 --group web
murano instance create db-1 --image efe0a06f-ca95-4808-b41e-9f55b9c5eb98 --flavor bm.small \
    --network c1940655-8b8e-4370-b8f9-03ba1daeca31 --property role=db --wait
murano export shop > hello.yaml
cat > shop.yaml <<'END'
name: boutique
applications:
  hello: {class: com.example.Greeter, properties: {size: '${SIZE:-2}'}}
END
cat > variables <<END
environment=$environment deployment=$deployment session=$session task=$task maintenance=$maintenance
END
"#;

/// A command that prints a secret, which is for the program behind it.
const SECRET: &str = "murano auth token";

/// Commands that serve until they are stopped.
const ENDLESS: [&str; 1] = ["murano sandbox serve"];

#[test]
fn every_example_of_the_help_works() {
    let place = Cloud::none();
    let packages = transcript::folder().join("../data/packages");
    copy(&packages, place.folder());
    let prepared = shell(&place, PREPARE);
    assert!(prepared.status.success(), "{}", told(&prepared));

    let examples = examples(&place.run(&["reference"]));
    assert!(examples.len() > 60, "{examples:?}");
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(example) = examples.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = run(example, place.folder()) {
                        failures
                            .lock()
                            .unwrap()
                            .push(format!("$ {example}\n{error}"));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(
        failures.is_empty(),
        "{} of {} examples fail; what they find is prepared at the top of {}\n\n{}",
        failures.len(),
        examples.len(),
        file!(),
        failures.join("\n")
    );
}

#[test]
fn the_reference_is_what_the_program_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference.md");
    transcript::same(&path, &Cloud::none().run(&["reference"]));
}

/// The commands in the blocks of a reference.
fn examples(reference: &str) -> Vec<String> {
    let blocks = reference.split("\n```console\n").skip(1);
    let blocks = blocks.filter_map(|block| block.split("```").next());
    let commands = blocks.flat_map(|block| block.trim_start_matches("$ ").split("\n$ "));
    commands
        .map(|command| command.trim_end().replace("\n> ", "\n"))
        .collect()
}

/// Runs one example in a copy of the prepared place.
fn run(example: &str, prepared: &Path) -> Result<(), String> {
    let place = Cloud::none();
    copy(prepared, place.folder());
    if ENDLESS.iter().any(|endless| example.starts_with(endless)) {
        return serve(&place, example);
    }
    let reader = if example == SECRET {
        " | grep -q ^gAAAA"
    } else {
        ""
    };
    let output = shell(&place, &format!(". ./variables\n{example}{reader}"));
    if output.status.success() {
        Ok(())
    } else {
        Err(told(&output))
    }
}

/// The example has to be serving still when it is stopped.
fn serve(place: &Cloud, example: &str) -> Result<(), String> {
    let mut command = sh(place, &format!("exec {example} > clouds.yaml"));
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    let printed = place.folder().join("clouds.yaml");
    for _ in 0..100 {
        thread::sleep(Duration::from_millis(50));
        let text = std::fs::read_to_string(&printed).unwrap_or_default();
        if text.contains("auth_url") || child.try_wait().unwrap().is_some() {
            break;
        }
    }
    let listed = place.murano(&["env", "list"]).output().unwrap();
    let ended = child.try_wait().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    if listed.status.success() && ended.is_none() {
        Ok(())
    } else {
        Err(told(&listed))
    }
}

fn sh(place: &Cloud, script: &str) -> Program {
    let mut command = place.program("sh");
    command
        .args(&["-euc", script])
        .env("OS_CLOUD", "sandbox")
        .env("MURANO_SANDBOX_DEPLOY_TIME", "0s")
        // Those that can do everything.
        .env("MURANO_SANDBOX_FENIX", "late")
        .env("MURANO_SANDBOX_MOGAN", "servers");
    command
}

fn shell(place: &Cloud, script: &str) -> Output {
    sh(place, script).output().unwrap()
}

fn told(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr);
    format!("{}\n{told}", output.status)
}

fn copy(from: &Path, to: &Path) {
    let mut copied = Command::new("cp");
    let copied = copied.arg("-R").arg(from.join(".")).arg(to).status();
    assert!(copied.unwrap().success());
}
