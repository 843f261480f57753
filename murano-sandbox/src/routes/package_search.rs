//! `GET /catalog/packages`: filters, search, order and pages.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::{Cx, Params, Reply, packages};
use crate::errors::{Result, explained, fault};
use crate::json::Fields as _;
use crate::query::Query;
use crate::state::Table;

const USUAL_LIMIT: usize = 20;
const LARGEST_LIMIT: usize = 100;

/// Lists what the caller can see and asked for, a page at a time.
pub(super) fn list(cx: &mut Cx<'_>, _: &Params) -> Result<Reply> {
    let limit = limit(cx.query)?.unwrap_or(USUAL_LIMIT).min(LARGEST_LIMIT);
    let descending = direction(cx.query)?;
    let marker = cx.query.last("marker");
    if let Some(marker) = marker {
        cx.db
            .get(Table::Packages, marker)
            .ok_or_else(|| packages::not_found(marker))?;
    }
    let mut rows: Vec<&Value> = cx
        .db
        .rows(Table::Packages)
        .filter(|row| is_visible(cx, row))
        .filter(|row| is_wanted(cx.query, row))
        .collect();
    let words: Vec<&str> = cx
        .query
        .last("search")
        .unwrap_or_default()
        .split([',', ';'])
        .filter(|word| !word.is_empty())
        .collect();
    if !words.is_empty() {
        rows.retain(|row| rank(row, &words).is_some());
    }
    let keys = order_keys(cx.query);
    rows.sort_by(|a, b| {
        let own = |row: &Value| {
            if words.is_empty() {
                None
            } else {
                rank(row, &words)
            }
        };
        own(a).cmp(&own(b)).then_with(|| {
            let ordering = compare(a, b, &keys);
            if descending {
                ordering.reverse()
            } else {
                ordering
            }
        })
    });
    // A marker outside of the result leaves nothing in front of it.
    let start = marker.and_then(|id| rows.iter().position(|row| row.text("id") == id));
    let page: Vec<&Value> = rows
        .into_iter()
        .skip(start.map_or(0, |at| at + 1))
        .take(limit)
        .collect();
    let mut body =
        json!({"packages": page.iter().map(|row| packages::view(row)).collect::<Vec<_>>()});
    if let Some(last) = page.last().filter(|_| page.len() == limit) {
        body.set("next_marker", last["id"].clone());
    }
    Ok(body.into())
}

/// Reads `limit` the way both kinds of lists do.
pub(super) fn limit(query: &Query) -> Result<Option<usize>> {
    let Some(text) = query.last("limit") else {
        return Ok(None);
    };
    match text.trim().parse::<i64>() {
        Err(_) => Err(explained(400, "Limit param must be an integer")),
        Ok(number) if number <= 0 => Err(explained(400, "Limit param must be positive")),
        Ok(number) => Ok(Some(usize::try_from(number).unwrap_or(usize::MAX))),
    }
}

fn direction(query: &Query) -> Result<bool> {
    match query.last("sort_dir") {
        None | Some("asc" | "asc-nullsfirst" | "asc-nullslast") => Ok(false),
        Some("desc" | "desc-nullsfirst" | "desc-nullslast") => Ok(true),
        Some(_) => Err(fault(
            "ValueError",
            "Unknown sort direction, must be one of: asc-nullsfirst, asc-nullslast, \
             desc-nullsfirst, desc-nullslast",
        )),
    }
}

fn is_visible(cx: &Cx<'_>, row: &Value) -> bool {
    let own = row.text("owner_id") == cx.who.project_id;
    if cx.query.is_true("owned") && !own {
        return false;
    }
    let everything = cx.who.is_admin && !cx.query.is_true("catalog");
    (everything || own || row.flag("is_public"))
        && (row.flag("enabled") || cx.query.is_true("include_disabled"))
}

fn is_wanted(query: &Query, row: &Value) -> bool {
    let has = |key: &str, value: &str| row.items(key).iter().any(|item| item == value);
    let exact = |parameter: &str, key: &str| {
        query
            .last(parameter)
            .is_none_or(|wanted| row.text(key) == wanted)
    };
    let any_of = |parameter: &str, fits: &dyn Fn(&str) -> bool| {
        several(query, parameter).is_none_or(|wanted| wanted.iter().any(|wanted| fits(wanted)))
    };
    query
        .last("type")
        .is_none_or(|kind| row.text("type") == title_case(kind))
        && exact("fqn", "fully_qualified_name")
        && exact("name", "name")
        && query
            .last("class_name")
            .is_none_or(|class| has("class_definitions", class))
        && any_of("id", &|id| row.text("id") == id)
        && any_of("category", &|category| has("categories", category))
        && any_of("tag", &|tag| has("tags", tag))
}

