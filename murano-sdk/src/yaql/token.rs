//! Words of an expression.

use super::Fault;

/// One word of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name that is no operator.
    Keyword(String),
    /// A name with the parenthesis right behind it.
    Function(String),
    /// `$` and what follows, without the `$`.
    Variable(String),
    Text(String),
    Int(i64),
    Float(f64),
    True,
    False,
    Null,
    /// An operator, bracket or comma.
    Sign(&'static str),
}

/// Signs, the longer before those they begin with.
const SIGNS: [&str; 24] = [
    "?.", "=>", "->", "=~", "!~", "!=", ">=", "<=", ".", "+", "-", "*", "/", ">", "<", "=", "(",
    ")", "[", "]", "{", "}", ",", "",
];

/// Names that are operators.
const WORDS: [&str; 5] = ["mod", "in", "not", "and", "or"];

/// Takes a text apart.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut before = None;
    loop {
        let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        if trimmed.len() < rest.len() {
            before = Some(' ');
        }
        let Some(first) = trimmed.chars().next() else {
            return Ok(found);
        };
        let (token, length) = match first {
            '$' => variable(trimmed),
            '\'' | '"' | '`' => quoted(trimmed, first)?,
            _ if is_word(first) && before.is_some_and(is_word) => return Err(strange(first)),
            _ if is_digit(first) => number(trimmed)?,
            _ if is_word(first) => name(trimmed)?,
            _ => sign(trimmed).ok_or_else(|| strange(first))?,
        };
        let (taken, after) = trimmed.split_at(length);
        before = taken.chars().next_back();
        rest = after;
        found.push(token);
    }
}

fn strange(found: char) -> Fault {
    Fault::syntax(format!("unexpected {found:?}"))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

fn word_length(text: &str) -> usize {
    text.find(|c| !is_word(c)).unwrap_or(text.len())
}

fn variable(text: &str) -> (Token, usize) {
    let length = 1 + word_length(&text[1..]);
    (Token::Variable(text[1..length].to_owned()), length)
}

fn number(text: &str) -> Result<(Token, usize), Fault> {
    let digits = |text: &str| text.find(|c| !is_digit(c)).unwrap_or(text.len());
    let whole = digits(text);
    let mut length = whole;
    if let Some(fraction) = text[whole..].strip_prefix('.') {
        let more = digits(fraction);
        if more > 0 && word_length(fraction) == more {
            length += 1 + more;
        }
    }
    let number = &text[..length];
    if text[length..].starts_with(is_word) {
        return Err(Fault::syntax(format!("`{number}` runs into a name")));
    }
    let token = if length > whole {
        number.parse().map(Token::Float).ok()
    } else {
        number.parse().map(Token::Int).ok()
    };
    let token = token.ok_or_else(|| Fault::limit(format!("the number {number} is too large")))?;
    Ok((token, length))
}

fn name(text: &str) -> Result<(Token, usize), Fault> {
    let length = word_length(text);
    let name = &text[..length];
    if text[length..].starts_with('(') {
        return Ok((Token::Function(name.to_owned()), length + 1));
    }
    if name.starts_with("__") {
        return Err(Fault::syntax(format!("`{name}` is no name")));
    }
    let token = match name {
        "true" => Token::True,
        "false" => Token::False,
        "null" => Token::Null,
        _ => match WORDS.iter().find(|word| **word == name) {
            Some(word) => Token::Sign(word),
            None => Token::Keyword(name.to_owned()),
        },
    };
    Ok((token, length))
}

fn sign(text: &str) -> Option<(Token, usize)> {
    let mut known = SIGNS.iter().filter(|sign| !sign.is_empty());
    let sign = known.find(|sign| text.starts_with(**sign))?;
    Some((Token::Sign(sign), sign.len()))
}

/// A text in quotes. Between backticks nothing but the backtick is escaped.
fn quoted(text: &str, quote: char) -> Result<(Token, usize), Fault> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            // A line end cannot be escaped.
            '\n' if escaped => break,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => {
                let inner = &text[1..at];
                let value = match quote {
                    '`' => inner.replace("\\`", "`"),
                    _ => unescape(inner)?,
                };
                return Ok((Token::Text(value), at + 1));
            }
            _ => {}
        }
    }
    Err(Fault::syntax("a quoted text does not end"))
}

