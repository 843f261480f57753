//! Versions of packages and what callers say about them.

use std::fmt;

/// A version of three numbers; what is missing counts as zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u64, pub(crate) u64, pub(crate) u64);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

impl Version {
    /// Reads the leading numbers of a text; `None` when it does not begin with one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (parts, _) = leading(text.trim())?;
        Some(Self::padded(&parts))
    }

    fn padded(parts: &[u64]) -> Self {
        let part = |at: usize| parts.get(at).copied().unwrap_or(0);
        Self(part(0), part(1), part(2))
    }
}

/// Up to three numbers with dots between them, and what follows.
fn leading(text: &str) -> Option<(Vec<u64>, &str)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while parts.len() < 3 {
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let Ok(number) = rest[..end].parse() else {
            break;
        };
        parts.push(number);
        rest = &rest[end..];
        match rest.strip_prefix('.') {
            Some(tail) if tail.starts_with(|c: char| c.is_ascii_digit()) => rest = tail,
            _ => break,
        }
    }
    if parts.is_empty() {
        None
    } else {
        Some((parts, rest))
    }
}

/// A condition on a version, such as `>=1.0,<2` or `=0`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spec(Vec<(Operator, Vec<u64>)>);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Equal,
    Not,
    Less,
    AtMost,
    More,
    AtLeast,
    Caret,
    Tilde,
    Compatible,
}

const OPERATORS: [(&str, Operator); 10] = [
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    ("==", Operator::Equal),
    ("!=", Operator::Not),
    (">", Operator::More),
    ("<", Operator::Less),
    ("=", Operator::Equal),
    ("^", Operator::Caret),
    ("~=", Operator::Compatible),
    ("~", Operator::Tilde),
];

impl Spec {
    /// What a type without a version means: versions before 1.0.
    pub(crate) fn unversioned() -> Self {
        Self(vec![(Operator::Equal, vec![0])])
    }

    /// Reads a condition; the error is the block that makes no sense.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let block = |block: &str| {
            let block = block.trim();
            let found = OPERATORS
                .iter()
                .find_map(|(sign, op)| Some((*op, block.strip_prefix(sign)?)));
            let (operator, rest) = found.unwrap_or((Operator::Equal, block));
            match leading(rest.trim()) {
                Some((parts, _)) => Ok((operator, parts)),
                None if rest.trim() == "*" => Ok((Operator::AtLeast, vec![0])),
                None => Err(block.to_owned()),
            }
        };
        text.split(',')
            .map(block)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    pub(crate) fn matches(&self, version: Version) -> bool {
        self.0.iter().all(|(operator, parts)| {
            let wanted = Version::padded(parts);
            let own = [version.0, version.1, version.2];
            let same_start = own.iter().zip(parts).all(|(own, wanted)| own == wanted);
            match operator {
                Operator::Equal => same_start,
                Operator::Not => !same_start,
                Operator::Less => version < wanted,
                Operator::AtMost => version <= wanted || same_start,
                Operator::More => version > wanted && !same_start,
                Operator::AtLeast => version >= wanted,
                Operator::Caret => version >= wanted && version.0 == wanted.0,
                Operator::Compatible => {
                    // The last part that is written may grow.
                    let kept = parts.len().saturating_sub(1);
                    version >= wanted && own[..kept] == parts[..kept]
                }
                Operator::Tilde => {
                    version >= wanted
                        && version.0 == wanted.0
                        && (parts.len() < 2 || version.1 == wanted.1)
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(spec: &str, version: &str) -> bool {
        Spec::parse(spec)
            .unwrap()
            .matches(Version::parse(version).unwrap())
    }

    #[test]
    fn conditions_pad_and_shorten() {
        assert!(Spec::unversioned().matches(Version(0, 9, 1)));
        assert!(!Spec::unversioned().matches(Version(1, 0, 0)));
        assert!(fits("=1", "1.2.3") && fits("1.2.0", "1.2") && !fits("=1.2", "1.3"));
        assert!(fits(">=1.0,<2", "1.9.9") && !fits(">=1.0,<2", "2.0.0"));
        assert!(fits("^1.2", "1.9") && !fits("~1.2", "1.9") && fits(">=0", "7.0"));
        assert!(fits("~=0.3", "0.4") && !fits("~=0.3", "1.0") && !fits("~=0.3.1", "0.4"));
        assert_eq!(Spec::parse("abc"), Err("abc".to_owned()));
    }

    #[test]
    fn versions_are_completed() {
        assert_eq!(Version::parse("1.2"), Some(Version(1, 2, 0)));
        assert_eq!(Version::parse("1.10.0-alpha"), Some(Version(1, 10, 0)));
        assert_eq!(Version::parse("abc"), None);
    }
}
