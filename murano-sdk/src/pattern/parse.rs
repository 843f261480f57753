//! The grammar of patterns.

use std::sync::Arc;

use super::{CharPart, CharSet, Place};

/// Groups inside each other.
const MAX_DEPTH: usize = 50;
/// Counts in braces.
const MAX_COUNT: usize = 1000;

/// A part of a pattern.
#[derive(Debug)]
pub(super) enum Node {
    Char(Arc<CharSet>),
    Place(Place),
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    Repeat {
        node: Box<Node>,
        least: usize,
        /// `None` without end.
        most: Option<usize>,
    },
    Look {
        node: Box<Node>,
        wanted: bool,
    },
}

#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    /// Capital and small letters are the same.
    folded: bool,
    /// `^` and `$` are at every line.
    lines: bool,
    /// The point takes line ends too.
    dot_all: bool,
}

/// Reads a pattern, with `/pattern/flags` too.
pub(super) fn pattern(text: &str) -> Result<Node, String> {
    let mut flags = Flags::default();
    let mut body = text;
    if let Some(rest) = text.strip_prefix('/') {
        let (inner, letters) = rest
            .rsplit_once('/')
            .filter(|(_, letters)| letters.chars().all(|c| c.is_ascii_alphabetic()))
            .ok_or("the pattern begins with / and does not end with /flags")?;
        body = inner;
        flags.add(letters)?;
    }
    let mut parser = Parser {
        rest: body,
        at_start: true,
        flags,
        depth: 0,
    };
    let node = parser.branches()?;
    if parser.rest.is_empty() {
        Ok(node)
    } else {
        Err("the pattern closes a group it has not opened".to_owned())
    }
}

impl Flags {
    fn add(&mut self, letters: &str) -> Result<(), String> {
        for letter in letters.chars() {
            match letter.to_ascii_lowercase() {
                'i' => self.folded = true,
                'm' => self.lines = true,
                's' => self.dot_all = true,
                'u' => {}
                _ => return Err(format!("the flag `{letter}` of a pattern is not supported")),
            }
        }
        Ok(())
    }
}