fn unescape(text: &str) -> Result<String, Fault> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let (c, length) = escape(&rest[at + 1..])?;
        // What is no escape keeps its backslash, and the next character is looked at afresh.
        out.push(c.unwrap_or('\\'));
        rest = &rest[at + 1 + length..];
    }
    out.push_str(rest);
    Ok(out)
}

/// What an escape without its backslash stands for, and its length.
fn escape(text: &str) -> Result<(Option<char>, usize), Fault> {
    let simple = |c| Ok((Some(c), 1));
    match text.chars().next() {
        Some(c @ ('\\' | '\'' | '"')) => simple(c),
        Some('a') => simple('\u{7}'),
        Some('b') => simple('\u{8}'),
        Some('f') => simple('\u{c}'),
        Some('n') => simple('\n'),
        Some('r') => simple('\r'),
        Some('t') => simple('\t'),
        Some('v') => simple('\u{b}'),
        Some('x') => hexadecimal(text, 2),
        Some('u') => hexadecimal(text, 4),
        Some('U') => hexadecimal(text, 8),
        Some('0'..='7') => {
            let octal = |c: char| !('0'..='7').contains(&c);
            let length = text.find(octal).unwrap_or(text.len()).min(3);
            let code = u32::from_str_radix(&text[..length], 8).ok();
            Ok((code.and_then(char::from_u32), length))
        }
        Some('N') if text.starts_with("N{") => {
            Err(Fault::limit("characters by name (\\N) are not supported"))
        }
        _ => Ok((None, 0)),
    }
}

fn hexadecimal(text: &str, digits: usize) -> Result<(Option<char>, usize), Fault> {
    let wrong = || Fault::syntax("an escape in a quoted text has the wrong form");
    // Too short for an escape: it stays as it stands.
    if text.chars().count() <= digits {
        return Ok((None, 0));
    }
    let code = text.get(1..=digits).ok_or_else(wrong)?;
    if !code.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let code = u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
    Ok((Some(code.ok_or_else(wrong)?), 1 + digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Token> {
        tokens(text).unwrap()
    }

    #[test]
    fn names_numbers_and_signs() {
        assert_eq!(
            words("$.a + f(1, 2.5)>=$x1 mod null"),
            [
                Token::Variable(String::new()),
                Token::Sign("."),
                Token::Keyword("a".to_owned()),
                Token::Sign("+"),
                Token::Function("f".to_owned()),
                Token::Int(1),
                Token::Sign(","),
                Token::Float(2.5),
                Token::Sign(")"),
                Token::Sign(">="),
                Token::Variable("x1".to_owned()),
                Token::Sign("mod"),
                Token::Null,
            ]
        );
    }

    #[test]
    fn what_is_no_expression() {
        for text in [
            "a # b", "node-#", "http://x", "1abc", "'open", "a!b", "__x", "a ? b", "1a",
        ] {
            assert!(tokens(text).is_err(), "{text}");
        }
    }

    #[test]
    fn quotes_and_escapes() {
        let cases = [
            (r"'it\'s'", "it's"),
            (r#""a\tb""#, "a\tb"),
            (r"`a\t\`b`", r"a\t`b"),
            (r"'\x41\u00e9\101\d'", "A\u{e9}A\\d"),
            (r"'\\n'", r"\n"),
            ("'\\x4'", "\\x4"),
        ];
        for (text, value) in cases {
            assert_eq!(words(text), [Token::Text(value.to_owned())], "{text}");
        }
        assert!(tokens(r"'\xzz'").is_err());
    }
}
