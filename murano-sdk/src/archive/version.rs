//! Versions as the server writes them.

/// The full form (`1.2` becomes `1.2.0`), `None` for a text the server refuses.
///
/// Leading zeros go, a fourth number becomes build metadata, and what cannot stand in a version
/// becomes `-`.
pub(crate) fn normalize(text: &str) -> Option<String> {
    let mut numbers = Vec::new();
    let mut rest = text;
    while numbers.len() < 3 {
        // A dot belongs to the number behind it: in `1.x` it does not.
        let number = if numbers.is_empty() {
            Some(rest)
        } else {
            rest.strip_prefix('.')
        };
        let Some(number) = number else { break };
        let end = number
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(number.len());
        if end == 0 {
            break;
        }
        let digits = number[..end].trim_start_matches('0');
        numbers.push(if digits.is_empty() { "0" } else { digits });
        rest = &number[end..];
    }
    if numbers.is_empty() {
        return None;
    }
    numbers.resize(3, "0");
    let full = format!("{}{}", numbers.join("."), suffix(rest));
    semver::Version::parse(&full).is_ok().then_some(full)
}

/// Pre-release and build metadata from what follows the numbers.
fn suffix(rest: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-');
    let rest = rest.replace(|c| !allowed(c), "-");
    let (pre, build) = if let Some(build) = rest.strip_prefix(['+', '.']) {
        ("", build)
    } else {
        let pre = rest.strip_prefix('-').unwrap_or(&rest);
        pre.split_once('+').unwrap_or((pre, ""))
    };
    let build = build.replace('+', ".");
    let part = |sign: &str, text: &str| match text {
        "" => String::new(),
        text => format!("{sign}{text}"),
    };
    part("-", pre) + &part("+", &build)
}

#[cfg(test)]
mod tests {
    use super::normalize;

    #[test]
    fn versions_are_completed() {
        for (text, full) in [
            ("1", "1.0.0"),
            ("0", "0.0.0"),
            ("1.2", "1.2.0"),
            ("1.10", "1.10.0"),
            ("01.02.03", "1.2.3"),
            ("1.2.3.4", "1.2.3+4"),
            ("1.2.3-rc.1", "1.2.3-rc.1"),
            ("1.0-", "1.0.0"),
            ("1.", "1.0.0"),
            ("1.x", "1.0.0+x"),
            ("2b1", "2.0.0-b1"),
            ("0.1+2-3+4_5", "0.1.0+2-3.4-5"),
            ("1.0.0-a+b", "1.0.0-a+b"),
            ("1.2 beta", "1.2.0-beta"),
            ("2015-01-02", "2015.0.0-01-02"),
        ] {
            assert_eq!(normalize(text).as_deref(), Some(full), "{text}");
        }
    }

    #[test]
    fn versions_without_a_number_are_refused() {
        for text in [
            "",
            "abc",
            "v1",
            ".1",
            "-1",
            "1.0.0-01",
            "1.0.0-a..b",
            "None",
        ] {
            assert_eq!(normalize(text), None, "{text}");
        }
    }
}
