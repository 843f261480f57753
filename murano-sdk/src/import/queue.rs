//! Which steps of a plan may be carried out at the same time.

use std::collections::HashMap;

use super::Step;
use crate::archive::PackageFile;

/// The steps of a plan on their way from waiting to done.
///
/// A step waits for those that it requires, and for earlier ones with its name or one of its classes: the
/// catalog takes only one of them, which is to be the same one every time.
#[derive(Debug)]
pub(super) struct Queue {
    after: Vec<Vec<usize>>,
    states: Vec<State>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Begun,
    Done,
}

impl Queue {
    pub(super) fn new(steps: &[Step], files: &[Option<PackageFile>]) -> Self {
        let mut owners: HashMap<String, usize> = HashMap::new();
        let mut after = Vec::with_capacity(steps.len());
        for (number, step) in steps.iter().enumerate() {
            // What comes later is required in a circle: nobody can wait for it.
            let required = step.requires.iter().map(|needed| needed.step);
            let mut earlier: Vec<usize> = required.filter(|needed| *needed < number).collect();
            for name in files[number].iter().flat_map(names) {
                // Who waits for the last one waits for all before it.
                earlier.extend(owners.insert(name, number).filter(|last| *last < number));
            }
            after.push(earlier);
        }
        let states = vec![State::Waiting; steps.len()];
        Self { after, states }
    }

    /// The first step that may begin.
    pub(super) fn next(&self) -> Option<usize> {
        let is_done = |needed: &usize| self.states[*needed] == State::Done;
        let may_begin = |number: &usize| {
            self.states[*number] == State::Waiting && self.after[*number].iter().all(is_done)
        };
        (0..self.states.len()).find(may_begin)
    }

    pub(super) fn begin(&mut self, step: usize) {
        self.states[step] = State::Begun;
    }

    pub(super) fn finish(&mut self, step: usize) {
        self.states[step] = State::Done;
    }

    /// Lets a step that has begun wait again.
    pub(super) fn put_back(&mut self, step: usize) {
        self.states[step] = State::Waiting;
    }

    /// Whether nothing but this step has begun and everything before it is done.
    pub(super) fn is_alone(&self, step: usize) -> bool {
        let others = self.states.iter().enumerate();
        others
            .filter(|(number, _)| *number != step)
            .all(|(number, state)| match state {
                State::Waiting => number > step,
                State::Begun => false,
                State::Done => true,
            })
    }
}

/// What there can be only one of in the catalog: the package and its classes.
fn names(file: &PackageFile) -> impl Iterator<Item = String> + use<> {
    let manifest = file.manifest();
    let own = format!("package {}", manifest.full_name);
    [own].into_iter().chain(manifest.class_names())
}

#[cfg(test)]
mod tests {
    use super::super::{Action, Requirement};
    use super::*;

    struct Shelf(tempfile::TempDir);

    impl Shelf {
        fn package(&self, name: &str, class: &str) -> PackageFile {
            let folder = self.0.path().join(format!("{name} {class}"));
            std::fs::create_dir_all(folder.join("Classes")).unwrap();
            let text = format!("FullName: {name}\nType: Library\nClasses: {{{class}: c.yaml}}\n");
            std::fs::write(folder.join("manifest.yaml"), text).unwrap();
            std::fs::write(folder.join("Classes/c.yaml"), format!("Name: {class}\n")).unwrap();
            PackageFile::open(folder).unwrap()
        }
    }

    fn step(requires: &[usize]) -> Step {
        let requires = requires.iter().map(|step| Requirement {
            name: String::new(),
            range: None,
            step: *step,
        });
        Step {
            action: Action::Upload,
            name: String::new(),
            version: None,
            source: String::new(),
            main: true,
            required_by: Vec::new(),
            requires: requires.collect(),
        }
    }

    /// The steps that may begin in turn when each is done as soon as all have begun that may.
    fn rounds(mut queue: Queue) -> Vec<Vec<usize>> {
        let mut rounds = Vec::new();
        loop {
            let mut round = Vec::new();
            while let Some(next) = queue.next() {
                queue.begin(next);
                round.push(next);
            }
            if round.is_empty() {
                return rounds;
            }
            for step in &round {
                queue.finish(*step);
            }
            rounds.push(round);
        }
    }

    #[test]
    fn what_is_required_is_done_before() {
        let steps = [step(&[]), step(&[0]), step(&[]), step(&[1, 2])];
        let queue = Queue::new(&steps, &[None, None, None, None]);
        assert_eq!(rounds(queue), [vec![0, 2], vec![1], vec![3]]);
    }

    #[test]
    fn circles_end() {
        let steps = [step(&[1]), step(&[0, 1])];
        assert_eq!(rounds(Queue::new(&steps, &[None, None])), [[0], [1]]);
    }

    #[test]
    fn of_rivals_the_first_goes_first() {
        let shelf = Shelf(tempfile::tempdir().unwrap());
        let files = [
            Some(shelf.package("a.A", "a.X")),
            Some(shelf.package("a.B", "a.X")),
            Some(shelf.package("a.A", "a.Y")),
            Some(shelf.package("a.C", "a.Z")),
        ];
        let steps = [step(&[]), step(&[]), step(&[]), step(&[])];
        assert_eq!(rounds(Queue::new(&steps, &files)), [vec![0, 3], vec![1, 2]]);
    }

    #[test]
    fn one_is_alone_when_all_before_are_done() {
        let steps = [step(&[]), step(&[]), step(&[])];
        let mut queue = Queue::new(&steps, &[None, None, None]);
        queue.begin(0);
        assert!(queue.is_alone(0));
        queue.begin(1);
        assert!(!queue.is_alone(0) && !queue.is_alone(1));
        queue.finish(0);
        assert!(queue.is_alone(1));
        queue.put_back(1);
        assert_eq!(queue.next(), Some(1));
        queue.begin(2);
        assert!(!queue.is_alone(2));
    }
}
