//! What one source file names: its paths and imports, found in its tokens.
//!
//! The lexer is the compiler's own (`proc_macro2`), so that text in strings and comments is never
//! taken for a name, while the inside of macro calls, such as `tokio::select!`, is read like any
//! other code.

use std::iter::Peekable;
use std::slice::Iter;
use std::str::FromStr;

use proc_macro2::{Delimiter, LexError, TokenStream, TokenTree};

/// A path as it stands in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Path {
    /// Begins at the crate's root, after `crate`, `fxpane`, `self` and `super` are worked out.
    Absolute(Vec<String>),
    /// Begins with a name that is in scope: a child module, an import, another crate.
    Bare(Vec<String>),
}

/// One place where a path is named.
#[derive(Debug, Clone)]
pub(super) struct Name {
    /// The module that names it: the file's, or an inline module in it.
    pub(super) module: Vec<String>,
    pub(super) path: Path,
    /// Line in the file, from 1.
    pub(super) line: usize,
}

/// One name that a `use` brings into a module.
#[derive(Debug, Clone)]
pub(super) struct Import {
    pub(super) module: Vec<String>,
    /// The name that is brought in; `*` for everything.
    pub(super) local: String,
    pub(super) path: Path,
    /// Visible outside of its module.
    pub(super) public: bool,
    pub(super) line: usize,
}

/// What a file holds outside of its test code.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// Paths in code and in `use`.
    pub(super) names: Vec<Name>,
    pub(super) imports: Vec<Import>,
    /// Child modules that only tests see: `#[cfg(test)] mod name;`.
    pub(super) test_modules: Vec<Vec<String>>,
}

/// Reads the file of `module`; an error where the text is no Rust.
pub(super) fn read(module: &[String], text: &str) -> Result<Source, LexError> {
    let mut source = Source::default();
    Reader { module: module.to_vec(), source: &mut source }.items(TokenStream::from_str(text)?);
    Ok(source)
}

type Tokens<'a> = Peekable<Iter<'a, TokenTree>>;

struct Reader<'a> {
    module: Vec<String>,
    source: &'a mut Source,
}

