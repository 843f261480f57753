//! From packages to all they require, without asking anybody: what is not known is a question.

use semver::Version;

use super::{Plan, order};
use crate::{
    archive::{PackageFile, requirement},
    error::{Error, Result},
};

/// More packages than anything requires; the bound ends what a hostile repository makes up.
const MOST: usize = 1000;

/// How many requirements are looked at in advance.
const FAR: usize = 64;

/// A requirement that no package at hand meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) name: String,
    pub(super) range: Option<String>,
    /// Who requires it first.
    pub(super) required_by: String,
}

impl Need {
    fn new(name: &str, range: Option<&str>, by: &Node) -> Self {
        let range = range.filter(|range| !range.trim().is_empty());
        Self {
            name: name.to_owned(),
            range: range.map(str::to_owned),
            required_by: by.name.clone(),
        }
    }
}

/// What was found for a [`Need`].
pub(super) enum Found {
    Package(Box<PackageFile>),
    /// In the catalog, in a version that is not always known.
    Installed {
        version: Option<String>,
        note: Option<String>,
    },
    Missing(String),
}

/// A package, wherever it is.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: String,
    /// Of what is missing, the range.
    pub(super) version: Option<String>,
    pub(super) state: State,
    pub(super) main: bool,
    /// Its requirements so far: range and number of the node.
    pub(super) edges: Vec<(Option<String>, usize)>,
}

#[derive(Debug)]
pub(super) enum State {
    Package(Box<PackageFile>),
    /// The ranges it is known to be in.
    Installed {
        ranges: Vec<Option<String>>,
        note: Option<String>,
    },
    Missing(String),
}

impl Node {
    fn file(&self) -> Option<&PackageFile> {
        match &self.state {
            State::Package(file) => Some(file),
            _ => None,
        }
    }
}

/// A search that is answered question by question. The same answers lead to the same plan.
#[derive(Debug)]
pub(super) struct Resolver {
    nodes: Vec<Node>,
    /// The node whose requirements are looked at.
    at: usize,
    requirements: bool,
}

impl Resolver {
    pub(super) fn new(files: Vec<PackageFile>, requirements: bool) -> Self {
        let mut resolver = Self {
            nodes: Vec::new(),
            at: 0,
            requirements,
        };
        for file in files {
            resolver.add(file, true);
        }
        resolver
    }

    /// The next question; none when all is known.
    pub(super) fn next(&mut self) -> Option<Need> {
        if !self.requirements {
            return None;
        }
        while let Some(node) = self.nodes.get(self.at) {
            let require = node.file().map(|file| &file.manifest().require);
            let wanted = require.and_then(|require| require.get(node.edges.len()));
            let Some((name, range)) = wanted else {
                self.at += 1;
                continue;
            };
            let need = Need::new(name, range.as_deref(), node);
            match self.known(&need) {
                Some(known) => self.nodes[self.at].edges.push((need.range, known)),
                None => return Some(need),
            }
        }
        None
    }

    /// The questions that will come next as far as that is known, but those that have been asked. Of a package
    /// there is one at most: its answer may be that to another one.
    pub(super) fn ahead(&self, asked: &[Need], most: usize) -> Vec<Need> {
        let wanted = self.nodes.iter().skip(self.at).flat_map(|node| {
            let require = node.file().map(|file| &file.manifest().require);
            let rest = require.into_iter().flatten().skip(node.edges.len());
            rest.map(|(name, range)| Need::new(name, range.as_deref(), node))
        });
        let wanted = wanted.take(if self.requirements { FAR } else { 0 });
        let mut names: Vec<String> = Vec::new();
        let is_next = |need: &Need| {
            if self.known(need).is_some() || names.contains(&need.name) {
                return false;
            }
            names.push(need.name.clone());
            true
        };
        let next = wanted.filter(is_next).filter(|need| !asked.contains(need));
        next.take(most).collect()
    }

    /// The answer to the question asked last.
    pub(super) fn answer(&mut self, need: Need, found: Found) -> Result<()> {
        if self.nodes.len() >= MOST {
            let text = format!("more than {MOST} packages require each other");
            return Err(Error::archive(text));
        }
        let number = match found {
            Found::Package(file) => self.add(*file, false),
            Found::Installed { version, note } => self.installed(&need, version, note),
            Found::Missing(reason) => {
                self.nodes.push(Node {
                    name: need.name,
                    version: need.range.clone(),
                    state: State::Missing(reason),
                    main: false,
                    edges: Vec::new(),
                });
                self.nodes.len() - 1
            }
        };
        self.nodes[self.at].edges.push((need.range, number));
        Ok(())
    }

    fn installed(&mut self, need: &Need, version: Option<String>, note: Option<String>) -> usize {
        let same = |node: &Node| {
            let installed = matches!(node.state, State::Installed { .. });
            installed && node.name == need.name && (version.is_none() || node.version == version)
        };
        if let Some(number) = self.nodes.iter().position(same) {
            if let State::Installed { ranges, .. } = &mut self.nodes[number].state {
                ranges.push(need.range.clone());
            }
            return number;
        }
        self.nodes.push(Node {
            name: need.name.clone(),
            version,
            state: State::Installed {
                ranges: vec![need.range.clone()],
                note,
            },
            main: false,
            edges: Vec::new(),
        });
        self.nodes.len() - 1
    }

