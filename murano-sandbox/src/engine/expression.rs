//! The part of YAQL a sandbox reads: variables, members, calls, literals and the usual operators.

use serde_json::{Number, Value};

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Literal(Value),
    /// `$name`; the empty name is the object itself.
    Variable(String),
    /// A bare word, such as the name of a class.
    Word(String),
    Member(Box<Expression>, String),
    Call {
        receiver: Option<Box<Expression>>,
        name: String,
        arguments: Vec<Argument>,
    },
    Binary(Operator, Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    List(Vec<Expression>),
}

/// An argument of a call with its name, if it has one.
pub(super) type Argument = (Option<String>, Expression);

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
    Plus,
    Minus,
    Times,
    Divide,
    Modulo,
}

/// How tightly operators bind, loosest first.
const LEVELS: [&[(&str, Operator)]; 5] = [
    &[("or", Operator::Or)],
    &[("and", Operator::And)],
    &[
        ("=", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("<=", Operator::AtMost),
        ("<", Operator::Less),
        (">=", Operator::AtLeast),
        (">", Operator::More),
    ],
    &[("+", Operator::Plus), ("-", Operator::Minus)],
    &[
        ("*", Operator::Times),
        ("/", Operator::Divide),
        ("mod", Operator::Modulo),
    ],
];

/// Deepest nesting that is read.
const DEPTH_LIMIT: usize = 50;

/// Reads an expression; `None` when it uses more than is known here.
pub(super) fn parse(text: &str) -> Option<Expression> {
    let tokens = tokens(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        depth: 0,
    };
    let expression = parser.level(0)?;
    (parser.at == tokens.len()).then_some(expression)
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Literal(Value),
    Variable(String),
    Word(String),
    Sign(&'static str),
}

const SIGNS: [&str; 18] = [
    "=>", "!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "(", ")", "[", "]", ",", ".", "{",
];

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, tail) = match first {
            '\'' | '"' => quoted(rest, first)?,
            '0'..='9' => number(rest)?,
            '$' => {
                let (word, tail) = word(&rest[1..]);
                (Token::Variable(word.to_owned()), tail)
            }
            c if c.is_alphabetic() || matches!(c, '_' | ':') => {
                let (word, tail) = word(rest);
                let token = match word {
                    "true" => Token::Literal(true.into()),
                    "false" => Token::Literal(false.into()),
                    "null" => Token::Literal(Value::Null),
                    _ => Token::Word(word.to_owned()),
                };
                (token, tail)
            }
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign))?;
                (Token::Sign(sign), &rest[sign.len()..])
            }
        };
        tokens.push(token);
        rest = tail.trim_start();
    }
    Some(tokens)
}

/// Letters, digits and underscores; a colon belongs to the name of a class.
fn word(text: &str) -> (&str, &str) {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
    text.split_at(text.find(|c| !inside(c)).unwrap_or(text.len()))
}

fn quoted(text: &str, quote: char) -> Option<(Token, &str)> {
    let mut out = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, c)) = letters.next() {
        match c {
            '\\' => out.push(match letters.next()?.1 {
                'n' => '\n',
                't' => '\t',
                other => other,
            }),
            c if c == quote => {
                return Some((Token::Literal(out.into()), &text[at + c.len_utf8()..]));
            }
            c => out.push(c),
        }
    }
    None
}

