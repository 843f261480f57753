//! Version ranges of required packages, as the engine reads them.

use semver::{Prerelease, Version};

/// Longest first, so that none is taken for the beginning of another.
const OPERATORS: [&str; 9] = ["==", "<=", ">=", "!=", "~=", "<", ">", "^", "~"];

/// Why the engine cannot use a version range, if it cannot. It finds out when it deploys.
///
/// A range is one or several conditions, apart by commas: a version of one to three numbers (`*` for
/// any) behind an operator. An empty range means the versions `0.x`.
pub(crate) fn fault(range: &str) -> Option<String> {
    if range.is_empty() {
        return None;
    }
    let plain: String = range.chars().filter(|c| !c.is_whitespace()).collect();
    plain.split(',').find_map(condition)
}

fn condition(text: &str) -> Option<String> {
    let operator = OPERATORS
        .iter()
        .find(|operator| text.starts_with(**operator));
    let (operator, rest) = match operator {
        Some(operator) => (*operator, &text[operator.len()..]),
        None => ("==", text.strip_prefix('=').unwrap_or(text)),
    };
    let (numbers, extra) = match rest.find(['-', '+']) {
        Some(end) => rest.split_at(end),
        None => (rest, ""),
    };
    let parts: Vec<&str> = numbers.split('.').collect();
    if parts.len() > 3 || !parts.iter().all(|part| is_number(part)) || !is_suffix(extra) {
        return Some("it must be such as 1.0, \">=1.0\" or \">=1.0,<2\"".to_owned());
    }
    let is_partial = parts.len() < 3 || parts.contains(&"*");
    if parts[0] == "*" && !matches!(operator, "==" | ">=") {
        Some(format!("{operator} needs a number in place of *"))
    } else if is_partial && !extra.is_empty() {
        Some("a pre-release needs all three numbers, such as 1.2.0-rc1".to_owned())
    } else if extra.contains('+') && !matches!(operator, "==" | "!=") {
        Some(format!(
            "{operator} cannot compare what follows +, leave that out"
        ))
    } else if operator == "!=" && is_partial {
        // The engine turns it into "newer and older", not "newer or older".
        Some("which no version fits: != needs all three numbers".to_owned())
    } else {
        None
    }
}

/// Whether a version, in its full form, is in a range. Every version is in an empty range, as every one
/// was for the clients there were; the engine takes an empty range for `0.x`.
pub(crate) fn fits(range: &str, version: &str) -> bool {
    let Ok(version) = Version::parse(version) else {
        return false;
    };
    let plain: String = range.chars().filter(|c| !c.is_whitespace()).collect();
    plain.is_empty() || plain.split(',').all(|condition| meets(condition, &version))
}

/// The version that a range names when it names a single one, as it is written there.
pub(crate) fn exact(range: &str) -> Option<&str> {
    let range = range.trim();
    let text = range.strip_prefix('=').unwrap_or(range);
    let text = text.strip_prefix('=').unwrap_or(text).trim_start();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
    let is_one = text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(plain);
    is_one.then_some(text)
}

fn meets(condition: &str, version: &Version) -> bool {
    let operator = OPERATORS.iter().find(|sign| condition.starts_with(**sign));
    let (operator, rest) = match operator {
        Some(operator) => (*operator, &condition[operator.len()..]),
        None => ("==", condition.strip_prefix('=').unwrap_or(condition)),
    };
    let numbers = rest.split(['-', '+']).next().unwrap_or_default();
    let known: Vec<u64> = numbers
        .split('.')
        .map_while(|part| part.parse().ok())
        .collect();
    let Some(&major) = known.first() else {
        return rest.starts_with('*');
    };
    let part = |place: usize| known.get(place).copied();
    let least = Version::new(major, part(1).unwrap_or(0), part(2).unwrap_or(0));
    let given = match known[..] {
        [_, _, _] => Version::parse(rest).unwrap_or_else(|_| least.clone()),
        _ => least.clone(),
    };
    // The first version that is no longer meant by what is written, such as 1.3.0 for 1.2.
    let beyond = match (part(1), part(2)) {
        (None, _) => next_major(major),
        (Some(minor), None) => next_minor(major, minor),
        (Some(_), Some(_)) => given.clone(),
    };
    let is_whole = known.len() == 3;
    let below = |limit: &Version| version < &first_of(limit);
    match operator {
        "==" if is_whole => equal(version, &given),
        "==" => *version >= given && below(&beyond),
        "!=" => !equal(version, &given),
        ">" if is_whole => version.cmp_precedence(&given).is_gt(),
        ">" => *version >= first_of(&beyond),
        ">=" => version.cmp_precedence(&given).is_ge(),
        "<" if !given.pre.is_empty() => version.cmp_precedence(&given).is_lt(),
        "<" => below(&given),
        "<=" if is_whole => version.cmp_precedence(&given).is_le(),
        "<=" => below(&beyond),
        _ => version.cmp_precedence(&given).is_ge() && below(&limit(operator, &known)),
    }
}

/// The first version beyond `^`, `~` and `~=`.
fn limit(operator: &str, known: &[u64]) -> Version {
    match (operator, known) {
        ("^", [0, 0, patch, ..]) => Version::new(0, 0, patch.saturating_add(1)),
        ("^", [0, minor, ..]) => next_minor(0, *minor),
        ("~", [major, minor, ..]) | ("~=", [major, minor, _, ..]) => next_minor(*major, *minor),
        (_, [major, ..]) => next_major(*major),
        (_, []) => Version::new(u64::MAX, 0, 0),
    }
}