fn title_case(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first
            .to_uppercase()
            .chain(letters.flat_map(char::to_lowercase))
            .collect()
    })
}

/// The values of a parameter that may be repeated or hold a list behind `in:`. `None` when there is no filter.
fn several(query: &Query, parameter: &str) -> Option<Vec<String>> {
    let mut values: Option<Vec<String>> = None;
    for value in query.all(parameter) {
        match value.strip_prefix("in:") {
            // Broken quotes make the filter disappear.
            Some(list) => values = split_list(list),
            None => values.get_or_insert_default().push(value.to_owned()),
        }
    }
    values
}

/// Splits at commas outside of double quotes.
fn split_list(text: &str) -> Option<Vec<String>> {
    let mut items = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (item, tail) = if let Some(quoted) = rest.strip_prefix('"') {
            unquote(quoted)?
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            if rest[..end].contains('"') {
                return None;
            }
            (rest[..end].to_owned(), &rest[end..])
        };
        items.push(item);
        rest = match tail.strip_prefix(',') {
            Some(tail) => tail,
            None if tail.is_empty() => tail,
            None => return None,
        };
    }
    Some(items)
}

/// Reads up to the closing quote; `\"` is a quote within.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut item = String::new();
    let mut letters = text.char_indices();
    while let Some((at, c)) = letters.next() {
        match c {
            '"' => return Some((item, &text[at + 1..])),
            '\\' => item.push(letters.next()?.1),
            c => item.push(c),
        }
    }
    None
}

fn order_keys(query: &Query) -> Vec<&'static str> {
    if !query.has("order_by") {
        return vec!["name"];
    }
    query
        .all("order_by")
        .filter_map(|key| match key {
            "fqn" => Some("fully_qualified_name"),
            "name" => Some("name"),
            "created" => Some("created"),
            _ => None,
        })
        .collect()
}

fn compare(a: &Value, b: &Value, keys: &[&str]) -> Ordering {
    keys.iter()
        .map(|key| {
            a.text(key)
                .cmp(b.text(key))
                .then(a.number(key).cmp(&b.number(key)))
        })
        .find(|ordering| ordering.is_ne())
        .unwrap_or_else(|| a.text("id").cmp(b.text("id")))
}

/// The place of the first column a word is found in; better columns come first.
fn rank(row: &Value, words: &[&str]) -> Option<usize> {
    let list = |key: &str| {
        row.items(key)
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
    };
    let columns: [Vec<&str>; 8] = [
        vec![row.text("name")],
        vec![row.text("fully_qualified_name")],
        vec![row.text("description")],
        list("categories"),
        list("tags"),
        list("class_definitions"),
        vec![row.text("author")],
        vec![
            row.text("id"),
            row.text("type"),
            row.text("owner_id"),
            row.text("_ui"),
        ],
    ];
    columns.iter().position(|texts| {
        texts
            .iter()
            .any(|text| words.iter().any(|word| like(text, &format!("%{word}%"))))
    })
}

/// The `LIKE` of a database: `%` is any text, `_` any letter, case does not count.
fn like(text: &str, pattern: &str) -> bool {
    fn matches(text: &[char], pattern: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('%', rest)) => (0..=text.len()).any(|at| matches(&text[at..], rest)),
            Some((wanted, rest)) => text.split_first().is_some_and(|(first, tail)| {
                (*wanted == '_' || first == wanted) && matches(tail, rest)
            }),
        }
    }
    let letters = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
    matches(&letters(text), &letters(pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_in_operator_reads_quotes() {
        let values = |raw: &str| several(&Query::parse(raw), "c");
        assert_eq!(
            values("c=in:Web,Big+Data"),
            Some(vec!["Web".into(), "Big Data".into()])
        );
        assert_eq!(
            values(r#"c=x&c=in:"a,b","say \"hi\"""#),
            Some(vec!["a,b".into(), "say \"hi\"".into()])
        );
        assert_eq!(values("c=in:"), Some(Vec::new()));
        assert_eq!(values("c=in:\"broken"), None);
        assert_eq!(values("c=a&c=b"), Some(vec!["a".into(), "b".into()]));
        assert_eq!(values("d=1"), None);
    }

    #[test]
    fn like_has_two_wildcards() {
        assert!(like("Apache HTTP", "%http%") && like("abc", "a_c") && !like("abc", "a_"));
    }
}