    /// A package file, unless the same version is there.
    fn add(&mut self, file: PackageFile, main: bool) -> usize {
        let manifest = file.manifest();
        let same = |node: &Node| {
            node.file().is_some()
                && node.name == manifest.full_name
                && node.version.as_ref() == Some(&manifest.version)
        };
        if let Some(known) = self.nodes.iter().position(same) {
            return known;
        }
        self.nodes.push(Node {
            name: manifest.full_name.clone(),
            version: Some(manifest.version.clone()),
            state: State::Package(Box::new(file)),
            main,
            edges: Vec::new(),
        });
        self.nodes.len() - 1
    }

    /// The package at hand that meets a requirement: one that was asked for before one that is only
    /// required, then the newest.
    fn known(&self, need: &Need) -> Option<usize> {
        let range = need.range.as_deref().unwrap_or_default();
        let here = |(_, node): &(usize, &Node)| node.name == need.name;
        let fits = |version: &Option<String>| {
            version
                .as_ref()
                .is_some_and(|version| requirement::fits(range, version))
        };
        let packages = self.nodes.iter().enumerate().filter(here);
        let best = packages
            .clone()
            .filter(|(_, node)| node.file().is_some() && fits(&node.version))
            .max_by_key(|(_, node)| (node.main, parsed(node)))
            .map(|(number, _)| number);
        best.or_else(|| {
            let same = packages.into_iter().find(|(_, node)| match &node.state {
                State::Package(_) => false,
                State::Installed { ranges, .. } => {
                    ranges.contains(&need.range) || fits(&node.version)
                }
                State::Missing(_) => node.version == need.range,
            });
            same.map(|(number, _)| number)
        })
    }

    pub(super) fn plan(self) -> Plan {
        order::plan(self.nodes)
    }
}

pub(super) fn parsed(node: &Node) -> Option<Version> {
    Version::parse(node.version.as_ref()?).ok()
}

#[cfg(test)]
mod tests {
    use super::super::{Action, Step};
    use super::*;

    struct Shelf(tempfile::TempDir);

    impl Shelf {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        /// A package such as `a.B 1.0`, with the text of its `Require`.
        fn package(&self, name: &str, require: &str) -> PackageFile {
            let (full, version) = name.split_once(' ').unwrap_or((name, "0.0.0"));
            let folder = self.0.path().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            let text = format!(
                "FullName: {full}\nType: Library\nVersion: '{version}'\nRequire: {{{require}}}\n"
            );
            std::fs::write(folder.join("manifest.yaml"), text).unwrap();
            PackageFile::open(folder).unwrap()
        }
    }

    /// Resolves with a repository of these packages and a catalog with packages of these names.
    fn resolve(roots: &[&PackageFile], repository: &[&PackageFile], catalog: &[&str]) -> Plan {
        let roots = roots.iter().map(|file| (*file).clone()).collect();
        let mut resolver = Resolver::new(roots, true);
        let (mut asked, mut foreseen): (Vec<Need>, Vec<Need>) = (Vec::new(), Vec::new());
        while let Some(need) = resolver.next() {
            assert_eq!(resolver.ahead(&[], 1).first(), Some(&need));
            let ahead = resolver.ahead(&foreseen, 3);
            foreseen.extend(ahead);
            let again = |old: &Need| (&old.name, &old.range) == (&need.name, &need.range);
            assert!(!asked.iter().any(again), "{need:?} is asked twice");
            asked.push(need.clone());
            let range = need.range.clone().unwrap_or_default();
            let fits = |file: &&&PackageFile| {
                let manifest = file.manifest();
                manifest.full_name == need.name && requirement::fits(&range, &manifest.version)
            };
            let found = if catalog.contains(&&*need.name) {
                let (version, note) = (None, None);
                Found::Installed { version, note }
            } else if let Some(file) = repository.iter().find(fits) {
                Found::Package(Box::new((*file).clone()))
            } else {
                Found::Missing("it is nowhere".to_owned())
            };
            resolver.answer(need, found).unwrap();
        }
        // Nothing is looked for in vain.
        assert!(foreseen.iter().all(|need| asked.contains(need)));
        resolver.plan()
    }

    fn told(plan: &Plan) -> Vec<String> {
        let line = |step: &Step| {
            let version = step.version.as_deref().unwrap_or("?");
            format!("{} {} {version}", step.action.as_str(), step.name)
        };
        plan.steps.iter().map(line).collect()
    }

    #[test]
    fn what_is_required_comes_first() {
        let shelf = Shelf::new();
        let m = shelf.package("M", "A: , B: , io.murano: ");
        let (a, b, c) = (
            shelf.package("A", "C: "),
            shelf.package("B", "C: '>=0'"),
            shelf.package("C", ""),
        );
        let plan = resolve(&[&m], &[&a, &b, &c], &["io.murano"]);
        assert_eq!(
            told(&plan),
            [
                "upload C 0.0.0",
                "upload A 0.0.0",
                "upload B 0.0.0",
                "installed io.murano ?",
                "upload M 0.0.0"
            ]
        );
        assert_eq!(plan.steps[0].required_by, ["A", "B"]);
        assert!(plan.steps[4].main && !plan.steps[0].main);
        assert!(plan.cycles.is_empty());
        let requires = &plan.steps[4].requires;
        assert_eq!((&*requires[1].name, requires[1].step), ("B", 2));
    }

