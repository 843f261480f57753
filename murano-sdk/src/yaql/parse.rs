//! The grammar: operators by rank, calls, lists and mappings.

use super::Fault;
use super::token::{Token, tokens};

/// Longer texts are refused unread.
const MAX_LENGTH: usize = 16 * 1024;
/// Parts of an expression inside each other.
const MAX_DEPTH: usize = 100;

/// A part of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    /// A bare name: the text of itself, or a member after a point.
    Keyword(String),
    /// Without its `$`.
    Variable(String),
    Unary(&'static str, Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Index(Box<Expr>, Arguments),
    Call(String, Arguments),
    List(Arguments),
    Dict(Arguments),
}

/// What stands between parentheses, brackets or braces.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Arguments {
    /// `None` where nothing stands between two commas.
    pub(crate) values: Vec<Option<Expr>>,
    /// Pairs `name => value`.
    pub(crate) rules: Vec<(Expr, Expr)>,
}

/// Reads an expression.
pub(crate) fn parse(text: &str) -> Result<Expr, Fault> {
    if text.len() > MAX_LENGTH {
        let limit = format!("it is longer than {MAX_LENGTH} bytes");
        return Err(Fault::limit(limit));
    }
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
    };
    let (expr, _) = parser.expression(LOOSEST)?;
    match parser.peek() {
        None => Ok(expr),
        Some(token) => Err(unexpected(Some(token))),
    }
}

/// Operators between two values: the lower the rank, the tighter they bind.
fn binary_rank(sign: &str) -> Option<usize> {
    Some(match sign {
        "." | "?." => 1,
        "[" => 2,
        "=~" | "!~" => 4,
        "*" | "/" | "mod" => 5,
        "+" | "-" => 6,
        ">" | "<" | ">=" | "<=" | "!=" | "=" | "in" => 7,
        "and" => 9,
        "or" => 10,
        "->" => LOOSEST,
        _ => return None,
    })
}

/// Operators before a value.
fn unary_rank(sign: &str) -> Option<usize> {
    match sign {
        "+" | "-" => Some(3),
        "not" => Some(8),
        _ => None,
    }
}

const LOOSEST: usize = 11;

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

/// A part with the depth below it.
type Part = (Expr, usize);

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn is_next(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(found)) if *found == sign)
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.is_next(sign);
        self.at += usize::from(found);
        found
    }

    /// An expression of operators up to a rank.
    fn expression(&mut self, loosest: usize) -> Result<Part, Fault> {
        self.depth += 1;
        check_depth(self.depth)?;
        let (mut left, mut depth) = self.operand()?;
        while let Some(Token::Sign(sign)) = self.peek() {
            let sign = *sign;
            let Some(rank) = binary_rank(sign).filter(|rank| *rank <= loosest) else {
                break;
            };
            self.at += 1;
            let below;
            (left, below) = if sign == "[" {
                let (arguments, below) = self.arguments("]")?;
                (Expr::Index(Box::new(left), arguments), below)
            } else {
                let right_loosest = if sign == "->" { rank } else { rank - 1 };
                let (right, below) = self.expression(right_loosest)?;
                (Expr::Binary(sign, Box::new(left), Box::new(right)), below)
            };
            depth = depth.max(below) + 1;
            check_depth(depth)?;
        }
        self.depth -= 1;
        Ok((left, depth))
    }

    fn operand(&mut self) -> Result<Part, Fault> {
        let plain = |expr| Ok((expr, 1));
        match self.next() {
            Some(Token::Null) => plain(Expr::Null),
            Some(Token::True) => plain(Expr::Bool(true)),
            Some(Token::False) => plain(Expr::Bool(false)),
            Some(Token::Int(number)) => plain(Expr::Int(number)),
            Some(Token::Float(number)) => plain(Expr::Float(number)),
            Some(Token::Text(text)) => plain(Expr::Text(text)),
            Some(Token::Keyword(name)) => plain(Expr::Keyword(name)),
            Some(Token::Variable(name)) => plain(Expr::Variable(name)),
            Some(Token::Function(name)) => {
                let (arguments, depth) = self.arguments(")")?;
                Ok((Expr::Call(name, arguments), depth + 1))
            }
            Some(Token::Sign("(")) => {
                let inner = self.expression(LOOSEST)?;
                self.expect(")")?;
                Ok(inner)
            }
            Some(Token::Sign("[")) => {
                let (arguments, depth) = self.arguments("]")?;
                Ok((Expr::List(arguments), depth + 1))
            }
            Some(Token::Sign("{")) => {
                let (arguments, depth) = self.arguments("}")?;
                Ok((Expr::Dict(arguments), depth + 1))
            }
            Some(Token::Sign(sign)) => match unary_rank(sign) {
                Some(rank) => {
                    let (inner, depth) = self.expression(rank)?;
                    Ok((Expr::Unary(sign, Box::new(inner)), depth + 1))
                }
                None => Err(unexpected(Some(&Token::Sign(sign)))),
            },
            None => Err(unexpected(None)),
        }
    }

    fn arguments(&mut self, end: &str) -> Result<(Arguments, usize), Fault> {
        let mut found = Arguments::default();
        let mut deepest = 0;
        if self.take(end) {
            return Ok((found, deepest));
        }
        loop {
            if self.is_next(",") && found.rules.is_empty() {
                found.values.push(None);
            } else {
                let (value, depth) = self.expression(LOOSEST)?;
                deepest = deepest.max(depth);
                if self.take("=>") {
                    let (target, depth) = self.expression(LOOSEST)?;
                    deepest = deepest.max(depth);
                    // Only a value may be left out at the beginning.
                    if matches!(found.values.as_slice(), [None, ..])
                        && found.values.iter().all(Option::is_none)
                    {
                        return Err(unexpected(Some(&Token::Sign(","))));
                    }
                    found.rules.push((value, target));
                } else if found.rules.is_empty() {
                    found.values.push(Some(value));
                } else {
                    return Err(Fault::syntax("a value follows a pair with =>"));
                }
            }
            if !self.take(",") {
                self.expect(end)?;
                return Ok((found, deepest));
            }
        }
    }

    fn expect(&mut self, sign: &str) -> Result<(), Fault> {
        if self.take(sign) {
            Ok(())
        } else {
            Err(unexpected(self.peek()))
        }
    }
}

fn check_depth(depth: usize) -> Result<(), Fault> {
    if depth > MAX_DEPTH {
        let limit = format!("it is nested deeper than {MAX_DEPTH} levels");
        return Err(Fault::limit(limit));
    }
    Ok(())
}

fn unexpected(token: Option<&Token>) -> Fault {
    Fault::syntax(match token {
        None => "it ends too early".to_owned(),
        Some(Token::Sign(sign)) => format!("unexpected `{sign}`"),
        Some(Token::Keyword(name)) => format!("unexpected `{name}`"),
        Some(Token::Function(name)) => format!("unexpected `{name}(`"),
        Some(Token::Variable(name)) => format!("unexpected `${name}`"),
        Some(_) => "unexpected value".to_owned(),
    })
}
