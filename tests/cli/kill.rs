//! What the sandbox has acknowledged survives `kill -9`.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

use murano_sdk::{Client, archive::PackageFile};

use crate::{cloud::Cloud, local::Served};

const KILLS: u64 = 200;
/// Longest time between the start of the writers and the kill.
const LONGEST: Duration = Duration::from_millis(80);

/// What the writers know of one kind of things, by name.
#[derive(Default)]
struct Known {
    /// Those that exist, and their ids.
    sure: BTreeMap<String, String>,
    /// Those whose creation or deletion was not answered. They may exist or not.
    doubtful: Vec<String>,
    /// Writes that were sent.
    sent: usize,
    /// Writes that were answered.
    answered: usize,
}

impl Known {
    fn begin(&mut self, name: &str) {
        self.doubtful.push(name.to_owned());
        self.sent += 1;
    }

    fn created(&mut self, name: &str, id: &str) {
        self.sure.insert(name.to_owned(), id.to_owned());
        self.end(name);
    }

    fn deleted(&mut self, name: &str) {
        self.sure.remove(name);
        self.end(name);
    }

    fn end(&mut self, name: &str) {
        self.doubtful.retain(|doubtful| doubtful != name);
        self.answered += 1;
    }

    /// The oldest, of four or more.
    fn superfluous(&self) -> Option<(String, String)> {
        let oldest = self
            .sure
            .first_key_value()
            .filter(|_| self.sure.len() > 3)?;
        Some((oldest.0.clone(), oldest.1.clone()))
    }

    /// Compares with what there is, which is known from now on. Gives the number of doubts.
    fn check(&mut self, found: BTreeMap<String, String>) -> usize {
        for (name, id) in &self.sure {
            let there = found.get(name);
            let doubtful = there.is_none() && self.doubtful.contains(name);
            assert!(
                there == Some(id) || doubtful,
                "{name} was acknowledged and is lost"
            );
        }
        for name in found.keys() {
            let known = self.sure.contains_key(name) || self.doubtful.contains(name);
            assert!(known, "the deletion of {name} was acknowledged and is lost");
        }
        self.sure = found;
        std::mem::take(&mut self.doubtful).len()
    }
}

/// A served sandbox and its user.
fn serve(cloud: &Cloud) -> (Served, Client) {
    let served = Served::start(cloud.murano(&["sandbox", "serve", "--data", "data", "--quiet"]));
    let client = Client::builder()
        .auth_url(served.auth_url())
        .password("demo", "demo")
        .project("demo");
    (served, client.build().unwrap())
}

async fn write_environments(murano: &Client, known: &RefCell<Known>) -> murano_sdk::Result<()> {
    loop {
        let name = format!("{:09}", known.borrow().sent);
        known.borrow_mut().begin(&name);
        let made = murano.environments().create(&name).await?;
        known.borrow_mut().created(&name, made.id.as_str());
        let superfluous = known.borrow().superfluous();
        if let Some((name, id)) = superfluous {
            known.borrow_mut().begin(&name);
            murano.environment(id).delete().await?;
            known.borrow_mut().deleted(&name);
        }
    }
}

/// Packs a package of its own with some data, the more the higher the number.
fn pack(folder: &Path, number: usize) -> (String, PackageFile) {
    let name = format!("com.example.P{number:06}");
    let files = folder.join("package");
    std::fs::create_dir_all(files.join("Resources")).unwrap();
    let manifest = format!("FullName: {name}\nName: {name}\nType: Library\n");
    std::fs::write(files.join("manifest.yaml"), manifest).unwrap();
    let data: Vec<u8> = (0..number % 97 * 997)
        .map(|at| u8::try_from(at * at / 7 % 251).unwrap())
        .collect();
    std::fs::write(files.join("Resources/data"), data).unwrap();
    let file = PackageFile::pack(&files, folder.join(format!("{name}.zip"))).unwrap();
    (name, file)
}

async fn write_packages(
    murano: &Client,
    known: &RefCell<Known>,
    folder: &Path,
) -> murano_sdk::Result<()> {
    loop {
        let number = known.borrow().sent;
        let (name, file) = pack(folder, number);
        known.borrow_mut().begin(&name);
        let made = murano.packages().upload(&file).await?;
        known.borrow_mut().created(&name, made.id.as_str());
        let superfluous = known.borrow().superfluous();
        if let Some((name, id)) = superfluous {
            known.borrow_mut().begin(&name);
            murano.package(id).delete().await?;
            known.borrow_mut().deleted(&name);
        }
    }
}

/// The environments and packages there are.
async fn found(murano: &Client) -> [BTreeMap<String, String>; 2] {
    let environments = murano.environments().list().await.unwrap();
    let packages = murano
        .packages()
        .list()
        .owned(true)
        .include_disabled(true)
        .await
        .unwrap();
    [
        environments
            .into_iter()
            .map(|env| (env.name, env.id.to_string()))
            .collect(),
        packages
            .into_iter()
            .map(|package| (package.fully_qualified_name, package.id.to_string()))
            .collect(),
    ]
}

/// Compares what is known with what there is, archives byte for byte. Gives the number of doubts.
async fn check(murano: &Client, known: [&RefCell<Known>; 2], folder: &Path) -> usize {
    let mut doubts = 0;
    for (known, found) in known.into_iter().zip(found(murano).await) {
        doubts += known.borrow_mut().check(found);
    }
    let packages = known[1].borrow().sure.clone();
    for (name, id) in packages {
        let mut bytes = Vec::new();
        let download = murano.package(id).download();
        download.to_writer(&mut bytes).await.unwrap();
        let sent = std::fs::read(folder.join(format!("{name}.zip"))).unwrap();
        assert!(sent == bytes, "{name} has other bytes");
    }
    doubts
}

#[tokio::test]
async fn what_was_acknowledged_survives_two_hundred_kills() {
    let (cloud, start) = (Cloud::none(), Instant::now());
    let (environments, packages) = (RefCell::<Known>::default(), RefCell::<Known>::default());
    let known = [&environments, &packages];
    let (mut doubts, mut early) = (0, 0);
    for round in 0..KILLS {
        // Some do not even get to their first answer.
        if round % 10 == 9 {
            let mut child = cloud.murano(&["sandbox", "serve", "--data", "data", "--quiet"]);
            let mut child = child.stdout(std::process::Stdio::null()).spawn().unwrap();
            std::thread::sleep(LONGEST.mul_f64(fastrand::f64()));
            child.kill().unwrap();
            child.wait().unwrap();
            early += 1;
            continue;
        }
        let (served, murano) = serve(&cloud);
        doubts += check(&murano, known, cloud.folder()).await;
        let writers = async {
            tokio::try_join!(
                write_environments(&murano, &environments),
                write_packages(&murano, &packages, cloud.folder()),
            )
        };
        let ended = tokio::time::timeout(LONGEST.mul_f64(fastrand::f64()), writers).await;
        served.kill();
        assert!(ended.is_err(), "a writer failed: {ended:?}");
    }
    let (_served, murano) = serve(&cloud);
    doubts += check(&murano, known, cloud.folder()).await;
    let answered = environments.borrow().answered + packages.borrow().answered;
    println!(
        "{KILLS} kills, {early} of them while starting, in {:.0?}: {answered} acknowledged writes are \
         all there, {doubts} were under way",
        start.elapsed()
    );
    assert!(answered > 100 && doubts > 20, "{answered} {doubts}");
}