fn next_major(major: u64) -> Version {
    Version::new(major.saturating_add(1), 0, 0)
}

fn next_minor(major: u64, minor: u64) -> Version {
    Version::new(major, minor.saturating_add(1), 0)
}

/// The least pre-release, which is older than the version itself.
fn first_of(version: &Version) -> Version {
    let mut first = version.clone();
    first.pre = Prerelease::new("0").unwrap_or_default();
    first
}

/// Build metadata counts where the range has some.
fn equal(version: &Version, given: &Version) -> bool {
    version.cmp_precedence(given).is_eq()
        && (given.build.is_empty() || version.build == given.build)
}

fn is_number(text: &str) -> bool {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    text == "*" || plain && (text == "0" || !text.starts_with('0'))
}

/// A pre-release behind `-` and a build behind `+`, or neither.
fn is_suffix(text: &str) -> bool {
    let (pre, build) = text.split_once('+').unwrap_or((text, ""));
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    pre.chars().all(allowed) && build.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::{exact, fault, fits};

    #[test]
    fn versions_in_ranges() {
        for (range, inside, outside) in [
            ("", &["0.0.0", "7.0.0"][..], &[][..]),
            ("*", &["0.0.0", "7.0.0"], &[]),
            (">=*", &["7.0.0"], &[]),
            ("1", &["1.0.0", "1.9.9"], &["0.9.9", "2.0.0", "2.0.0-rc"]),
            ("=1.2", &["1.2.0", "1.2.7"], &["1.3.0"]),
            ("1.2.*", &["1.2.7"], &["1.3.0"]),
            ("==1.2.3", &["1.2.3", "1.2.3+b"], &["1.2.4"]),
            ("==1.2.3+b", &["1.2.3+b"], &["1.2.3", "1.2.3+c"]),
            (">=1.0,<2", &["1.0.0", "1.9.0"], &["2.0.0", "0.9.0"]),
            (">=1.0 , <2.0.0", &["1.0.0"], &["2.0.0-rc"]),
            (">1", &["2.0.0"], &["1.5.0"]),
            (">1.2.3", &["1.2.4"], &["1.2.3"]),
            ("<=1", &["1.9.9"], &["2.0.0"]),
            ("<=1.2.3", &["1.2.3"], &["1.2.4"]),
            ("<2.0.0-rc", &["2.0.0-beta"], &["2.0.0"]),
            ("!=1.2.3", &["1.2.4"], &["1.2.3"]),
            ("^1.2.3", &["1.9.0"], &["1.2.2", "2.0.0"]),
            ("^0.2.3", &["0.2.9"], &["0.3.0"]),
            ("^0.0.3", &["0.0.3"], &["0.0.4"]),
            ("^1.2", &["1.2.0"], &["2.0.0"]),
            ("~1.2.3", &["1.2.9"], &["1.3.0"]),
            ("~1", &["1.9.0"], &["2.0.0"]),
            ("~=1.2", &["1.9.0"], &["2.0.0"]),
            ("~=1.2.3", &["1.2.9"], &["1.3.0"]),
        ] {
            for version in inside {
                assert!(fits(range, version), "{version} is in {range:?}");
            }
            for version in outside {
                assert!(!fits(range, version), "{version} is not in {range:?}");
            }
        }
    }

    #[test]
    fn ranges_of_one_version() {
        for (range, one) in [
            ("1.0", Some("1.0")),
            ("=1.2.3", Some("1.2.3")),
            ("== 1.2.3-rc", Some("1.2.3-rc")),
            (">=1", None),
            ("1,2", None),
            ("1.*", None),
            ("../1", None),
            ("", None),
        ] {
            assert_eq!(exact(range), one, "{range}");
        }
    }

    #[test]
    fn ranges_of_the_engine() {
        for range in [
            "",
            "0",
            "*",
            "1.0",
            "=1",
            "==1.2",
            ">=1.0",
            ">= 1.0 , < 2",
            "^1.2",
            "~1",
            "~=1.2.3",
            "<=1",
            ">1.0",
            "!=1.2.3",
            ">=*",
            "==*",
            "=*",
            "1.*",
            "1.2.*",
            ">1.*",
            "1.2.3-rc",
            "=1.2.3+b",
            ">=1.0.0-a",
            "<2.0.0-",
            "1.2.3-",
            ">=0,<=1",
        ] {
            assert_eq!(fault(range), None, "{range}");
        }
    }

    #[test]
    fn what_the_engine_cannot_use_is_told() {
        for (range, part) in [
            (" ", "such as"),
            ("01", "such as"),
            ("1.x", "such as"),
            ("v1", "such as"),
            ("1.2.3.4", "such as"),
            ("latest", "such as"),
            (">=1.0,", "such as"),
            ("=>1", "such as"),
            ("1 || 2", "such as"),
            ("||=1", "such as"),
            (">=1.0.0+a+b", "such as"),
            (">*", "> needs a number"),
            ("1.2-rc", "all three numbers"),
            (">=1.2.3+b", "cannot compare"),
            ("!=1", "no version fits"),
        ] {
            let found = fault(range).unwrap_or_default();
            assert!(found.contains(part), "{range:?}: {found:?}");
        }
    }
}
