//! Version ranges of required packages, as the engine reads them.

/// Longest first, so that none is taken for the beginning of another.
const OPERATORS: [&str; 9] = ["==", "<=", ">=", "!=", "~=", "<", ">", "^", "~"];

/// Why the engine cannot use a version range, if it cannot. It finds out when it deploys.
///
/// A range is one or several conditions, apart by commas: a version of one to three numbers (`*` for
/// any) behind an operator. An empty range means the versions `0.x`.
pub(super) fn fault(range: &str) -> Option<String> {
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
    use super::fault;

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