struct Parser<'t> {
    rest: &'t str,
    /// Whether nothing was read yet but flags.
    at_start: bool,
    flags: Flags,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn take(&mut self, prefix: &str) -> bool {
        let rest = self.rest.strip_prefix(prefix);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn branches(&mut self) -> Result<Node, String> {
        let mut branches = vec![self.sequence()?];
        while self.take("|") {
            branches.push(self.sequence()?);
        }
        Ok(Node::Either(branches))
    }

    fn sequence(&mut self) -> Result<Node, String> {
        let mut nodes = Vec::new();
        while let Some(c) = self.peek().filter(|c| !matches!(c, '|' | ')')) {
            if matches!(c, '*' | '+' | '?') {
                return Err(format!("the pattern has nothing to repeat before `{c}`"));
            }
            let node = self.atom()?;
            self.at_start &= matches!(&node, Node::Sequence(nodes) if nodes.is_empty());
            nodes.push(self.repeated(node)?);
        }
        Ok(Node::Sequence(nodes))
    }

    fn repeated(&mut self, node: Node) -> Result<Node, String> {
        let (least, most) = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => match self.counts()? {
                Some(counts) => counts,
                None => return Ok(node),
            },
            _ => return Ok(node),
        };
        if matches!(node, Node::Place(_)) {
            return Err("the pattern repeats a place".to_owned());
        }
        self.next();
        // Whether it takes as little as it can does not matter for whether there is a match.
        self.take("?");
        let again = match self.peek() {
            Some('*' | '+' | '?') => true,
            Some('{') => self.counts()?.is_some(),
            _ => false,
        };
        if again {
            return Err("the pattern repeats a repetition".to_owned());
        }
        let node = Box::new(node);
        Ok(Node::Repeat { node, least, most })
    }

    /// `{2}`, `{2,}`, `{,3}`, `{2,3}`; anything else is plain text. The closing brace is left.
    fn counts(&mut self) -> Result<Option<(usize, Option<usize>)>, String> {
        let Some((inner, _)) = self.rest[1..].split_once('}') else {
            return Ok(None);
        };
        let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
        let (least, most) = inner.split_once(',').unwrap_or((inner, inner));
        if inner.is_empty() || !is_number(least) || !is_number(most) {
            return Ok(None);
        }
        let number = |text: &str| match text.parse::<usize>() {
            Ok(number) if number <= MAX_COUNT => Ok(number),
            _ => Err(format!("a count in the pattern is over {MAX_COUNT}")),
        };
        let low = if least.is_empty() { 0 } else { number(least)? };
        let high = if most.is_empty() {
            None
        } else {
            Some(number(most)?)
        };
        if high.is_some_and(|high| high < low) {
            return Err("a count in the pattern goes down".to_owned());
        }
        self.rest = &self.rest[1 + inner.len()..];
        Ok(Some((low, high)))
    }

    fn atom(&mut self) -> Result<Node, String> {
        Ok(match self.next() {
            Some('(') => self.group()?,
            Some('[') => self.class()?,
            Some('.') if self.flags.dot_all => self.any(Vec::new()),
            Some('.') => self.any(vec![CharPart::Range('\n', '\n')]),
            Some('^') if self.flags.lines => Node::Place(Place::LineStart),
            Some('^') => Node::Place(Place::TextStart),
            Some('$') if self.flags.lines => Node::Place(Place::LineEnd),
            Some('$') => Node::Place(Place::LastLineEnd),
            Some('\\') => match self.peek() {
                Some('b') => self.place(Place::WordEdge),
                Some('B') => self.place(Place::NoWordEdge),
                Some('A') => self.place(Place::TextStart),
                Some('Z') => self.place(Place::TextEnd),
                Some('1'..='9') => {
                    return Err("back references in a pattern are not supported".to_owned());
                }
                _ => {
                    let part = self.escape()?;
                    self.chars(false, vec![part])
                }
            },
            Some(c) => self.chars(false, vec![CharPart::Range(c, c)]),
            None => return Err("the pattern ends too early".to_owned()),
        })
    }

    fn place(&mut self, place: Place) -> Node {
        self.next();
        Node::Place(place)
    }

    fn chars(&self, negated: bool, parts: Vec<CharPart>) -> Node {
        let folded = self.flags.folded;
        Node::Char(Arc::new(CharSet {
            negated,
            folded,
            parts,
        }))
    }

    /// Any character but these.
    fn any(&self, but: Vec<CharPart>) -> Node {
        self.chars(true, but)
    }

    fn group(&mut self) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("the pattern has groups deeper than {MAX_DEPTH}"));
        }
        let mut look = None;
        if self.take("?=") {
            look = Some(true);
        } else if self.take("?!") {
            look = Some(false);
        } else if self.take("?P<") {
            let (name, rest) = self.rest.split_once('>').unwrap_or_default();
            if name.is_empty() {
                return Err("the pattern has a group without a name".to_owned());
            }
            self.rest = rest;
        } else if self.take("?") && !self.take(":") {
            return self.inline_flags();
        }
        self.at_start = false;
        let node = self.branches()?;
        if !self.take(")") {
            return Err("the pattern does not close a group".to_owned());
        }
        self.depth -= 1;
        Ok(match look {
            Some(wanted) => Node::Look {
                node: Box::new(node),
                wanted,
            },
            None => node,
        })
    }

    /// Flags for the whole pattern, so they stand at its beginning.
    fn inline_flags(&mut self) -> Result<Node, String> {
        if !self.at_start {
            return Err("a group `(?` of the pattern is not supported".to_owned());
        }
        let (letters, rest) = self.rest.split_once(')').unwrap_or_default();
        if letters.is_empty() || !letters.chars().all(|c| c.is_ascii_alphabetic()) {
            return Err("a group `(?` of the pattern is not supported".to_owned());
        }
        self.rest = rest;
        self.flags.add(letters)?;
        self.depth -= 1;
        Ok(Node::Sequence(Vec::new()))
    }

    fn class(&mut self) -> Result<Node, String> {
        let negated = self.take("^");
        let mut parts = Vec::new();
        loop {
            let first = match self.next() {
                Some(']') if !parts.is_empty() => return Ok(self.chars(negated, parts)),
                Some('\\') => self.escape()?,
                Some(c) => CharPart::Range(c, c),
                None => return Err("the pattern does not close a bracket".to_owned()),
            };
            let is_range = self.rest.starts_with('-') && !self.rest.starts_with("-]");
            let CharPart::Range(low, _) = first else {
                parts.push(first);
                continue;
            };
            if !is_range {
                parts.push(first);
                continue;
            }
            self.next();
            let last = match self.next() {
                Some('\\') => self.escape()?,
                Some(c) => CharPart::Range(c, c),
                None => return Err("the pattern does not close a bracket".to_owned()),
            };
            match last {
                CharPart::Range(high, _) if low <= high => parts.push(CharPart::Range(low, high)),
                _ => return Err("the pattern has a range that goes down".to_owned()),
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<CharPart, String> {
        let one = |c| Ok(CharPart::Range(c, c));
        match self.next() {
            Some('d') => Ok(CharPart::Digit(true)),
            Some('D') => Ok(CharPart::Digit(false)),
            Some('w') => Ok(CharPart::Word(true)),
            Some('W') => Ok(CharPart::Word(false)),
            Some('s') => Ok(CharPart::Space(true)),
            Some('S') => Ok(CharPart::Space(false)),
            Some('n') => one('\n'),
            Some('t') => one('\t'),
            Some('r') => one('\r'),
            Some('f') => one('\u{c}'),
            Some('v') => one('\u{b}'),
            Some('a') => one('\u{7}'),
            Some('b') => one('\u{8}'),
            Some('x') => self.code(2, 16),
            Some('u') => self.code(4, 16),
            Some('0') => {
                let octal = |c: char| !('0'..='7').contains(&c);
                let digits = self.rest.find(octal).unwrap_or(self.rest.len()).min(2);
                if digits == 0 {
                    one('\0')
                } else {
                    self.code(digits, 8)
                }
            }
            Some(c) if c.is_ascii_alphanumeric() => {
                Err(format!("`\\{c}` in a pattern is not supported"))
            }
            Some(c) => one(c),
            None => Err("the pattern ends in a backslash".to_owned()),
        }
    }

    fn code(&mut self, digits: usize, base: u32) -> Result<CharPart, String> {
        let code = self
            .rest
            .get(..digits)
            .filter(|code| code.chars().all(|c| c.is_digit(base)));
        let c = code
            .and_then(|code| u32::from_str_radix(code, base).ok())
            .and_then(char::from_u32);
        let c = c.ok_or("the pattern names a character by a wrong number")?;
        self.rest = &self.rest[digits..];
        Ok(CharPart::Range(c, c))
    }
}