    #[test]
    fn circles_are_entered_once() {
        let shelf = Shelf::new();
        let (a, b, c) = (
            shelf.package("A", "B: "),
            shelf.package("B", "C: , B: "),
            shelf.package("C", "A: "),
        );
        let plan = resolve(&[&a], &[&b, &c], &[]);
        assert_eq!(
            told(&plan),
            ["upload C 0.0.0", "upload B 0.0.0", "upload A 0.0.0"]
        );
        assert_eq!(plan.cycles, [vec!["A", "B", "C"], vec!["B"]]);
        let plan = resolve(&[&b, &a], &[&c], &[]);
        assert_eq!(
            told(&plan),
            ["upload A 0.0.0", "upload C 0.0.0", "upload B 0.0.0"]
        );
        assert_eq!(plan.cycles, [vec!["B", "C", "A"], vec!["B"]]);
    }

    #[test]
    fn what_is_given_meets_requirements_before_the_catalog() {
        let shelf = Shelf::new();
        let a = shelf.package("A", "B: '>=1'");
        let b = shelf.package("B 1.5", "");
        let plan = resolve(&[&a, &b], &[], &["B"]);
        assert_eq!(told(&plan), ["upload B 1.5.0", "upload A 0.0.0"]);
        assert!(plan.steps[0].main);
        assert_eq!(plan.steps[0].required_by, ["A"]);
        // Only when it fits.
        let old = shelf.package("B 0.9", "");
        let plan = resolve(&[&a, &old], &[&b], &[]);
        assert_eq!(
            told(&plan),
            ["upload B 1.5.0", "upload A 0.0.0", "upload B 0.9.0"]
        );
        assert!(
            plan.warnings[0].contains("B as 1.5.0 and 0.9.0"),
            "{:?}",
            plan.warnings
        );
    }

    #[test]
    fn two_versions_are_two_packages() {
        let shelf = Shelf::new();
        let (one, two) = (shelf.package("A 1.0", ""), shelf.package("A 2.0", ""));
        let plan = resolve(&[&one, &two, &one], &[], &[]);
        assert_eq!(told(&plan), ["upload A 1.0.0", "upload A 2.0.0"]);
        let user = shelf.package("U", "A: ");
        let plan = resolve(&[&user, &one, &two], &[], &[]);
        assert_eq!(
            told(&plan),
            ["upload A 2.0.0", "upload U 0.0.0", "upload A 1.0.0"]
        );
    }

    #[test]
    fn what_is_missing_names_who_requires_it() {
        let shelf = Shelf::new();
        let (a, b) = (
            shelf.package("A", "X: '>=2', X1: "),
            shelf.package("B", "X: '>=2'"),
        );
        let plan = resolve(&[&a, &b], &[], &[]);
        assert_eq!(plan.steps[0].action, Action::Missing);
        assert_eq!(
            super::super::told(&plan.steps[0]),
            "package X >=2 is required by A, B, but it is nowhere"
        );
        assert_eq!(plan.steps.len(), 4);
    }

    #[test]
    fn without_a_version_the_engine_means_the_first_ones() {
        let shelf = Shelf::new();
        let (a, b) = (shelf.package("A", "B: "), shelf.package("B 1.2", ""));
        let plan = resolve(&[&a, &b], &[], &[]);
        assert!(
            plan.warnings[0].contains("A requires B without a version"),
            "{:?}",
            plan.warnings
        );
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(64))]

        #[test]
        fn any_graph_is_put_in_order(edges in proptest::collection::vec((0_usize..7, 0_usize..7), 0..20)) {
            let shelf = Shelf::new();
            let require = |from: usize| {
                let mut to: Vec<usize> = edges.iter().filter(|edge| edge.0 == from).map(|edge| edge.1).collect();
                to.sort_unstable();
                to.dedup();
                to.iter().map(|to| format!("P{to}: ")).collect::<Vec<_>>().join(", ")
            };
            let packages: Vec<_> = (0..7).map(|number| shelf.package(&format!("P{number}"), &require(number))).collect();
            let all: Vec<&PackageFile> = packages.iter().collect();
            let plan = resolve(&all[..2], &all, &[]);
            proptest::prop_assert_eq!(told(&plan), told(&resolve(&all[..2], &all, &[])));
            for (number, step) in plan.steps.iter().enumerate() {
                for requirement in &step.requires {
                    // What comes later is required in a circle.
                    let circle = || plan.cycles.iter().any(|circle| circle.contains(&step.name));
                    proptest::prop_assert!(requirement.step < number || circle());
                    proptest::prop_assert_eq!(&plan.steps[requirement.step].name, &requirement.name);
                }
            }
        }
    }
}