impl Reader<'_> {
    /// One sequence of tokens: a file, the body of a function, the inside of brackets.
    fn items(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = tokens.iter().peekable();
        let mut public = false;
        while let Some(token) = rest.next() {
            match token {
                TokenTree::Punct(hash) if hash.as_char() == '#' => self.attribute(&mut rest),
                TokenTree::Punct(colon) if colon.as_char() == ':' => self.after_colons(&mut rest),
                TokenTree::Ident(word) => match word.to_string().as_str() {
                    "pub" => {
                        public = true;
                        continue;
                    }
                    "use" => self.import(&mut rest, public),
                    "mod" => self.inline_module(&mut rest),
                    _ => self.path(token, &mut rest),
                },
                // the scope of `pub(crate)`
                TokenTree::Group(scope)
                    if public && scope.delimiter() == Delimiter::Parenthesis =>
                {
                    self.items(scope.stream());
                    continue;
                }
                TokenTree::Group(group) => self.items(group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            public = false;
        }
    }

    /// `::` that continues something that is no path of ours (`<T as X>::name`, `Vec::<T>::new`):
    /// its names belong to that; but `::fxpane` begins a path.
    fn after_colons(&mut self, rest: &mut Tokens<'_>) {
        if rest.next_if(|next| is_punct(next, ':')).is_none() {
            return;
        }
        if let Some(word) = rest.next_if(|next| matches!(next, TokenTree::Ident(_))) {
            if word.to_string() == "fxpane" {
                self.path(word, rest);
            } else {
                segments(rest, &mut Vec::new());
            }
        }
    }

    fn inline_module(&mut self, rest: &mut Tokens<'_>) {
        let Some(TokenTree::Ident(name)) = rest.next() else { return };
        if let Some(TokenTree::Group(body)) = rest.next_if(|next| is_braces(next)) {
            self.module.push(name.to_string());
            self.items(body.stream());
            self.module.pop();
        }
    }

    /// `#[cfg(test)]` takes its item with it. Others may name paths, also as text:
    /// `#[serde(with = "crate::base::text")]`.
    fn attribute(&mut self, rest: &mut Tokens<'_>) {
        rest.next_if(|next| is_punct(next, '!'));
        let Some(TokenTree::Group(group)) =
            rest.next_if(|next| matches!(next, TokenTree::Group(_)))
        else {
            return;
        };
        let words: Vec<TokenTree> = group.stream().into_iter().collect();
        match words.first().map(ToString::to_string).as_deref() {
            Some("doc") => {}
            Some("cfg") if is_cfg_test(&words) => self.skip_test_item(rest),
            _ => self.attribute_words(group.stream()),
        }
    }

    fn attribute_words(&mut self, words: TokenStream) {
        for word in words {
            match &word {
                TokenTree::Group(group) => self.attribute_words(group.stream()),
                TokenTree::Literal(text) => {
                    let text = text.to_string();
                    let quoted = text.trim_matches('"').split("::").map(str::to_owned);
                    let path: Vec<String> = quoted.collect();
                    if path.len() > 1 && ["crate", "self", "super"].contains(&path[0].as_str()) {
                        self.note(&path, &word);
                    }
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }

    /// A test item ends at its body or at its semicolon; a module file is noted.
    fn skip_test_item(&mut self, rest: &mut Tokens<'_>) {
        let mut module = None;
        while let Some(token) = rest.next() {
            if token.to_string() == "mod"
                && let Some(TokenTree::Ident(name)) = rest.peek()
            {
                module = Some(name.to_string());
            }
            if is_punct(token, ';') {
                if let Some(name) = module {
                    let mut path = self.module.clone();
                    path.push(name);
                    self.source.test_modules.push(path);
                }
                return;
            }
            if is_braces(token) {
                return;
            }
        }
    }

    /// A path in code: noted when it has at least two segments.
    fn path(&mut self, first: &TokenTree, rest: &mut Tokens<'_>) {
        let mut path = vec![first.to_string()];
        segments(rest, &mut path);
        if path.len() > 1 {
            self.note(&path, first);
        }
    }

    fn note(&mut self, path: &[String], at: &TokenTree) {
        let name = Name {
            module: self.module.clone(),
            path: self.resolve(path),
            line: at.span().start().line,
        };
        self.source.names.push(name);
    }

    /// A `use` statement, up to its semicolon.
    fn import(&mut self, rest: &mut Tokens<'_>, public: bool) {
        // `impl Trait + use<'a>` is no import
        if rest.peek().is_some_and(|next| is_punct(next, '<')) {
            return;
        }
        let statement: Vec<TokenTree> =
            rest.by_ref().take_while(|token| !is_punct(token, ';')).cloned().collect();
        self.use_tree(&[], &statement, public);
    }

    fn use_tree(&mut self, prefix: &[String], tree: &[TokenTree], public: bool) {
        let Some(first) = tree.first() else { return };
        let mut path = prefix.to_vec();
        let mut local = None;
        let mut rest = tree.iter();
        while let Some(token) = rest.next() {
            match token {
                TokenTree::Ident(word) if word == "as" => {
                    local = rest.next().map(ToString::to_string);
                }
                // `use a::{self}` names `a`
                TokenTree::Ident(word) if word == "self" && !path.is_empty() => {}
                TokenTree::Ident(word) => path.push(word.to_string()),
                TokenTree::Group(group) => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    for branch in inner.split(|token| is_punct(token, ',')) {
                        self.use_tree(&path, branch, public);
                    }
                    return;
                }
                TokenTree::Punct(star) if star.as_char() == '*' => local = Some("*".to_owned()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
        self.note(&path, first);
        let import = Import {
            module: self.module.clone(),
            local: local.or_else(|| path.last().cloned()).unwrap_or_default(),
            path: self.resolve(&path),
            public,
            line: first.span().start().line,
        };
        self.source.imports.push(import);
    }

    /// Works `crate`, `fxpane`, `self` and `super` out.
    fn resolve(&self, path: &[String]) -> Path {
        let mut at = match path[0].as_str() {
            "crate" | "fxpane" => Vec::new(),
            "self" => self.module.clone(),
            "super" => self.module[..self.module.len().saturating_sub(1)].to_vec(),
            _ => return Path::Bare(path.to_vec()),
        };
        for segment in &path[1..] {
            if segment == "super" {
                at.pop();
            } else {
                at.push(segment.clone());
            }
        }
        Path::Absolute(at)
    }
}

/// Takes `::name::name` off the front; stops at `::<` and at whatever else is no segment.
fn segments(rest: &mut Tokens<'_>, path: &mut Vec<String>) {
    loop {
        let mut ahead = rest.clone();
        if !(ahead.next().is_some_and(|token| is_punct(token, ':'))
            && ahead.next().is_some_and(|token| is_punct(token, ':')))
        {
            return;
        }
        let Some(TokenTree::Ident(word)) = ahead.next() else { return };
        path.push(word.to_string());
        *rest = ahead;
    }
}

fn is_cfg_test(words: &[TokenTree]) -> bool {
    matches!(words, [_, TokenTree::Group(condition)] if condition.stream().to_string() == "test")
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

fn is_braces(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}