fn number(text: &str) -> Option<(Token, &str)> {
    let mut end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let decimals = text[end..]
        .strip_prefix('.')
        .filter(|t| t.starts_with(|c: char| c.is_ascii_digit()));
    if let Some(decimals) = decimals {
        end = text.len() - decimals.len();
        end += decimals
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(decimals.len());
        let value = Number::from_f64(text[..end].parse().ok()?)?;
        return Some((Token::Literal(Value::Number(value)), &text[end..]));
    }
    Some((
        Token::Literal(text[..end].parse::<i64>().ok()?.into()),
        &text[end..],
    ))
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(found);
        found
    }

    fn operator(&mut self, level: usize) -> Option<Operator> {
        let text = match self.tokens.get(self.at)? {
            Token::Sign(sign) => sign,
            Token::Word(word) => word.as_str(),
            _ => return None,
        };
        let (_, operator) = LEVELS[level].iter().find(|(sign, _)| *sign == text)?;
        self.at += 1;
        Some(*operator)
    }

    fn level(&mut self, level: usize) -> Option<Expression> {
        if level == LEVELS.len() {
            return self.chain();
        }
        let mut left = self.level(level + 1)?;
        while let Some(operator) = self.operator(level) {
            let right = self.level(level + 1)?;
            left = Expression::Binary(operator, Box::new(left), Box::new(right));
        }
        Some(left)
    }

    /// A value with the members and calls behind it.
    fn chain(&mut self) -> Option<Expression> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return None;
        }
        let mut value = self.value()?;
        while self.take(".") {
            let Some(Token::Word(name)) = self.tokens.get(self.at) else {
                return None;
            };
            self.at += 1;
            value = if self.take("(") {
                let arguments = self.arguments(")")?;
                Expression::Call {
                    receiver: Some(Box::new(value)),
                    name: name.clone(),
                    arguments,
                }
            } else {
                Expression::Member(Box::new(value), name.clone())
            };
        }
        self.depth -= 1;
        Some(value)
    }

    fn value(&mut self) -> Option<Expression> {
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        match token {
            Token::Literal(value) => Some(Expression::Literal(value.clone())),
            Token::Variable(name) => Some(Expression::Variable(name.clone())),
            Token::Word(word) if word == "not" => Some(Expression::Not(Box::new(self.chain()?))),
            Token::Word(name) if self.take("(") => {
                let arguments = self.arguments(")")?;
                Some(Expression::Call {
                    receiver: None,
                    name: name.clone(),
                    arguments,
                })
            }
            Token::Word(name) => Some(Expression::Word(name.clone())),
            Token::Sign("(") => {
                let inner = self.level(0)?;
                self.take(")").then_some(inner)
            }
            Token::Sign("[") => {
                let items = self.arguments("]")?;
                Some(Expression::List(
                    items.into_iter().map(|(_, item)| item).collect(),
                ))
            }
            Token::Sign("-") => {
                let zero = Box::new(Expression::Literal(0.into()));
                Some(Expression::Binary(
                    Operator::Minus,
                    zero,
                    Box::new(self.chain()?),
                ))
            }
            Token::Sign(_) => None,
        }
    }

    fn arguments(&mut self, end: &str) -> Option<Vec<Argument>> {
        let mut arguments = Vec::new();
        if self.take(end) {
            return Some(arguments);
        }
        loop {
            let name = match (self.tokens.get(self.at), self.tokens.get(self.at + 1)) {
                (Some(Token::Word(name)), Some(Token::Sign("=>"))) => {
                    self.at += 2;
                    Some(name.clone())
                }
                _ => None,
            };
            arguments.push((name, self.level(0)?));
            if self.take(end) {
                return Some(arguments);
            }
            if !self.take(",") {
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_members_and_operators_are_read() {
        let text =
            "$.find(std:Environment).require().reporter.report($this, 'a' + $.b * 2, x => 1)";
        let Some(Expression::Call {
            receiver: Some(receiver),
            name,
            arguments,
        }) = parse(text)
        else {
            panic!("a call");
        };
        assert_eq!(name, "report");
        assert!(matches!(*receiver, Expression::Member(_, ref name) if name == "reporter"));
        assert_eq!(arguments[0], (None, Expression::Variable("this".into())));
        assert!(matches!(
            arguments[1].1,
            Expression::Binary(Operator::Plus, ..)
        ));
        assert_eq!(arguments[2].0.as_deref(), Some("x"));
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        assert_eq!(parse("$.select($ -> 1)"), None);
        assert_eq!(parse("'open"), None);
        assert_eq!(parse("a b"), None);
        assert!(parse("-1 + 2.5 >= $x and not false").is_some());
    }
}
