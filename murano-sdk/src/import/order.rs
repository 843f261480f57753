//! The order of an import: what is required first.

use super::resolve::{Node, State, parsed};
use super::{Action, Plan, Requirement, Step};
use crate::archive::PackageFile;

/// Puts packages in order and says what is odd about them.
pub(super) fn plan(nodes: Vec<Node>) -> Plan {
    let mut walk = Walk {
        nodes: &nodes,
        order: Vec::new(),
        done: vec![false; nodes.len()],
        path: Vec::new(),
        cycles: Vec::new(),
    };
    let mains = nodes.iter().enumerate().filter(|(_, node)| node.main);
    for (number, _) in mains {
        walk.visit(number);
    }
    let (order, cycles) = (walk.order, walk.cycles);
    let name = |number: &usize| nodes[*number].name.clone();
    let cycles = cycles
        .iter()
        .map(|circle| circle.iter().map(name).collect());
    let cycles = cycles.collect();
    let mut place = vec![0; nodes.len()];
    for (step, number) in order.iter().enumerate() {
        place[*number] = step;
    }
    let warnings = warnings(&nodes, &order);
    let steps = order.iter().map(|number| step(&nodes, *number, &place));
    let steps = steps.collect();
    let mut files: Vec<Option<PackageFile>> = vec![None; order.len()];
    for (number, node) in nodes.into_iter().enumerate() {
        if let State::Package(file) = node.state {
            files[place[number]] = Some(*file);
        }
    }
    Plan {
        steps,
        cycles,
        warnings,
        files,
    }
}

/// A walk in depth.
struct Walk<'a> {
    nodes: &'a [Node],
    order: Vec<usize>,
    done: Vec<bool>,
    /// From a package that was asked for to the one that is looked at.
    path: Vec<usize>,
    cycles: Vec<Vec<usize>>,
}

impl Walk<'_> {
    /// No deeper than there are packages, which are bounded.
    fn visit(&mut self, number: usize) {
        if let Some(entered) = self.path.iter().position(|known| *known == number) {
            let circle = self.path[entered..].to_vec();
            if !self.cycles.contains(&circle) {
                self.cycles.push(circle);
            }
            return;
        }
        if self.done[number] {
            return;
        }
        self.path.push(number);
        for (_, next) in &self.nodes[number].edges {
            self.visit(*next);
        }
        self.path.pop();
        self.done[number] = true;
        self.order.push(number);
    }
}

fn step(nodes: &[Node], number: usize, place: &[usize]) -> Step {
    let node = &nodes[number];
    let (action, source) = match &node.state {
        State::Package(file) => (Action::Upload, file.shown().to_owned()),
        State::Installed { .. } => (Action::Installed, "catalog".to_owned()),
        State::Missing(reason) => (Action::Missing, reason.clone()),
    };
    let requires = node.edges.iter().map(|(range, next)| Requirement {
        name: nodes[*next].name.clone(),
        range: range.clone(),
        step: place[*next],
    });
    let mut required_by: Vec<String> = Vec::new();
    for other in nodes {
        let needs = other.edges.iter().any(|(_, next)| *next == number);
        if needs && !required_by.contains(&other.name) {
            required_by.push(other.name.clone());
        }
    }
    Step {
        action,
        name: node.name.clone(),
        version: node.version.clone(),
        source,
        main: node.main,
        required_by,
        requires: requires.collect(),
    }
}

fn warnings(nodes: &[Node], order: &[usize]) -> Vec<String> {
    let mut warnings = Vec::new();
    let upload = |node: &Node| matches!(node.state, State::Package(_));
    for (at, number) in order.iter().enumerate() {
        let node = &nodes[*number];
        let same = |other: &&usize| upload(&nodes[**other]) && nodes[**other].name == node.name;
        if upload(node) && !order[..at].iter().any(|other| same(&other)) {
            let versions = order[at..].iter().filter(same);
            let versions: Vec<&str> = versions
                .filter_map(|other| nodes[*other].version.as_deref())
                .collect();
            if versions.len() > 1 {
                let (name, versions) = (&node.name, versions.join(" and "));
                warnings.push(format!(
                    "a project holds one version of a package, this is {name} as {versions}"
                ));
            }
        }
        if let State::Installed {
            note: Some(note), ..
        } = &node.state
        {
            warnings.push(note.clone());
        }
        for (range, next) in &node.edges {
            let required = &nodes[*next];
            let grown = parsed(required).is_some_and(|version| version.major > 0);
            if range.is_none() && grown && !matches!(required.state, State::Missing(_)) {
                let (name, other) = (&node.name, &required.name);
                let version = required.version.as_deref().unwrap_or_default();
                warnings.push(format!(
                    "{name} requires {other} without a version, which the engine reads as 0.x, and \
                     this is {version}"
                ));
            }
        }
    }
    warnings
}
