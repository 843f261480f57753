//! A command line of bash, up to the cursor.

/// What means itself outside of quotes, apart from letters and digits.
const PLAIN: &str = "_-+.,:=@%/";

/// What the shell makes of a line.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Line {
    /// The words before the one at the cursor, without quotes.
    pub(crate) words: Vec<String>,
    /// The word at the cursor, without quotes.
    pub(crate) current: String,
    /// The quote that is open at the cursor.
    pub(crate) quote: Option<char>,
    /// How much of the current word stays when bash replaces its end: it breaks words at more than spaces.
    pub(crate) kept: usize,
}

impl Line {
    /// Splits a line at spaces, and says where bash breaks the last word: at one of `breaks`.
    pub(crate) fn parse(text: &str, breaks: &str) -> Self {
        let mut line = Self::default();
        let mut quote = None;
        let mut begun = false;
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            match (quote, character) {
                (None, ' ' | '\t' | '\n') => {
                    if begun {
                        line.words.push(std::mem::take(&mut line.current));
                    }
                    (begun, line.kept) = (false, 0);
                    continue;
                }
                (None, '\'' | '"') => {
                    quote = Some(character);
                    line.kept = line.current.len();
                }
                (Some(open), _) if open == character => quote = None,
                (None | Some('"'), '\\') => line.current.extend(characters.next()),
                (_, character) => {
                    line.current.push(character);
                    if quote.is_none() && breaks.contains(character) {
                        line.kept = line.current.len();
                    }
                }
            }
            begun = true;
        }
        line.quote = quote;
        line
    }

    /// What bash is to put in place of the end of the current word so that it becomes `word`, and nothing
    /// else is run: names come from others. None where bash cannot be told.
    pub(crate) fn replacement(&self, word: &str) -> Option<String> {
        let rest = word.get(self.kept..)?;
        let mut escaped = String::new();
        for character in rest.chars() {
            match (self.quote, character) {
                (Some('\''), '\'') => escaped.push_str(r"'\'"),
                // The shell looks into its history even there.
                (Some('"'), '!') => return None,
                (Some('"'), '$' | '`' | '"' | '\\') => escaped.push('\\'),
                (Some(_), _) => {}
                (None, plain) if plain.is_alphanumeric() || PLAIN.contains(plain) => {}
                (None, _) => escaped.push('\\'),
            }
            escaped.push(character);
        }
        Some(escaped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BREAKS: &str = " \t\n\"'><=;|&(:";

    fn parse(text: &str) -> (Vec<String>, String) {
        let line = Line::parse(text, BREAKS);
        (line.words, line.current)
    }

    fn pair(words: &[&str], current: &str) -> (Vec<String>, String) {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        (words, current.to_owned())
    }

    #[test]
    fn words_are_apart_by_spaces_outside_of_quotes() {
        assert_eq!(parse("murano env sh"), pair(&["murano", "env"], "sh"));
        assert_eq!(parse("murano  env "), pair(&["murano", "env"], ""));
        assert_eq!(
            parse(r#"m "a b" 'c"d' e\ f '' g"h i"#),
            pair(&["m", "a b", "c\"d", "e f", ""], "gh i")
        );
        assert_eq!(parse("m a\\"), pair(&["m"], "a"));
        assert_eq!(parse(""), pair(&[], ""));
    }

    #[test]
    fn only_what_bash_replaces_is_answered() {
        let replacement = |line: &str, word: &str| {
            let line = Line::parse(line, BREAKS);
            line.replacement(word).unwrap()
        };
        assert_eq!(replacement("m sh", "shop"), "shop");
        assert_eq!(replacement("m my", "my shop's"), "my\\ shop\\'s");
        assert_eq!(replacement("m my\\ s", "my shop"), "my\\ shop");
        assert_eq!(replacement("m \"my s", "my shop"), "my shop");
        assert_eq!(
            replacement("m --os-cloud=sa", "--os-cloud=sandbox"),
            "sandbox"
        );
        assert_eq!(replacement("m a:b", "a:bc"), "bc");
        let unbroken = Line::parse("m a:b", " ");
        assert_eq!(unbroken.replacement("a:bc").unwrap(), "a:bc");
    }

    #[test]
    fn nothing_in_a_name_is_run() {
        let replacement = |line: &str, word: &str| Line::parse(line, BREAKS).replacement(word);
        let name = "a$(b)`c`\\\"'~";
        let escaped = r#"a\$\(b\)\`c\`\\\"\'\~"#;
        assert_eq!(replacement("m ", name).unwrap(), escaped);
        assert_eq!(replacement("m \"", name).unwrap(), r#"a\$(b)\`c\`\\\"'~"#);
        assert_eq!(replacement("m '", name).unwrap(), r#"a$(b)`c`\"'\''~"#);
        assert_eq!(replacement("m \"", "a!b"), None);
        assert_eq!(replacement("m ", "a!b").unwrap(), "a\\!b");
    }
}
