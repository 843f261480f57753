//! Regular expressions as Python writes them, for whether a text has a match.
//!
//! Forms are written for Python: they look ahead, leave braces alone that are no count, and name
//! characters by octal numbers. What is not known is refused, never guessed. A search takes time in
//! proportion to text and pattern, whatever they are.

mod parse;

use std::sync::Arc;

use parse::Node;

/// Steps of a compiled pattern.
const MAX_PROGRAM: usize = 20_000;
/// Parts of a pattern, each as often as it is repeated, in what it looks ahead for and with those that take no step.
const MAX_PARTS: usize = 100_000;
/// Steps of one search.
const MAX_STEPS: usize = 5_000_000;

/// A regular expression.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    program: Program,
}

type Program = Vec<Step>;

#[derive(Clone, Debug)]
enum Step {
    Char(Arc<CharSet>),
    Assert(Place),
    /// Whether a pattern follows here, or must not.
    Look {
        ahead: Program,
        wanted: bool,
    },
    Jump(usize),
    Either(usize, usize),
    Found,
}

/// A place between characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    TextStart,
    TextEnd,
    LineStart,
    LineEnd,
    /// The end, or before the line end that ends the text.
    LastLineEnd,
    WordEdge,
    NoWordEdge,
}

/// Characters that one step takes.
#[derive(Clone, Debug)]
struct CharSet {
    negated: bool,
    folded: bool,
    parts: Vec<CharPart>,
}

#[derive(Clone, Copy, Debug)]
enum CharPart {
    Range(char, char),
    Digit(bool),
    Word(bool),
    Space(bool),
}

impl Pattern {
    /// Reads a pattern; `/pattern/flags` gives it flags.
    ///
    /// The error is one line without the pattern.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let node = parse::pattern(text)?;
        let mut program = Vec::new();
        compile(&node, &mut program, &mut 0)?;
        program.push(Step::Found);
        Ok(Self { program })
    }

    /// Whether it is found anywhere in a text.
    pub(crate) fn is_found(&self, text: &str) -> Result<bool, String> {
        let text: Vec<char> = text.chars().collect();
        let mut search = Search {
            text: &text,
            steps: 0,
        };
        let mut seen = search.unseen(&self.program);
        for start in 0..=text.len() {
            if search.matches(&self.program, start, &mut seen)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Counts the parts that it compiles.
fn compile(node: &Node, program: &mut Program, parts: &mut usize) -> Result<(), String> {
    *parts += 1;
    if program.len() > MAX_PROGRAM || *parts > MAX_PARTS {
        return Err("the pattern is too large".to_owned());
    }
    match node {
        Node::Char(set) => program.push(Step::Char(Arc::clone(set))),
        Node::Place(place) => program.push(Step::Assert(*place)),
        Node::Sequence(nodes) => {
            for node in nodes {
                compile(node, program, parts)?;
            }
        }
        Node::Either(branches) => either(branches, program, parts)?,
        Node::Repeat { node, least, most } => {
            for _ in 0..*least {
                compile(node, program, parts)?;
            }
            match most {
                None => {
                    let start = program.len();
                    program.push(Step::Either(start + 1, 0));
                    compile(node, program, parts)?;
                    program.push(Step::Jump(start));
                    close(program, start);
                }
                Some(most) => {
                    for _ in *least..*most {
                        let start = program.len();
                        program.push(Step::Either(start + 1, 0));
                        compile(node, program, parts)?;
                        close(program, start);
                    }
                }
            }
        }
        Node::Look { node, wanted } => {
            let mut ahead = Vec::new();
            compile(node, &mut ahead, parts)?;
            ahead.push(Step::Found);
            program.push(Step::Look {
                ahead,
                wanted: *wanted,
            });
        }
    }
    Ok(())
}

/// The other way of a choice goes on behind what was compiled last.
fn close(program: &mut Program, at: usize) {
    let end = program.len();
    if let Some(Step::Either(_, other)) = program.get_mut(at) {
        *other = end;
    }
}

fn either(branches: &[Node], program: &mut Program, parts: &mut usize) -> Result<(), String> {
    let mut ends = Vec::new();
    for (at, branch) in branches.iter().enumerate() {
        if at + 1 == branches.len() {
            compile(branch, program, parts)?;
            break;
        }
        let start = program.len();
        program.push(Step::Either(start + 1, 0));
        compile(branch, program, parts)?;
        ends.push(program.len());
        program.push(Step::Jump(0));
        close(program, start);
    }
    let end = program.len();
    for at in ends {
        if let Some(step) = program.get_mut(at) {
            *step = Step::Jump(end);
        }
    }
    Ok(())
}

struct Search<'t> {
    text: &'t [char],
    steps: usize,
}

impl Search<'_> {
    fn unseen(&self, program: &Program) -> Vec<bool> {
        let size = program.len().saturating_mul(self.text.len() + 1);
        vec![false; size.min(MAX_STEPS)]
    }

    /// Whether the program ends well from a place. A state that was seen has failed already, which
    /// bounds the search and ends loops around nothing.
    fn matches(
        &mut self,
        program: &Program,
        start: usize,
        seen: &mut [bool],
    ) -> Result<bool, String> {
        let mut open = vec![(0, start)];
        while let Some((at, place)) = open.pop() {
            let state = at * (self.text.len() + 1) + place;
            self.steps += 1;
            let is_new = seen
                .get_mut(state)
                .map(|seen| !std::mem::replace(seen, true));
            if self.steps > MAX_STEPS || is_new.is_none() {
                return Err("the text is too long for the pattern".to_owned());
            }
            if is_new == Some(false) {
                continue;
            }
            if let Some(Step::Char(set)) = program.get(at) {
                self.steps += set.parts.len() / 8;
            }
            match program.get(at) {
                Some(Step::Found) => return Ok(true),
                Some(Step::Char(set)) if self.text.get(place).is_some_and(|c| set.has(*c)) => {
                    open.push((at + 1, place + 1));
                }
                Some(Step::Assert(assertion)) if self.is_at(*assertion, place) => {
                    open.push((at + 1, place));
                }
                Some(Step::Look { ahead, wanted }) => {
                    let mut seen = self.unseen(ahead);
                    self.steps += seen.len() / 64;
                    if self.matches(ahead, place, &mut seen)? == *wanted {
                        open.push((at + 1, place));
                    }
                }
                Some(Step::Jump(to)) => open.push((*to, place)),
                Some(Step::Either(first, second)) => {
                    open.push((*second, place));
                    open.push((*first, place));
                }
                Some(Step::Char(_) | Step::Assert(_)) | None => {}
            }
        }
        Ok(false)
    }

    fn is_at(&self, assertion: Place, place: usize) -> bool {
        let end = self.text.len();
        let before = place.checked_sub(1).and_then(|at| self.text.get(at));
        let after = self.text.get(place);
        let edge = before.is_some_and(|c| is_word(*c)) != after.is_some_and(|c| is_word(*c));
        match assertion {
            Place::TextStart => place == 0,
            Place::TextEnd => place == end,
            Place::LineStart => before.is_none_or(|c| *c == '\n'),
            Place::LineEnd => after.is_none_or(|c| *c == '\n'),
            Place::LastLineEnd => place == end || (place + 1 == end && after == Some(&'\n')),
            Place::WordEdge => edge,
            // In an empty text there is neither.
            Place::NoWordEdge => !edge && end > 0,
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

impl CharSet {
    fn has(&self, c: char) -> bool {
        let other = |c: char| {
            if c.is_lowercase() {
                c.to_uppercase().next()
            } else {
                c.to_lowercase().next()
            }
        };
        let folded = self.folded && other(c).is_some_and(|c| self.has_part(c));
        (self.has_part(c) || folded) != self.negated
    }

    fn has_part(&self, c: char) -> bool {
        self.parts.iter().any(|part| match part {
            CharPart::Range(first, last) => (*first..=*last).contains(&c),
            CharPart::Digit(wanted) => c.is_numeric() == *wanted,
            CharPart::Word(wanted) => is_word(c) == *wanted,
            CharPart::Space(wanted) => c.is_whitespace() == *wanted,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern).unwrap().is_found(text).unwrap()
    }

    #[test]
    fn names_of_machines() {
        for (pattern, text, is_match) in [
            (r"^[a-zA-z][-_\w]*$", "web-1_a", true),
            (r"^[a-zA-z][-_\w]*$", "1web", false),
            (r"^[a-zA-z][-_\w]*$", "web#", false),
            (r"^[-\w]+$", "Größe", true),
            (r"^[-\w]+$", "a b", false),
            (r"^[a-z0-9]([a-z0-9.-]{0,251})?[a-z0-9]$", "pod-1.a", true),
            (r"^[a-z0-9]([a-z0-9.-]{0,251})?[a-z0-9]$", "p", false),
            (r"(^[^.]+$|^[^.]{1,15}\..*$)", "sixteen-letters-.x", false),
            (r"(^[^.]+$|^[^.]{1,15}\..*$)", "short.example", true),
            (r"^.*(?=.*\d)(?=.*[a-z])(?=.*[A-Z]).*$", "aB3", true),
            (r"^.*(?=.*\d)(?=.*[a-z])(?=.*[A-Z]).*$", "ab3", false),
            (r"^(?!.*--)[a-z-]+$", "a-b", true),
            (r"^(?!.*--)[a-z-]+$", "a--b", false),
            (r"^{\s*}$", "{ }", true),
            (r"a{,2}b{x", "aab{x", true),
            (r#"^[^"\\\0-\x1F\x7F]+$"#, "a b", true),
            (r#"^[^"\\\0-\x1F\x7F]+$"#, "a\tb", false),
            ("/^web$/i", "WEB", true),
            ("^a$", "a\n", true),
            (r"\bcat\b", "a cat.", true),
            (r"\bcat\b", "concat", false),
            (r"^(a|b|)*c$", "ababc", true),
            (
                r"^(?:x+x+)+y$",
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                false,
            ),
            ("^[]a]+$", "]a", true),
            (r"\B", "", false),
            ("(?i)WEB", "web", true),
            (r"^(?P<kind>ab)+?$", "abab", true),
        ] {
            assert_eq!(found(pattern, text), is_match, "{pattern} on {text}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for pattern in [
            "(", ")", "a**", "*a", "[a", r"(a)\1", "(?<=a)b", "a++", r"\p{L}", "[b-a]", "x{3,2}",
            "(?x)a b", "/a/q",
        ] {
            assert!(Pattern::new(pattern).is_err(), "{pattern}");
        }
        let deep = "(".repeat(500) + &")".repeat(500);
        assert!(Pattern::new(&deep).is_err());
        let again = |pattern: &str| format!("({pattern}){{1000}}");
        let ahead = |pattern: &str| format!("(?={pattern}){{1000}}");
        let large: [String; 3] = [
            again(&again("a")),
            ahead(&ahead("a")),
            again(&again(&again(&again("")))),
        ];
        for pattern in large {
            let error = Pattern::new(&pattern).unwrap_err();
            assert_eq!(error, "the pattern is too large");
        }
        assert!(Pattern::new("([a-z]{100}){100}").is_ok());
    }

    proptest! {
        #[test]
        fn any_text_is_a_pattern_or_refused(pattern in "[a-c^$.*+?(){}|\\[\\]\\\\0-9,-]{0,40}", text in ".{0,30}") {
            if let Ok(pattern) = Pattern::new(&pattern) {
                let _ = pattern.is_found(&text);
            }
        }
    }
}
